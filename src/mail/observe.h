/*
 * mail/observe.h: looking for octets that good messages do not have, many at a time.
 */
#ifndef MAIL_OBSERVE_H
#define MAIL_OBSERVE_H

#include "base/slice.h"

struct observed {
    uint64_t lone_cr, lone_lf, nul, eight_bit;
};

/*
 * Adds what is odd in s. *before is the octet before s, '\n' at the start, and becomes the last of
 * s: a CR at the end of s is judged with what follows it, or by observe_end.
 */
void observe(struct slice s, uint8_t *before, struct observed *seen);
/* After the last octet. */
void observe_end(uint8_t before, struct observed *seen);

/* A line that grows: its octets so far, whether the last was CR, and the longest yet. */
struct line_measure {
    size_t octets;
    size_t longest;
    bool cr;
};

/* Lines end in CRLF, which does not count. */
void measure_lines(struct slice s, struct line_measure *m);

#endif
