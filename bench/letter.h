/*
 * letter.h: a message cut into what a mail filter is told of it, once for many deliveries.
 */
#ifndef BENCH_LETTER_H
#define BENCH_LETTER_H

#include "base/arena.h"

/* A packet to a filter: the parts of its data in order. */
struct told {
    uint8_t command;
    struct slice parts[2];
};

struct letter {
    struct arena arena; /* holds the octets */
    struct told *all;   /* from MAIL to the end of the body */
    size_t n;
};

/* Reads the message of a file, whose lines end in CRLF or LF. */
void letter_open(struct letter *letter, const char *path);
void letter_close(struct letter *letter);

#endif
