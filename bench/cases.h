/*
 * cases.h: verifying, signing, validating and sealing, each beside its limit.
 */
#ifndef BENCH_CASES_H
#define BENCH_CASES_H

#include "measure.h"
#include "world.h"

/* One line a case on standard output: "case", its name, title, operations a second, those of the
 * limit, the share, the share wanted or 0; tabs between. Where `directory` is not NULL, each
 * message goes there too, and what is to be done with it. `only`: of the cases, those whose name
 * begins so. */
void cases_run(const struct world *world, struct effort effort, const char *only,
               const char *directory);

/* What a key seen for the first time adds: "first-key", microseconds, those wanted. */
void cases_first_key(const struct world *world);

#endif
