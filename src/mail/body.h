/*
 * mail/body.h: the digests of a body, all in one pass.
 *
 * When the header ends, everyone who needs a digest of the body says which; equal wishes are one.
 * A limited length (l=, RFC 6376 section 3.5) needs no digest of its own: the running one is
 * copied where the limit is passed. Any number of limits costs a copy each.
 */
#ifndef MAIL_BODY_H
#define MAIL_BODY_H

#include "crypto/crypto.h"
#include "mail/canon.h"

struct body_wish {
    enum canon canon;
    enum digest_kind digest;
    bool limited;
    uint64_t limit; /* canonical octets, where limited */
};

struct body_digest {
    struct body_wish wish;
    struct digest_value value;
    bool met; /* false: the canonical body is shorter than the limit, and there is no value */
    struct body_digest *next;
};

struct body_stream;

struct body {
    struct arena *arena;
    struct crypto *crypto;
    struct body_stream *streams[CANON_FORMS]; /* NULL where nobody wants the form */
};

static inline struct body body_new(struct arena *arena, struct crypto *crypto)
{
    return (struct body){arena, crypto, {NULL, NULL}};
}

/* Gives up the digests under way. */
void body_drop(struct body *body);

/* Before the first octet. *out lives as long as the arena; its value is there after body_final. */
enum waybill_status body_wish(struct body *body, struct body_wish wish,
                              const struct body_digest **out);

enum waybill_status body_update(struct body *body, struct slice octets);
enum waybill_status body_final(struct body *body);

/* After body_final: octets of the canonical body; 0 for a form that nobody wanted. */
uint64_t body_octets(const struct body *body, enum canon form);

#endif
