/*
 * measure.h: how long something takes, on a machine that others use too.
 *
 * Time is the thread's own on the processor. Two things are compared in short turns, so that
 * whatever disturbs one disturbs the other, and the median of several runs is what counts.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>

struct operation {
    void (*run)(void *self);
    void *self;
};

struct pair {
    double ops, limit_ops; /* a second */
    double share;          /* of the limit; the median of the runs' shares */
};

struct effort {
    size_t runs;    /* at most 64 */
    double seconds; /* each run gives to each of the two, at least */
};

double measure_now(void);

/* Seconds of the clock on the wall, for what waits for others. */
double measure_wall(void);

/* The middle one; sorts them. */
double measure_median(double *values, size_t n);

struct pair measure_pair(struct operation operation, struct operation limit, struct effort effort);

/* Seconds of one operation: the least of several, 0.2 seconds of them and three at least. */
double measure_least(struct operation operation);

#endif
