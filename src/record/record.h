/*
 * record/record.h: everything a check found, section by section.
 *
 * A section is what the room that knows it found; the record only holds them together. It points
 * into its check and message and lives as long as they do.
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "arc/chain.h"
#include "dkim/dkim.h"
#include "dkim2/dkim2.h"
#include "dmarc/dmarc.h"
#include "mail/address.h"
#include "record/decision.h"
#include "spf/spf.h"
#include "waybill/check.h"
#include "waybill/record.h"

enum { RECORD_VERSION = 1 };

/* The envelope as it was given, copied; p is NULL for what is not known. */
struct record_envelope {
    bool given;
    struct slice ip, helo, mail_from, receiver;
    struct slice *rcpt_to;
    size_t rcpts;
};

struct waybill_record {
    struct slice id; /* p is NULL: none was given */
    struct waybill_message *message;
    struct mailboxes from; /* of all From fields, as far as they parse */
    struct record_envelope envelope;
    int64_t time;
    unsigned methods; /* that are evaluated: 1u << enum waybill_method */
    struct questions *questions;
    struct spf spf;
    struct dkim dkim;
    struct dkim2 dkim2;
    struct arc_chain arc;
    struct dmarc dmarc;
    struct decision decision;
};

static inline bool record_has(const struct waybill_record *record, enum waybill_method method)
{
    return record->methods & 1u << method;
}

/* Work done for a verdict, in octets and key operations, never in time. */
struct work_row {
    const struct algorithm *algorithm;
    unsigned bits;
    unsigned n;
};

struct work {
    uint64_t octets_hashed;
    struct work_row rows[16]; /* by algorithm and size, in the order they were met */
    size_t n;
    unsigned other; /* operations of sizes beyond the sixteenth */
};

struct work record_work(const struct waybill_record *record);

/* Every signature of the record, DKIM's first, then each set's, then the strays'; false at the end.
 * *i counts from 0. */
bool record_next_signature(const struct waybill_record *record, size_t *i,
                           const struct signature **out);

#endif
