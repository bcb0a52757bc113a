/*
 * base/arena.h: memory that is freed all at once.
 *
 * One arena a message, one a check. What it gives lives as long as the arena; nothing is freed
 * alone. Out of memory is NULL, and the caller answers WAYBILL_NOMEM.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/slice.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks;
    uint8_t *free;
    size_t left;
};

/* An empty arena; allocates nothing. */
static inline struct arena arena_new(void)
{
    return (struct arena){NULL, NULL, 0};
}

void arena_free(struct arena *arena);

/* n octets, zeroed, aligned for any type. n may be 0: then any pointer but NULL. */
void *arena_alloc(struct arena *arena, size_t n);

/* count elements of `size` octets, zeroed; NULL also when the product overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/*
 * A list that grows: `all`, n elements of `size` octets that arena_grown gave before (NULL: none
 * yet), with room for one more, zeroed; where it had none left, a copy of twice the room. NULL is
 * out of memory.
 */
void *arena_grown(struct arena *arena, void *all, size_t n, size_t size);

/* A copy of the octets of s into *out; false is out of memory. A NUL follows the copy. */
bool arena_copy(struct arena *arena, struct slice s, struct slice *out);

/* The parts one after the other, as arena_copy has it; their sum does not overflow. */
bool arena_join(struct arena *arena, const struct slice *parts, size_t n, struct slice *out);

/* Formatted text with its final NUL, of known printable octets; NULL is out of memory. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
