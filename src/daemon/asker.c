#include "daemon/asker.h"

#include <event2/event.h>
#include <stdlib.h>

struct asker {
    struct resolver *resolver; /* NULL: a file */
    struct waybill_answers *answers;
    struct event_base *base;
    struct timeval delay;
    struct asker_lookup *under_way; /* of a file */
};

/* A question to a file. One to the DNS is the resolver's own lookup. */
struct asker_lookup {
    struct asker_lookup *next, **link;
    struct event *timer;
    resolver_answered *answered;
    void *self;
    struct waybill_answer answer; /* its data is the set's */
};

enum waybill_status asker_new_dns(const struct resolver_settings *settings, struct event_base *base,
                                  struct asker **out)
{
    struct asker *asker = *out = calloc(1, sizeof *asker);
    enum waybill_status status =
        asker ? resolver_new(settings, base, &asker->resolver) : WAYBILL_NOMEM;
    if (status != WAYBILL_OK) {
        asker_free(asker);
        *out = NULL;
    }
    return status;
}

enum waybill_status asker_new_file(struct waybill_answers *answers, int64_t delay_ms,
                                   struct event_base *base, struct asker **out)
{
    struct asker *asker = *out = calloc(1, sizeof *asker);
    if (!asker)
        return WAYBILL_NOMEM;
    asker->answers = answers;
    asker->base = base;
    asker->delay = (struct timeval){.tv_sec = (time_t)(delay_ms / 1000),
                                    .tv_usec = (suseconds_t)(delay_ms % 1000) * 1000};
    return WAYBILL_OK;
}

static void lookup_free(struct asker_lookup *lookup)
{
    *lookup->link = lookup->next;
    if (lookup->next)
        lookup->next->link = lookup->link;
    event_free(lookup->timer);
    free(lookup);
}

void asker_free(struct asker *asker)
{
    if (!asker)
        return;
    while (asker->under_way)
        lookup_free(asker->under_way);
    resolver_free(asker->resolver);
    free(asker);
}

static void time_is_up(evutil_socket_t fd, short what, void *self)
{
    struct asker_lookup *lookup = self;
    struct waybill_answer answer = lookup->answer;
    resolver_answered *answered = lookup->answered;
    void *who = lookup->self;
    (void)fd, (void)what;
    lookup_free(lookup);
    answered(who, &answer);
}

/* Its answer comes by the timer, even without a delay: nothing is answered before it is asked. */
static enum waybill_status send_to_file(struct asker *asker,
                                        const struct waybill_question *question,
                                        resolver_answered *answered, void *self,
                                        struct asker_lookup **out)
{
    struct asker_lookup *lookup = calloc(1, sizeof *lookup);
    if (!lookup)
        return WAYBILL_NOMEM;
    lookup->answered = answered;
    lookup->self = self;
    lookup->timer = evtimer_new(asker->base, time_is_up, lookup);
    enum waybill_status status =
        lookup->timer ? waybill_answers_find(asker->answers, question, &lookup->answer)
                      : WAYBILL_NOMEM;
    if (status != WAYBILL_OK || evtimer_add(lookup->timer, &asker->delay) != 0) {
        if (lookup->timer)
            event_free(lookup->timer);
        free(lookup);
        return status == WAYBILL_OK ? WAYBILL_NOMEM : status;
    }
    lookup->next = asker->under_way;
    lookup->link = &asker->under_way;
    if (lookup->next)
        lookup->next->link = &lookup->next;
    *out = asker->under_way = lookup;
    return WAYBILL_OK;
}

enum waybill_status asker_send(struct asker *asker, const struct waybill_question *question,
                               resolver_answered *answered, void *self,
                               struct asker_lookup **lookup)
{
    *lookup = NULL;
    if (!asker->resolver)
        return send_to_file(asker, question, answered, self, lookup);
    struct resolver_lookup *sent;
    enum waybill_status status = resolver_send(asker->resolver, question, answered, self, &sent);
    *lookup = (struct asker_lookup *)sent;
    return status;
}

void asker_forget(struct asker *asker, struct asker_lookup *lookup)
{
    if (asker->resolver)
        resolver_forget((struct resolver_lookup *)lookup);
    else
        lookup_free(lookup);
}
