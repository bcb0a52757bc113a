#include "cli/hops.h"

#include "dns/name.h"

#include <stdlib.h>

/* The signature that stands for a deed: of a set its seal, else its message signature. */
static const struct signature *face(const struct deed *deed)
{
    if (!deed->set)
        return deed->signature;
    return deed->set->seal ? deed->set->seal : deed->set->message_signature;
}

static size_t position(const struct deed *deed)
{
    if (deed->custody)
        return deed->custody->position;
    const struct signature *s = face(deed);
    return s ? s->position : SIZE_MAX; /* an AAR alone proves nothing: before all others */
}

static struct slice domain_of(const struct deed *deed)
{
    const struct signature *s = deed->custody ? NULL : face(deed);
    struct slice domain = deed->custody ? deed->custody->domain
                          : s           ? s->domain
                                        : (struct slice){NULL, 0};
    return domain.p ? domain : SLICE("?");
}

static bool time_of(const struct deed *deed, uint64_t *time)
{
    const struct signature *s = deed->custody ? NULL : face(deed);
    *time = deed->custody ? deed->custody->time : s ? s->time : 0;
    return deed->custody ? deed->custody->i != 0 : s && s->has_time;
}

/* Bottom up; the instance decides between sets whose fields were moved. */
static int oldest_first(const void *left, const void *right)
{
    const struct deed *a = left, *b = right;
    if (a->set && b->set && a->set->instance != b->set->instance)
        return a->set->instance < b->set->instance ? -1 : 1;
    if (a->custody && b->custody && a->custody->i != b->custody->i)
        return a->custody->i < b->custody->i ? -1 : 1;
    size_t at = position(a), other = position(b);
    return (at < other) - (at > other);
}

static bool same_domain(struct slice a, struct slice b)
{
    return a.n && b.n && (name_is_within(a, b) || name_is_within(b, a));
}

static void add(struct hops *hops, const struct deed *deed)
{
    struct slice domain = domain_of(deed);
    struct hop *last = hops->n ? &hops->all[hops->n - 1] : NULL;
    uint64_t time;
    if (!last || !same_domain(last->domain, domain)) {
        last = &hops->all[hops->n++];
        last->deeds = deed;
    }
    last->domain = domain;
    last->n++;
    if (time_of(deed, &time)) {
        last->has_time = true;
        last->time = time;
    }
}

enum waybill_status hops_find(struct arena *arena, const struct waybill_record *record,
                              struct hops *out)
{
    size_t most = record->dkim.n + record->dkim2.n_signatures + record->arc.n, n = 0;
    struct deed *deeds = arena_array(arena, most, sizeof *deeds);
    *out = (struct hops){arena_array(arena, most, sizeof *out->all), 0};
    if (!deeds || !out->all)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < record->dkim.n; i++)
        deeds[n++].signature = record->dkim.signatures[i];
    for (size_t i = 0; i < record->dkim2.n_signatures; i++)
        if (record->dkim2.signatures[i])
            deeds[n++].custody = record->dkim2.signatures[i];
    for (size_t i = 0; i < record->arc.n; i++)
        deeds[n++].set = &record->arc.sets[i];
    qsort(deeds, n, sizeof *deeds, oldest_first);
    for (size_t i = 0; i < n; i++)
        add(out, &deeds[i]);
    return WAYBILL_OK;
}
