/*
 * revise.h: what it costs to find a recipe for 10 MB, and to undo one.
 */
#ifndef BENCH_REVISE_H
#define BENCH_REVISE_H

#include "world.h"

/* Writes a line for each: what, seconds, the most that is wanted, octets of memory beside the
 * messages, the most that is wanted; 0 is no wish. */
void revise_run(const struct world *world);

#endif
