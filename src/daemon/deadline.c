#include "daemon/deadline.h"

#include "io/clock.h"

#include <event2/event.h>

static void ring(evutil_socket_t fd, short what, void *self)
{
    struct deadline *d = self;
    (void)fd, (void)what;
    d->left_ms = 0;
    d->passed(d->self);
}

enum waybill_status deadline_new(struct deadline *d, struct event_base *base, int64_t ms,
                                 void (*passed)(void *self), void *self)
{
    *d = (struct deadline){.left_ms = ms, .passed = passed, .self = self};
    d->timer = evtimer_new(base, ring, d);
    return d->timer ? WAYBILL_OK : WAYBILL_NOMEM;
}

void deadline_free(struct deadline *d)
{
    if (d->timer)
        event_free(d->timer);
    d->timer = NULL;
}

void deadline_start(struct deadline *d)
{
    int64_t left = d->left_ms > 0 ? d->left_ms : 0;
    const struct timeval tv = {.tv_sec = (time_t)(left / 1000),
                               .tv_usec = (suseconds_t)(left % 1000) * 1000};
    d->since_ms = clock_monotonic_ms();
    evtimer_add(d->timer, &tv);
}

void deadline_stop(struct deadline *d)
{
    if (!evtimer_pending(d->timer, NULL))
        return;
    d->left_ms -= clock_monotonic_ms() - d->since_ms;
    evtimer_del(d->timer);
}
