/*
 * tests/support/custody_forge.h: hops of DKIM2 made by hand, right or wrong.
 *
 * A second reading of spec-06 sections 6 and 9.6, as plain as their words: whole strings, no
 * streams, no line of the library's. What it signs the library must verify.
 */
#ifndef SUPPORT_CUSTODY_FORGE_H
#define SUPPORT_CUSTODY_FORGE_H

#include "support/support.h"

/* What the header hash and the body hash of a message, whose lines end in CRLF, are taken of. Of
 * the ignored fields it knows Received, DKIM-Signature and X- only. */
struct buffer model_header(struct slice message);
struct buffer model_body_hashed(struct slice message);

/* What the signature of a DKIM2-Signature field, whose s= stands last and has empty values, is
 * taken of: `own` is its value; m= and i= are its numbers. */
struct buffer model_input(struct slice message, unsigned m, unsigned i, const char *own);

/* A Message-Instance on top: of the message as it is, with a recipe in JSON, or NULL. Odd ones have
 * sha256, even ones sha512. */
void forge_instance(struct buffer *message, unsigned m, const char *recipe);

/* A hop: all tags but i=, m= and s= as they stand. Each key gives a signature; between them stands
 * `between`, "," where it is NULL. */
struct forged_hop {
    unsigned i, m;
    const char *tags; /* "t=…; d=…; …;" */
    enum lab_key keys[2];
    size_t n_keys;
    const char *between;
};
void forge_hop(const struct lab *lab, const struct forged_hop *hop, struct buffer *message);

/* "t=…; d=…; mf=…; rt=…;" of plain paths with brackets; the caller frees it. */
struct buffer forge_tags(int64_t time, const char *domain, const char *mail_from,
                         const char *const *rcpt_to, size_t rcpts);

/* A step on a message's way. Signed by the lab's Ed25519 key unless there are others. */
struct forged_step {
    const char *find, *put; /* what the hop changes; find is NULL: nothing */
    const char *recipe;     /* of the instance it makes; NULL: none, unless it is the first */
    const char *domain, *mail_from; /* paths with brackets */
    const char *rcpt_to[2];
    const char *next_domain; /* nd=, instead of both */
    const char *more;        /* tags; NULL: none */
    int64_t before;          /* seconds before LAB_NOW */
    enum lab_key keys[2];
    size_t n_keys;
    const char *between;
};

/* Takes the step; *i and *m are the numbers of the last hop and the last instance. */
void forge_step(const struct lab *lab, const struct forged_step *step, unsigned *i, unsigned *m,
                struct buffer *message);
/* The message after its steps; the caller frees it with buffer_free. */
struct buffer forge_journey(const struct lab *lab, const char *message,
                            const struct forged_step *steps, size_t n);

#endif
