/*
 * tests/property/failing.h: allocation that fails when it is told to.
 *
 * For programs linked with --wrap for malloc, calloc, realloc and free; libcrypto and jansson are
 * told to allocate here as well. libidn2 allocates unseen.
 */
#ifndef PROPERTY_FAILING_H
#define PROPERTY_FAILING_H

#include <stdbool.h>
#include <stddef.h>

struct failing {
    bool armed;
    bool for_good;  /* all fail from there on, not that one alone */
    size_t calls;   /* since it was armed */
    size_t fail_at; /* which of them fails, from 1 */
    bool failed;
};

/* Blocks that were given out and not taken back. */
struct blocks {
    long ours, libcrypto, jansson;
};

extern struct failing failing;
extern struct blocks blocks;

/* Before anything is allocated by libcrypto or jansson; false: libcrypto keeps its own way. */
bool failing_install(void);

#endif
