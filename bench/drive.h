/*
 * drive.h: one passage of one message through the library, as a program would do it.
 */
#ifndef BENCH_DRIVE_H
#define BENCH_DRIVE_H

#include "waybill/check.h"
#include "waybill/dkim2.h"
#include "waybill/message.h"
#include "waybill/policy.h"
#include "waybill/record.h"
#include "waybill/sign.h"
#include "world.h"

/* Where a message comes from: calls waybill_message_feed as often as it likes. */
struct source {
    enum waybill_status (*feed)(const void *self, struct waybill_message *message);
    const void *self;
};

/* A message that is held in one piece; *octets outlives the source. */
struct source source_of(const struct slice *octets);

/* How a message is judged. */
struct judging {
    unsigned methods;                        /* 1u << enum waybill_method, added up */
    const struct waybill_envelope *envelope; /* NULL: not known */
    const struct waybill_policy *policy;     /* NULL: nobody decides */
    /* Answers all that is open; NULL: the world does, out of its memory. */
    enum waybill_status (*answer)(void *self, struct waybill_check *check);
    void *self;
};

/* One method alone. */
static inline struct judging judging_by(enum waybill_method method)
{
    return (struct judging){.methods = 1u << method};
}

/* What it came to. */
struct outcome {
    enum waybill_result results[WAYBILL_METHOD_DMARC + 1];
    enum waybill_disposition disposition;
};

enum waybill_status drive_check(const struct world *world, struct source source,
                                const struct judging *how, struct outcome *out);

/* Judges it by one method, which must come out as expected. */
void drive_verify(const struct world *world, struct source source, enum waybill_method method,
                  enum waybill_result expected);

/* Signs it for a domain, or adds the next ARC set; `results`: NULL, or the authserv-id whose
 * Authentication-Results the set is to hold. The fields, each ended by CRLF, are appended to *out,
 * unless that is NULL. */
void drive_sign(const struct world *world, struct source source, enum bench_key key,
                const char *domain, struct buffer *out);
void drive_seal(const struct world *world, struct source source, const char *domain,
                const char *results, struct buffer *out);

/* How a message passes a hop of DKIM2. */
struct passage {
    const struct waybill_dkim2_hop *hop;
    const struct waybill_envelope *arrived; /* NULL: it begins here */
    const struct slice *before;             /* as it arrived; NULL: as it leaves */
    const struct waybill_recipe *recipe;
};

/* Verifies what arrived, where it did, and signs what leaves; *out as above. */
void drive_hop(const struct world *world, struct source source, const struct passage *how,
               struct buffer *out);

#endif
