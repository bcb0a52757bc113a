/*
 * base/nearest.h: the known name that somebody may have meant.
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include "base/slice.h"

/* A search over names that are offered one by one. */
struct nearest {
    struct slice word;
    const char *name; /* the nearest so far; NULL: none is near */
    size_t distance;
};

static inline struct nearest nearest_new(struct slice word)
{
    /* A third of the word may be wrong: more, and it would be a guess. */
    return (struct nearest){word, NULL, word.n / 3 + 1};
}

/* Letters to change, add, drop or swap with their neighbour decide; of equals the first holds. */
void nearest_offer(struct nearest *nearest, const char *name);

#endif
