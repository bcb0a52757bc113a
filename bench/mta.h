/*
 * mta.h: an MTA's side of the milter protocol, as Postfix does it: what needs no answer leaves with
 * what does, in one write, but that a message has two parts, its envelope and the rest, and over
 * TCP Nagle's algorithm holds the second back until the first is acknowledged.
 */
#ifndef BENCH_MTA_H
#define BENCH_MTA_H

#include "letter.h"
#include "milter/packet.h"

/* One connection to a filter, for one client. */
struct mta {
    int fd;
    uint32_t steps; /* that were agreed on */
    struct buffer unsent;
    struct milter_reader reader;
};

/* Connects to "unix:/path" or "inet:PORT@ADDRESS" and tells of a client at 127.0.0.1. */
void mta_open(struct mta *mta, const char *where);

/* Hands a message over, its end included, and does not wait for what becomes of it. */
void mta_hand_over(struct mta *mta, const struct letter *letter);

/* Waits for that, which must be that the message goes on. */
void mta_wait(struct mta *mta);

void mta_close(struct mta *mta);

#endif
