#include "base/names.h"

/* Below this many, inserting one by one is the fastest. */
enum { FEW = 48 };

static struct slice name_at(const struct names *names, size_t position)
{
    const void *name = (const uint8_t *)names->first + position * names->stride;
    return *(const struct slice *)name;
}

static int by_name(const struct names *names, const struct names_entry *a, uint32_t hash,
                   struct slice name)
{
    if (a->hash != hash)
        return a->hash < hash ? -1 : 1;
    struct slice own = name_at(names, a->position);
    return slice_eq(own, name) ? 0 : slice_casecmp(own, name);
}

static inline int by_entry(const struct names *names, const struct names_entry *a,
                           const struct names_entry *b)
{
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    int order = by_name(names, a, b->hash, name_at(names, b->position));
    return order ? order : (a->position > b->position) - (a->position < b->position);
}

static void insert_each(struct names *names)
{
    for (size_t i = 1; i < names->n; i++) {
        struct names_entry entry = names->entries[i];
        size_t at = i;
        for (; at > 0 && by_entry(names, &names->entries[at - 1], &entry) > 0; at--)
            names->entries[at] = names->entries[at - 1];
        names->entries[at] = entry;
    }
}

/* One pass over eight bits of the hash, from one array to the other; what was before stays before.
 */
static void distribute(const struct names_entry *from, struct names_entry *to, size_t n,
                       unsigned shift)
{
    size_t at[257] = {0};
    for (size_t i = 0; i < n; i++)
        at[(from[i].hash >> shift & 0xFF) + 1]++;
    for (size_t k = 1; k < 257; k++)
        at[k] += at[k - 1];
    for (size_t i = 0; i < n; i++)
        to[at[from[i].hash >> shift & 0xFF]++] = from[i];
}

/* Lets the entry at `at` sink in a heap of n whose largest is on top. */
static void sink(const struct names *names, struct names_entry *heap, size_t at, size_t n)
{
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && by_entry(names, &heap[child], &heap[child + 1]) < 0)
            child++;
        if (by_entry(names, &heap[at], &heap[child]) >= 0)
            return;
        struct names_entry up = heap[child];
        heap[child] = heap[at];
        heap[at] = up;
    }
}

/* Different names of one hash: by chance hardly ever two, by intent any number. */
static void sort_heap(const struct names *names, struct names_entry *heap, size_t n)
{
    for (size_t at = n / 2; at-- > 0;)
        sink(names, heap, at, n);
    while (n-- > 1) {
        struct names_entry largest = heap[0];
        heap[0] = heap[n];
        heap[n] = largest;
        sink(names, heap, 0, n);
    }
}

static void sort_equal_hashes(struct names *names)
{
    for (size_t first = 0, end; first < names->n; first = end) {
        struct names_entry *e = &names->entries[first];
        bool same = true;
        for (end = first + 1; end < names->n && names->entries[end].hash == e->hash; end++)
            same = same && slice_ieq(name_at(names, names->entries[end].position),
                                     name_at(names, e->position));
        if (!same)
            sort_heap(names, e, end - first);
    }
}

/* A chance hash leaves an entry or two between two starts; an ill-meant one what it likes. */
static void find_starts(struct names *names)
{
    size_t at = 0;
    for (size_t k = 0; k <= (size_t)1 << names->bits; k++) {
        while (at < names->n && names->entries[at].hash >> (32 - names->bits) < k)
            at++;
        names->starts[k] = (uint32_t)at;
    }
}

/* An even number of passes, so that the entries end where they began. */
static enum waybill_status sort_many(struct arena *arena, struct names *names)
{
    while (names->bits < 20 && (size_t)1 << names->bits < names->n)
        names->bits++;
    struct names_entry *spare = arena_array(arena, names->n, sizeof *spare);
    names->starts = arena_array(arena, ((size_t)1 << names->bits) + 1, sizeof *names->starts);
    if (!spare || !names->starts)
        return WAYBILL_NOMEM;
    for (unsigned shift = 0; shift < 32; shift += 16) {
        distribute(names->entries, spare, names->n, shift);
        distribute(spare, names->entries, names->n, shift + 8);
    }
    sort_equal_hashes(names);
    find_starts(names);
    return WAYBILL_OK;
}

enum waybill_status names_make(struct arena *arena, const struct slice *first, size_t stride,
                               size_t n, struct names *out)
{
    *out = (struct names){.first = first, .stride = stride, .n = n};
    out->entries = arena_array(arena, n, sizeof *out->entries);
    if (!out->entries)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < n; i++)
        out->entries[i] = (struct names_entry){slice_ihash(name_at(out, i)), (uint32_t)i};
    if (n > FEW)
        return sort_many(arena, out);
    insert_each(out);
    return WAYBILL_OK;
}

/* The first entry of a range that is not before the name, or behind all of the name where `after`.
 */
static size_t bound(const struct names *names, struct names_range within, uint32_t hash,
                    struct slice name, bool after)
{
    size_t low = within.first, high = within.first + within.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = by_name(names, &names->entries[middle], hash, name);
        if (order < 0 || (after && order == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct names_range range_of(const struct names *names, uint32_t hash)
{
    if (!names->starts)
        return (struct names_range){0, names->n};
    const uint32_t *start = names->starts + (hash >> (32 - names->bits));
    return (struct names_range){start[0], start[1] - start[0]};
}

struct names_range names_find(const struct names *names, struct slice name)
{
    uint32_t hash = slice_ihash(name);
    struct names_range within = range_of(names, hash);
    size_t end = within.first + within.n;
    size_t first = bound(names, within, hash, name, false);
    if (first == end || by_name(names, &names->entries[first], hash, name) != 0)
        return (struct names_range){first, 0};
    size_t next = first + 1; /* most names stand once */
    if (next < end && by_name(names, &names->entries[next], hash, name) == 0)
        next = bound(names, within, hash, name, true);
    return (struct names_range){first, next - first};
}
