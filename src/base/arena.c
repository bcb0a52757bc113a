#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct arena_chunk {
    struct arena_chunk *next;
    alignas(max_align_t) uint8_t octets[];
};

/* With malloc's own header, just under a page: most checks of small messages need one chunk or two.
 */
enum { CHUNK_OCTETS = 4096 - 64 };

void arena_free(struct arena *arena)
{
    for (struct arena_chunk *c = arena->chunks; c;) {
        struct arena_chunk *next = c->next;
        free(c);
        c = next;
    }
    *arena = arena_new();
}

/* Zeroed by calloc, which knows when the pages it got are so already. */
static struct arena_chunk *chunk_new(struct arena *arena, size_t n)
{
    if (n > SIZE_MAX - sizeof(struct arena_chunk))
        return NULL;
    struct arena_chunk *c = calloc(1, sizeof *c + n);
    if (!c)
        return NULL;
    c->next = arena->chunks;
    arena->chunks = c;
    return c;
}

void *arena_alloc(struct arena *arena, size_t n)
{
    const size_t align = alignof(max_align_t);
    if (n > SIZE_MAX - align)
        return NULL;
    size_t rounded = n ? (n + align - 1) & ~(align - 1) : align;
    if (rounded > CHUNK_OCTETS / 4 && rounded > arena->left) {
        struct arena_chunk *own = chunk_new(arena, rounded);
        return own ? own->octets : NULL;
    }
    if (rounded > arena->left) {
        struct arena_chunk *c = chunk_new(arena, CHUNK_OCTETS);
        if (!c)
            return NULL;
        arena->free = c->octets;
        arena->left = CHUNK_OCTETS;
    }
    void *p = arena->free;
    arena->free += rounded;
    arena->left -= rounded;
    return p;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return arena_alloc(arena, count * size);
}

void *arena_grown(struct arena *arena, void *all, size_t n, size_t size)
{
    /* The room is a power of two, and full when the number is. */
    if (n & (n - 1))
        return all;
    void *more = n > SIZE_MAX / 2 ? NULL : arena_array(arena, n ? 2 * n : 1, size);
    if (more && n)
        memcpy(more, all, n * size);
    return more;
}

bool arena_copy(struct arena *arena, struct slice s, struct slice *out)
{
    if (s.n == SIZE_MAX)
        return false;
    uint8_t *p = arena_alloc(arena, s.n + 1);
    if (!p)
        return false;
    if (s.n)
        memcpy(p, s.p, s.n);
    *out = slice_of(p, s.n);
    return true;
}

bool arena_join(struct arena *arena, const struct slice *parts, size_t n, struct slice *out)
{
    size_t octets = 0;
    for (size_t i = 0; i < n; i++)
        octets += parts[i].n;
    uint8_t *p = arena_alloc(arena, octets + 1);
    if (!p)
        return false;
    *out = slice_of(p, octets);
    for (size_t i = 0; i < n; p += parts[i++].n)
        if (parts[i].n)
            memcpy(p, parts[i].p, parts[i].n);
    return true;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = n < 0 ? NULL : arena_alloc(arena, (size_t)n + 1);
    if (text)
        vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}
