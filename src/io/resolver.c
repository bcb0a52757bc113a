#include "io/resolver.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "io/clock.h"
#include "io/dns_packet.h"

#include <event2/event.h>
#include <stdlib.h>
#include <unbound-event.h>
#include <unbound.h>

enum { CLASS_IN = 1, UB_SECURE = 2, CACHE_MB_USUAL = 16 };

/* Where no server is named, the one on this host is meant (resolv.conf(5)). */
static const char LOCAL_SERVER[] = "127.0.0.1";
/* The root's keys as Debian's dns-root-data has them. */
static const char ROOT_KEYS[] = "/usr/share/dns/root.key";

/* Taken only before the first question. */
static const struct {
    const char *name, *value;
} settings[] = {
    /* The 16 sockets of the default would ask a wave in portions, one round trip each. */
    {"outgoing-range:", "1024"},
    {"num-queries-per-thread:", "1024"},
    /* Keys over 1,232 octets come over TCP; the default of two connections would queue them. */
    {"outgoing-num-tcp:", "64"},
    /* The reverse names of private networks have answers where mail comes from there. */
    {"unblock-lan-zones:", "yes"},
    {"do-not-query-localhost:", "no"},
    /* Records in the order they came: what is saved and compared must not change by itself. */
    {"rrset-roundrobin:", "no"},
};

struct resolver {
    struct event_base *base;
    bool own_base;
    struct ub_ctx *context;
    struct event *deadline;            /* of resolver_ask */
    struct resolver_lookup *under_way; /* what libunbound still holds a pointer to */
};

/*
 * One question under way. libunbound cannot take back an event-mode question, so a lookup lives
 * until its callback or the end of the resolver, and outlives who asked where it is late.
 */
struct resolver_lookup {
    struct resolver_lookup *next, **link;
    resolver_answered *answered; /* NULL: nobody waits any more */
    void *self;
    enum waybill_dns_type type;
    int64_t started;
    bool sending; /* an answer that comes now was at hand */
    bool done;    /* answered while it was sent */
};

/* --- setting up --------------------------------------------------------------------------------
 */

static void stop_waiting(evutil_socket_t fd, short what, void *resolver)
{
    (void)fd;
    (void)what;
    event_base_loopbreak(((struct resolver *)resolver)->base);
}

/* A quarter for messages, the rest for records: what unbound's manual recommends, and more. */
static bool set_caches(struct resolver *r, unsigned mb)
{
    char messages[16], records[16];
    unsigned all = mb ? mb : CACHE_MB_USUAL;
    snprintf(messages, sizeof messages, "%uk", all * 256);
    snprintf(records, sizeof records, "%uk", all * 768);
    return ub_ctx_set_option(r->context, "msg-cache-size:", messages) == 0 &&
           ub_ctx_set_option(r->context, "rrset-cache-size:", records) == 0;
}

static enum waybill_status set_up(struct resolver *r, const struct resolver_settings *wanted)
{
    /* libunbound would write its troubles to standard error; here they are answers. */
    ub_ctx_debugout(r->context, NULL);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (ub_ctx_set_option(r->context, settings[i].name, settings[i].value) != 0)
            return WAYBILL_REFUSED;
    if (!set_caches(r, wanted->cache_mb) ||
        (wanted->validate && ub_ctx_add_ta_file(r->context, ROOT_KEYS) != 0))
        return WAYBILL_REFUSED;
    return WAYBILL_OK;
}

static enum waybill_status set_servers(struct resolver *r, const char *forwarder)
{
    if (forwarder)
        return ub_ctx_set_fwd(r->context, forwarder) == 0 ? WAYBILL_OK : WAYBILL_SYNTAX;
    if (ub_ctx_resolvconf(r->context, NULL) != 0 && ub_ctx_set_fwd(r->context, LOCAL_SERVER) != 0)
        return WAYBILL_REFUSED;
    return WAYBILL_OK;
}

static bool open_loop(struct resolver *r, struct event_base *base)
{
    r->own_base = !base;
    r->base = base ? base : event_base_new();
    if (!r->base)
        return false;
    r->context = ub_ctx_create_event(r->base);
    r->deadline = evtimer_new(r->base, stop_waiting, r);
    return r->context && r->deadline;
}

