/*
 * growth.h: whether time grows with the input and not faster.
 */
#ifndef BENCH_GROWTH_H
#define BENCH_GROWTH_H

#include "world.h"

/* One line a row: "growth", what grows, its unit, three sizes, three times in seconds, the exponent
 * from the second to the third, the exponent wanted; a time is "refused" where the library refuses
 * such a message by design. `only`: of the rows, those that begin so. */
void growth_run(const struct world *world, const char *only);

#endif
