/*
 * spf.h: how many SPF checks a second, with a zone at hand.
 */
#ifndef BENCH_SPF_H
#define BENCH_SPF_H

#include "measure.h"

/* One line a case: "spf", its name, its title, operations a second. Into the directory, unless it
 * is NULL, goes what a peer needs for the same: spf.tsv, the session's address and MAIL FROM in the
 * first line, then a name, a type and data. */
void spf_run(struct effort effort, const char *only, const char *directory);

#endif
