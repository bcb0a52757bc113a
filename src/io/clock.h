/*
 * io/clock.h: the time, for programs; the core is told it.
 */
#ifndef IO_CLOCK_H
#define IO_CLOCK_H

#include <stdint.h>

/* Milliseconds since some moment: what durations are measured with. */
int64_t clock_monotonic_ms(void);
/* Seconds since 1970 UTC. */
int64_t clock_now(void);

#endif
