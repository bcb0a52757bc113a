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
    const struct slice *first;   /* the names themselves stand in an array of the caller's, */
    size_t stride;               /* so many octets from one to the next */
    struct names_entry *entries; /* by hash, name and position */
    uint32_t *starts; /* by the first `bits` bits of a hash: where its entries begin; and the end */
    unsigned bits;
    size_t n;
};

/* Where the positions of one name stand: entries[first] to entries[first + n - 1]. */
struct names_range {
    size_t first, n;
};

/*
 * An index of n names (under 2^32), which are members of the elements of an array: the first of
 * them, and the size of an element. The array outlives the index.
 */
enum waybill_status names_make(struct arena *arena, const struct slice *first, size_t stride,
                               size_t n, struct names *out);

/* The positions of a name. */
struct names_range names_find(const struct names *names, struct slice name);

#endif
