#include "measure.h"

#include <stdlib.h>
#include <time.h>

/* How long one turn takes, if one operation is not longer. */
static const double turn_seconds = 0.01;

struct tally {
    struct operation operation;
    size_t a_turn; /* operations */
    double seconds;
    double done;
};

double measure_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double measure_wall(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double measure_median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, order);
    return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

static double turn(struct operation operation, size_t times)
{
    double start = measure_now();
    for (size_t i = 0; i < times; i++)
        operation.run(operation.self);
    return measure_now() - start;
}

static struct tally tally_new(struct operation operation)
{
    struct tally t = {.operation = operation, .a_turn = 1};
    operation.run(operation.self); /* keys and caches are at hand then */
    while (turn(operation, t.a_turn) < turn_seconds / 2)
        t.a_turn *= 2;
    return t;
}

static void tally_turn(struct tally *t, double enough)
{
    if (t->seconds >= enough)
        return;
    t->seconds += turn(t->operation, t->a_turn);
    t->done += (double)t->a_turn;
}

static double tally_rate(struct tally *t, double enough, struct tally *other)
{
    t->seconds = t->done = other->seconds = other->done = 0;
    while (t->seconds < enough || other->seconds < enough) {
        tally_turn(t, enough);
        tally_turn(other, enough);
    }
    return t->done / t->seconds;
}

struct pair measure_pair(struct operation operation, struct operation limit, struct effort effort)
{
    enum { RUNS_MOST = 64 };
    double ops[RUNS_MOST], limit_ops[RUNS_MOST], share[RUNS_MOST];
    struct tally work = tally_new(operation), best = tally_new(limit);
    size_t runs = effort.runs < RUNS_MOST ? effort.runs : RUNS_MOST;
    for (size_t i = 0; i < runs; i++) {
        ops[i] = tally_rate(&work, effort.seconds, &best);
        limit_ops[i] = best.done / best.seconds;
        share[i] = ops[i] / limit_ops[i];
    }
    return (struct pair){measure_median(ops, runs), measure_median(limit_ops, runs),
                         measure_median(share, runs)};
}

double measure_least(struct operation operation)
{
    double least = turn(operation, 1), spent = least;
    for (size_t i = 0; i < 3 || spent < 0.2; i++) {
        double seconds = turn(operation, 1);
        spent += seconds;
        if (seconds < least)
            least = seconds;
    }
    return least;
}
