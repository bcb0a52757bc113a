/*
 * simple.h: signatures the library verifies and does not make.
 */
#ifndef BENCH_SIMPLE_H
#define BENCH_SIMPLE_H

#include "world.h"

/* A DKIM-Signature with c=simple/simple over From and Subject of a message whose body ends in
 * exactly one CRLF and whose named fields stand once; appended with its CRLF. */
void simple_sign(const struct world *world, enum bench_key key, struct slice message,
                 struct buffer *out);

/* The base64 of the SHA-256 of octets that are canonical already. */
void simple_digest(struct slice octets, struct buffer *out);

#endif
