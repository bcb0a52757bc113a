#include "base/names.h"

#include <stdlib.h>

enum waybill_status names_new(struct arena *arena, size_t n, struct names *out)
{
    *out = (struct names){arena_array(arena, n, sizeof(struct names_entry)), 0};
    return out->entries ? WAYBILL_OK : WAYBILL_NOMEM;
}

void names_add(struct names *names, struct slice name, size_t position)
{
    names->entries[names->n++] = (struct names_entry){slice_ihash(name), (uint32_t)position, name};
}

static int by_name(const struct names_entry *a, uint32_t hash, struct slice name)
{
    if (a->hash != hash)
        return a->hash < hash ? -1 : 1;
    return slice_casecmp(a->name, name);
}

static int by_name_and_position(const void *left, const void *right)
{
    const struct names_entry *a = left, *b = right;
    int order = by_name(a, b->hash, b->name);
    return order ? order : (a->position > b->position) - (a->position < b->position);
}

void names_sort(struct names *names)
{
    qsort(names->entries, names->n, sizeof names->entries[0], by_name_and_position);
}

/* The first entry that is not before the name, or behind all of the name where `after`. */
static size_t bound(const struct names *names, uint32_t hash, struct slice name, bool after)
{
    size_t low = 0, high = names->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = by_name(&names->entries[middle], hash, name);
        if (order < 0 || (after && order == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct names_range names_find(const struct names *names, struct slice name)
{
    uint32_t hash = slice_ihash(name);
    size_t first = bound(names, hash, name, false);
    if (first == names->n || by_name(&names->entries[first], hash, name) != 0)
        return (struct names_range){first, 0};
    return (struct names_range){first, bound(names, hash, name, true) - first};
}

bool names_repeated(const struct names *names, size_t *position)
{
    bool found = false;
    for (size_t i = 1; i < names->n; i++) {
        const struct names_entry *e = &names->entries[i];
        if (by_name(&names->entries[i - 1], e->hash, e->name) != 0)
            continue;
        if (!found || e->position < *position)
            *position = e->position;
        found = true;
    }
    return found;
}
