/*
 * peak.h: how much memory a large message takes more than a small one.
 */
#ifndef BENCH_PEAK_H
#define BENCH_PEAK_H

#include "world.h"

/* The first thing a program does, while its heap is small: "peak", octets more that verifying 10 MB
 * takes than verifying 4 KB, octets wanted; "peak-recipe": the same of DKIM2, where a recipe undoes
 * the body. */
void peak_run(const struct world *world);

#endif
