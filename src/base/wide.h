/*
 * base/wide.h: loops over many octets, compiled for what the processor has.
 */
#ifndef BASE_WIDE_H
#define BASE_WIDE_H

#include <stdint.h>

/* 255 where the octets are equal, else 0: as a vector has it. */
static inline uint8_t wide_same(uint8_t a, uint8_t b)
{
    return (uint8_t)(a == b ? 255 : 0);
}

/*
 * A function that walks octets in a plain loop is made twice and chosen when the program is loaded:
 * once for any processor of the kind, once for those with vectors of 32 octets. Elsewhere it is the
 * plain function.
 */
#if defined(__x86_64__) && defined(__ELF__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && !(defined(__clang__) && __clang_major__ < 14)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

#endif