enum waybill_status resolver_new(const struct resolver_settings *wanted, struct event_base *base,
                                 struct resolver **out)
{
    struct resolver *r = calloc(1, sizeof *r);
    enum waybill_status status = r && open_loop(r, base) ? set_up(r, wanted) : WAYBILL_NOMEM;
    if (status == WAYBILL_OK)
        status = set_servers(r, wanted->forwarder);
    if (status != WAYBILL_OK) {
        resolver_free(r);
        r = NULL;
    }
    *out = r;
    return status;
}

static void lookup_free(struct resolver_lookup *lookup)
{
    *lookup->link = lookup->next;
    if (lookup->next)
        lookup->next->link = lookup->link;
    free(lookup);
}

void resolver_free(struct resolver *resolver)
{
    if (!resolver)
        return;
    if (resolver->context)
        ub_ctx_delete(resolver->context);
    while (resolver->under_way)
        lookup_free(resolver->under_way);
    if (resolver->deadline)
        event_free(resolver->deadline);
    if (resolver->base && resolver->own_base)
        event_base_free(resolver->base);
    free(resolver);
}

/* --- one question ------------------------------------------------------------------------------
 */

static void lookup_end(struct resolver_lookup *lookup, struct waybill_answer *answer)
{
    answer->ms = clock_monotonic_ms() - lookup->started;
    answer->cached = lookup->sending;
    if (lookup->answered)
        lookup->answered(lookup->self, answer);
    if (lookup->sending)
        lookup->done = true; /* resolver_send still holds it */
    else
        lookup_free(lookup);
}

/* The type of the callback is libunbound's. The rcode is that of the packet only for an error:
 * NXDOMAIN stands in the packet alone. */
static void answered(void *context, int rcode, void *packet, int octets, int security,
                     char *why_bogus, int limited)
{
    struct resolver_lookup *lookup = context;
    struct waybill_answer answer = WAYBILL_ANSWER(WAYBILL_SERVFAIL);
    struct arena arena = arena_new();
    (void)why_bogus;
    (void)limited;
    if (lookup->answered && rcode == 0 && packet && octets > 0) {
        enum waybill_status status =
            dns_packet_parse(&arena, slice_of(packet, (size_t)octets), lookup->type, &answer);
        if (status != WAYBILL_OK)
            answer = (struct waybill_answer)WAYBILL_ANSWER(WAYBILL_SERVFAIL);
        /* Without a trust anchor nothing is known to be insecure either. */
        answer.secure = security == UB_SECURE ? 1 : -1;
    }
    lookup_end(lookup, &answer);
    arena_free(&arena);
}

/* The presentation form that libunbound reads (RFC 1035 section 5.1): odd octets as \DDD. */
static void escape_name(struct buffer *out, struct slice name)
{
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = name.p[i];
        if (octet_is_alpha(c) || octet_is_digit(c) || c == '-' || c == '_' || c == '.')
            buffer_add_octet(out, c);
        else
            buffer_printf(out, "\\%03u", (unsigned)c);
    }
    buffer_add_octet(out, '\0');
}

static struct resolver_lookup *lookup_new(struct resolver *r, enum waybill_dns_type type,
                                          resolver_answered *answered_, void *self)
{
    struct resolver_lookup *lookup = calloc(1, sizeof *lookup);
    if (!lookup)
        return NULL;
    *lookup = (struct resolver_lookup){r->under_way, &r->under_way,        answered_, self,
                                       type,         clock_monotonic_ms(), true,      false};
    if (r->under_way)
        r->under_way->link = &lookup->next;
    r->under_way = lookup;
    return lookup;
}

/* A question that libunbound does not take: a name that is none is not there. */
static void refused(struct resolver_lookup *lookup, int error)
{
    struct waybill_answer answer = WAYBILL_ANSWER(WAYBILL_SERVFAIL);
    if (error == UB_SYNTAX)
        answer.status = WAYBILL_NXDOMAIN;
    lookup_end(lookup, &answer);
}

static enum waybill_status look_up(struct resolver *r, struct resolver_lookup *lookup,
                                   const struct waybill_question *question)
{
    struct buffer name = buffer_new(4 * question->name_octets + 1);
    escape_name(&name, slice_of(question->name, question->name_octets));
    enum waybill_status status = name.status;
    if (status == WAYBILL_OK) {
        int error = ub_resolve_event(r->context, (const char *)name.p, (int)question->type,
                                     CLASS_IN, lookup, answered, NULL);
        if (error)
            refused(lookup, error);
    }
    buffer_free(&name);
    return status;
}

