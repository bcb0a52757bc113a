/*
 * base/names.h: an index of names without case.
 *
 * Made once over a list of names, which may repeat; a look-up gives the positions of a name in
 * ascending order. Sorted by a hash in linear time, and among equal hashes by the names: no choice
 * of names makes it worse than a sort, and it needs no secret.
 */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include "base/arena.h"
#include "waybill/status.h"

struct names_entry {
    uint32_t hash;
    uint32_t position;
};

struct names {
    struct slice *all;           /* by position */
    struct names_entry *entries; /* by hash, name and position, once sorted */
    struct names_entry *spare;   /* as long; of use while sorting only */
    uint32_t *starts; /* by the first `bits` bits of a hash: where its entries begin; and the end */
    unsigned bits;
    size_t n;
};

/* Where the positions of one name stand: entries[first] to entries[first + n - 1]. */
struct names_range {
    size_t first, n;
};

/* An index for up to n names (under 2^32), still empty. */
enum waybill_status names_new(struct arena *arena, size_t n, struct names *out);
/* Adds a name in the next position, from 0 on, at most as often as names_new was told. */
void names_add(struct names *names, struct slice name);
/* After the last names_add, before the first names_find. */
void names_sort(struct names *names);

struct names_range names_find(const struct names *names, struct slice name);

#endif
