/*
 * dkim2/diff.h: which lines two texts have in common, in the same order.
 *
 * Linear in octets and lines, but for a sort of anchors: common lines at both ends; lines that
 * stand once in each text; between those a search that gives up when it has cost its share. What
 * is found is right, however little it is.
 */
#ifndef DKIM2_DIFF_H
#define DKIM2_DIFF_H

#include "base/arena.h"
#include "waybill/status.h"

/* Lines that are equal: n from these two on, counted from 0. */
struct diff_run {
    uint64_t before, after, n;
};

/* A text without what it shares with the other at both ends. A line ends in CRLF, the last also
 * without; what stands behind the last CRLF is a line unless it is empty. */
struct diff_lines {
    struct slice text;
    uint64_t first;   /* number of the first line, from 0 */
    uint32_t *starts; /* where each begins, and the end */
    size_t n;
};

struct diff {
    struct diff_run *runs; /* ascending in both */
    size_t n_runs;
    uint64_t lines;           /* of the text before */
    struct diff_lines before; /* all of its lines that are in no run are here */
};

/* Texts of at most 2^32 - 1 octets, to which *out points; LIMIT beyond. */
enum waybill_status diff_texts(struct arena *arena, struct slice before, struct slice after,
                               struct diff *out);

/* A line of the text before, by its number, that is in no run; without its line end. */
struct slice diff_line(const struct diff *diff, uint64_t line);

#endif
