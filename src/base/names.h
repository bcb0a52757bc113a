/*
 * base/names.h: an index of names without case.
 *
 * Made once over a list of names, which may repeat; a look-up gives the positions of a name in
 * ascending order. Sorted, not hashed into buckets: no choice of names makes it slow, and it
 * needs no secret.
 */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include "base/arena.h"
#include "waybill/status.h"

struct names_entry {
    uint32_t hash;
    uint32_t position;
    struct slice name;
};

struct names {
    struct names_entry *entries;
    size_t n;
};

/* Where the positions of one name stand: entries[first] to entries[first + n - 1]. */
struct names_range {
    size_t first, n;
};

/* An index for up to n names (under 2^32), still empty. */
enum waybill_status names_new(struct arena *arena, size_t n, struct names *out);
/* Adds a name with its position, at most as often as names_new was told. */
void names_add(struct names *names, struct slice name, size_t position);
/* After the last names_add, before the first names_find. */
void names_sort(struct names *names);

struct names_range names_find(const struct names *names, struct slice name);
/* The first name, in order of position, that stands twice; its second position. False: none. */
bool names_repeated(const struct names *names, size_t *position);

#endif
