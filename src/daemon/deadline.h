/*
 * daemon/deadline.h: the time that a message may wait for others, all in all. Its clock runs only
 * while it waits.
 */
#ifndef DAEMON_DEADLINE_H
#define DAEMON_DEADLINE_H

#include "waybill/status.h"

#include <stdint.h>

struct event;
struct event_base;

struct deadline {
    struct event *timer; /* NULL: there is none */
    int64_t left_ms, since_ms;
    void (*passed)(void *self);
    void *self;
};

/* `passed` is called in the loop, with the clock stopped and no time left. */
enum waybill_status deadline_new(struct deadline *deadline, struct event_base *base, int64_t ms,
                                 void (*passed)(void *self), void *self);
/* At any moment; one that is all zero is fine. */
void deadline_free(struct deadline *deadline);

void deadline_start(struct deadline *deadline);
/* Of a clock that stands it changes nothing. */
void deadline_stop(struct deadline *deadline);

#endif
