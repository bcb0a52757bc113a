/*
 * custody.h: messages that go from hop to hop (DKIM2): from the author to hop2.example, from there
 * to hop3.example, and so on.
 */
#ifndef BENCH_CUSTODY_H
#define BENCH_CUSTODY_H

#include "drive.h"

/* Signs a message as hop `hop`, from 1, which is the author. `before`: as it arrived there, where
 * the hop changed it, else NULL; the message is then held in *source.self as source_of has it. The
 * fields are appended to *out, unless that is NULL. */
void custody_sign(const struct world *world, struct source source, unsigned hop,
                  const struct slice *before, struct buffer *out);

/* Puts the fields of so many hops on top of a message. `revised`: all but the first are lists that
 * change the subject and put a footer below. */
void custody_chain(const struct world *world, unsigned hops, bool revised, struct buffer *message);

/* Judges a message where it arrives from the last of so many hops; it must pass. */
void custody_verify(const struct world *world, struct source source, unsigned hops);

#endif
