/*
 * dkim2/diff_search.h: what two lists of numbers have in common, in the same order, for
 * dkim2/diff.c.
 */
#ifndef DKIM2_DIFF_SEARCH_H
#define DKIM2_DIFF_SEARCH_H

#include "base/arena.h"
#include "waybill/status.h"

/* Of the list after: a number that the list before has not. */
#define DIFF_NOWHERE UINT32_MAX

/* Numbers of the list before are positions in it. */
struct diff_numbers {
    uint32_t *all;
    size_t n;
};

/*
 * match[i] becomes 1 and the position in `after` of what equals before.all[i], or stays 0; those
 * that are not 0 ascend. Linear but for a sort; not always the most that there is. The lists and
 * the arena are for the search alone.
 */
enum waybill_status diff_search(struct arena *arena, struct diff_numbers *before,
                                struct diff_numbers *after, uint32_t *match);

#endif
