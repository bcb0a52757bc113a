/*
 * tests/support/departure.h: messages that leave as hops of DKIM2, and what a verifier says of
 * them.
 */
#ifndef SUPPORT_DEPARTURE_H
#define SUPPORT_DEPARTURE_H

#include "support/support.h"
#include "waybill/dkim2.h"

struct departure {
    enum waybill_draft draft;
    const struct waybill_dkim2_hop *hops;
    size_t n_hops;
    int64_t now; /* 0: LAB_NOW */
    bool out_of_band;
    const struct waybill_envelope *arrived; /* NULL: not known */
    const struct buffer *before;            /* NULL: it leaves as it arrived */
    const struct dns_row *rows;
    size_t n_rows;
};

/* Puts the fields of the hops on top of a message with CRLF. Not OK: it stays, and reason says why.
 */
enum waybill_status depart(const struct lab *lab, const struct departure *how,
                           struct buffer *message, char reason[200]);
/* The same where it cannot fail. */
void depart_well(const struct lab *lab, const struct departure *how, struct buffer *message);

/* The message judged by DKIM2 alone; trial_free frees it. */
struct trial arrive(const struct lab *lab, const struct buffer *message, enum waybill_draft draft,
                    const struct waybill_envelope *envelope);

/* The same with what the DNS says beside the lab's keys. */
struct trial arrive_with(const struct lab *lab, const struct buffer *message,
                         enum waybill_draft draft, const struct waybill_envelope *envelope,
                         const struct dns_row *rows, size_t n_rows);

/* A hop by one key, from one address to one. */
struct plain_hop {
    struct waybill_signing_key key;
    const char *to;
    struct waybill_dkim2_hop hop;
};
void plain_hop(const struct lab *lab, enum lab_key key, const char *domain, const char *from,
               const char *to, struct plain_hop *out);

#endif
