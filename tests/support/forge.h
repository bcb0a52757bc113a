/*
 * tests/support/forge.h: signatures made by hand, right or wrong.
 *
 * A second reading of RFC 6376 and RFC 8617, as plain as their words and sharing no line with the
 * library's: whole strings, no streams. What it signs the library must verify.
 */
#ifndef SUPPORT_FORGE_H
#define SUPPORT_FORGE_H

#include "mail/canon.h"
#include "support/support.h"

/* The canonical form of a field given with its CRLF, and of a body. */
struct buffer model_field(struct slice raw, enum canon form);
struct buffer model_body(struct slice body, enum canon form);

/*
 * Puts `name: tags` on top of the message, whose lines end in CRLF, where tags end in "b=" and a
 * signature follows. "@" in the tags becomes the body hash. c=, h= and l= say what is signed.
 */
void forge_signature(const struct lab *lab, enum lab_key key, const char *name, const char *tags,
                     struct buffer *message);

/* The same of an ARC-Seal, over the sets `first` to `last`, itself the seal of the last. */
void forge_seal(const struct lab *lab, enum lab_key key, const char *tags, unsigned first,
                unsigned last, struct buffer *message);

/*
 * A whole set of instance i on top, its seal over the sets from `first` on; cv as it stands.
 * All by the lab's RSA key under `domain`.
 */
void forge_set(const struct lab *lab, unsigned i, const char *cv, unsigned first,
               const char *domain, struct buffer *message);

#endif
