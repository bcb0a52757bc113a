/*
 * custody.h: messages that go from hop to hop (DKIM2): from the author to hop2.example, from there
 * to hop3.example, and so on.
 */
#ifndef BENCH_CUSTODY_H
#define BENCH_CUSTODY_H

#include "drive.h"

/* A hop, from 1, which is the author, and the envelope with which a message leaves it. It points
 * into itself, so it stays where it is. */
struct place {
    char domain[32], mail_from[64], rcpt_to[64];
    const char *rcpts[1];
    struct waybill_envelope envelope;
};

void custody_place(unsigned hop, struct place *out);

/* Signs a message as hop `hop`. `before`: as it arrived there, where the hop changed it, else NULL;
 * the message is then held in *source.self as source_of has it. The fields are appended to *out,
 * unless that is NULL. */
void custody_sign(const struct world *world, struct source source, unsigned hop,
                  const struct slice *before, struct buffer *out);

/* Puts the fields of so many hops on top of a message. `revised`: all but the first are lists that
 * change the subject and put a footer below. */
void custody_chain(const struct world *world, unsigned hops, bool revised, struct buffer *message);

/* Judges a message where it arrives from its last hop; it must pass. */
void custody_verify(const struct world *world, struct source source, const struct place *last);

#endif
