/*
 * dkim2/bodies.h: older bodies of a message, made line by line as its body arrives.
 *
 * Recipes compose: every older body is one ascending list of ranges of received lines, with
 * literals between. It is known when the header ends, so that no body is kept.
 */
#ifndef DKIM2_BODIES_H
#define DKIM2_BODIES_H

#include "crypto/crypto.h"
#include "dkim2/recipe.h"
#include "mail/canon.h"

struct dkim2_bodies;

/* One body: the received one, or one that a recipe makes of a newer. */
struct dkim2_body {
    const struct dkim2_body *same; /* not NULL: octet for octet that one, no recipe changed it */
    bool lost;                     /* a null recipe stands before it, or one that did not apply */
    bool applies;                  /* after bodies_final: every line that is copied was there */
    struct digest_value values[DIGEST_KINDS]; /* after bodies_final, of what was wanted */
    bool wanted[DIGEST_KINDS];
    uint64_t octets; /* hashed for it */
};

/* `received` becomes the received body, whose hash the caller has from elsewhere (mail/body.h). */
enum waybill_status dkim2_bodies_new(struct arena *arena, struct crypto *crypto,
                                     struct dkim2_bodies **out, struct dkim2_body **received);

/* The body before `newer`, by the body part of the recipe. Before the first octet. */
enum waybill_status dkim2_bodies_undo(struct dkim2_bodies *bodies, const struct dkim2_body *newer,
                                      const struct recipe *recipe, struct dkim2_body **out);

/* Wants the body hash of it (spec-06 section 6.1). Before the first octet. */
enum waybill_status dkim2_bodies_want(struct dkim2_bodies *bodies, struct dkim2_body *body,
                                      enum digest_kind kind);
/* Wants its octets, lines ended by CRLF, without empty lines at its end; one body at the most. */
void dkim2_bodies_give(struct dkim2_bodies *bodies, struct dkim2_body *body,
                       struct canon_sink sink);

/* The received body, in pieces of any size. */
enum waybill_status dkim2_bodies_update(struct dkim2_bodies *bodies, struct slice octets);
enum waybill_status dkim2_bodies_final(struct dkim2_bodies *bodies);
/* Gives up the digests under way; at any moment, NULL is fine. */
void dkim2_bodies_drop(struct dkim2_bodies *bodies);

#endif