enum waybill_status resolver_send(struct resolver *resolver,
                                  const struct waybill_question *question,
                                  resolver_answered *answered_, void *self,
                                  struct resolver_lookup **out)
{
    *out = NULL;
    if (question->kind != WAYBILL_DNS) {
        const struct waybill_answer nothing = WAYBILL_ANSWER(WAYBILL_NODATA);
        answered_(self, &nothing);
        return WAYBILL_OK;
    }
    struct resolver_lookup *lookup = lookup_new(resolver, question->type, answered_, self);
    if (!lookup)
        return WAYBILL_NOMEM;
    enum waybill_status status = look_up(resolver, lookup, question);
    lookup->sending = false;
    if (status != WAYBILL_OK || lookup->done)
        lookup_free(lookup);
    else
        *out = lookup;
    return status;
}

void resolver_forget(struct resolver_lookup *lookup)
{
    lookup->answered = NULL;
}

/* --- all of a wave, and waiting for it ---------------------------------------------------------
 */

struct wave {
    struct resolver *resolver;
    struct arena *arena;
    size_t open;
    bool waiting;
    enum waybill_status status;
};

/* One question of it. */
struct waited {
    struct wave *wave;
    struct waybill_answer *answer;
    struct resolver_lookup *lookup; /* NULL: it has its answer */
};

static enum waybill_status copy_data(struct arena *arena, struct waybill_answer *answer)
{
    struct waybill_datum *data = arena_array(arena, answer->n, sizeof *data);
    if (!data)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < answer->n; i++) {
        struct slice copy;
        if (!arena_copy(arena, slice_of(answer->data[i].octets, answer->data[i].n), &copy))
            return WAYBILL_NOMEM;
        data[i] = (struct waybill_datum){(const char *)copy.p, copy.n};
    }
    answer->data = answer->n ? data : NULL;
    return WAYBILL_OK;
}

static void take_waited(void *self, const struct waybill_answer *answer)
{
    struct waited *waited = self;
    struct wave *wave = waited->wave;
    *waited->answer = *answer;
    waited->lookup = NULL;
    enum waybill_status status = copy_data(wave->arena, waited->answer);
    if (status != WAYBILL_OK)
        wave->status = status;
    if (--wave->open == 0 && wave->waiting)
        event_base_loopbreak(wave->resolver->base);
}

static void wait_for_answers(struct wave *wave, int64_t ms)
{
    struct timeval left = {.tv_sec = (time_t)(ms / 1000),
                           .tv_usec = (suseconds_t)(ms % 1000) * 1000};
    if (wave->open == 0)
        return;
    wave->waiting = true;
    evtimer_add(wave->resolver->deadline, &left);
    event_base_dispatch(wave->resolver->base);
    evtimer_del(wave->resolver->deadline);
}

enum waybill_status resolver_ask(struct resolver *resolver, struct arena *arena,
                                 const struct waybill_question *questions, size_t n, int64_t ms,
                                 struct waybill_answer *answers)
{
    struct wave wave = {resolver, arena, n, false, WAYBILL_OK};
    struct waited *waited = arena_array(arena, n, sizeof *waited);
    if (!waited)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < n; i++) {
        answers[i] = (struct waybill_answer)WAYBILL_ANSWER(WAYBILL_TIMEOUT);
        answers[i].ms = ms;
    }
    size_t sent = 0;
    for (; sent < n && wave.status == WAYBILL_OK; sent++) {
        struct waited *w = &waited[sent];
        struct resolver_lookup *lookup;
        *w = (struct waited){&wave, &answers[sent], NULL};
        enum waybill_status status =
            resolver_send(resolver, &questions[sent], take_waited, w, &lookup);
        w->lookup = lookup;
        if (status != WAYBILL_OK)
            wave.status = status;
    }
    if (wave.status == WAYBILL_OK)
        wait_for_answers(&wave, ms);
    for (size_t i = 0; i < sent; i++)
        if (waited[i].lookup)
            resolver_forget(waited[i].lookup); /* late answers find nobody */
    return wave.status;
}
