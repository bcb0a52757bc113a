#include "io/resolver.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "io/dns_packet.h"

#include <event2/event.h>
#include <stdlib.h>
#include <time.h>
#include <unbound-event.h>
#include <unbound.h>

enum { CLASS_IN = 1, UB_SECURE = 2 };

/* Where no server is named, the one on this host is meant (resolv.conf(5)). */
static const char LOCAL_SERVER[] = "127.0.0.1";

/* Taken only before the first question. */
static const struct {
    const char *name, *value;
} settings[] = {
    /* The 16 sockets of the default would ask a wave in portions, one round trip each. */
    {"outgoing-range:", "1024"},
    {"num-queries-per-thread:", "1024"},
    /* Keys over 1,232 octets come over TCP; the default of two connections would queue them. */
    {"outgoing-num-tcp:", "64"},
    {"msg-cache-size:", "4m"},
    {"rrset-cache-size:", "12m"},
    /* The reverse names of private networks have answers where mail comes from there. */
    {"unblock-lan-zones:", "yes"},
    {"do-not-query-localhost:", "no"},
    /* Records in the order they came: what is saved and compared must not change by itself. */
    {"rrset-roundrobin:", "no"},
};

struct resolver {
    struct event_base *base;
    struct ub_ctx *context;
    struct event *deadline;
    struct lookup *pending; /* what libunbound still holds a pointer to */
};

/* The questions of one resolver_ask. */
struct wave {
    struct resolver *resolver;
    struct arena *arena;
    int64_t started;
    size_t open;
    bool sending; /* an answer that comes now was at hand */
    enum waybill_status status;
};

/*
 * One question under way. libunbound cannot take back an event-mode question, so a lookup lives
 * until its callback or the end of the resolver, and outlives its wave where it is late.
 */
struct lookup {
    struct lookup *next, **link;
    struct wave *wave; /* NULL: nobody waits any more */
    enum waybill_dns_type type;
    struct waybill_answer *answer;
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void stop_waiting(evutil_socket_t fd, short what, void *resolver)
{
    (void)fd;
    (void)what;
    event_base_loopbreak(((struct resolver *)resolver)->base);
}

static enum waybill_status set_up(struct resolver *r)
{
    /* libunbound would write its troubles to standard error; here they are answers. */
    ub_ctx_debugout(r->context, NULL);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (ub_ctx_set_option(r->context, settings[i].name, settings[i].value) != 0)
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

enum waybill_status resolver_new(const char *forwarder, struct resolver **out)
{
    struct resolver *r = calloc(1, sizeof *r);
    enum waybill_status status = WAYBILL_NOMEM;
    if (!r || !(r->base = event_base_new()) || !(r->context = ub_ctx_create_event(r->base)) ||
        !(r->deadline = evtimer_new(r->base, stop_waiting, r)))
        goto failed;
    status = set_up(r);
    if (status == WAYBILL_OK)
        status = set_servers(r, forwarder);
    if (status != WAYBILL_OK)
        goto failed;
    *out = r;
    return WAYBILL_OK;
failed:
    resolver_free(r);
    return status;
}

static void lookup_free(struct lookup *lookup)
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
    ub_ctx_delete(resolver->context);
    while (resolver->pending)
        lookup_free(resolver->pending);
    if (resolver->deadline)
        event_free(resolver->deadline);
    if (resolver->base)
        event_base_free(resolver->base);
    free(resolver);
}

/* Ends the lookup with what its answer says now. */
static void lookup_end(struct lookup *lookup)
{
    struct wave *wave = lookup->wave;
    lookup->answer->ms = now_ms() - wave->started;
    lookup->answer->cached = wave->sending;
    lookup_free(lookup);
    if (--wave->open == 0)
        event_base_loopbreak(wave->resolver->base);
}

/* The type of the callback is libunbound's. The rcode is that of the packet only for an error:
 * NXDOMAIN stands in the packet alone. */
static void answered(void *context, int rcode, void *packet, int octets, int security,
                     char *why_bogus, int limited)
{
    struct lookup *lookup = context;
    (void)why_bogus;
    (void)limited;
    if (!lookup->wave) {
        lookup_free(lookup);
        return;
    }
    struct waybill_answer *answer = lookup->answer;
    *answer = (struct waybill_answer)WAYBILL_ANSWER(WAYBILL_SERVFAIL);
    if (rcode == 0 && packet && octets > 0) {
        enum waybill_status status = dns_packet_parse(
            lookup->wave->arena, slice_of(packet, (size_t)octets), lookup->type, answer);
        if (status != WAYBILL_OK)
            lookup->wave->status = status;
        /* Without a trust anchor nothing is known to be insecure either. */
        answer->secure = security == UB_SECURE ? 1 : -1;
    }
    lookup_end(lookup);
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

static struct lookup *lookup_new(struct wave *wave, enum waybill_dns_type type,
                                 struct waybill_answer *answer)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    if (!lookup)
        return NULL;
    struct resolver *r = wave->resolver;
    *lookup = (struct lookup){r->pending, &r->pending, wave, type, answer};
    if (r->pending)
        r->pending->link = &lookup->next;
    r->pending = lookup;
    wave->open++;
    return lookup;
}

/* A question that libunbound does not take: a name that is none is not there. */
static void refused(struct lookup *lookup, int error)
{
    lookup->answer->status = error == UB_SYNTAX ? WAYBILL_NXDOMAIN : WAYBILL_SERVFAIL;
    lookup_end(lookup);
}

static enum waybill_status send_question(struct wave *wave, const struct waybill_question *question,
                                         struct waybill_answer *answer)
{
    struct lookup *lookup = lookup_new(wave, question->type, answer);
    struct buffer name = buffer_new(4 * question->name_octets + 1);
    escape_name(&name, slice_of(question->name, question->name_octets));
    enum waybill_status status = lookup ? name.status : WAYBILL_NOMEM;
    if (status == WAYBILL_OK) {
        int error = ub_resolve_event(wave->resolver->context, (const char *)name.p,
                                     (int)question->type, CLASS_IN, lookup, answered, NULL);
        if (error)
            refused(lookup, error);
    }
    buffer_free(&name);
    return status;
}

static void wait_for_answers(struct wave *wave, int64_t ms)
{
    struct timeval left = {.tv_sec = (time_t)(ms / 1000),
                           .tv_usec = (suseconds_t)(ms % 1000) * 1000};
    if (wave->open == 0)
        return;
    evtimer_add(wave->resolver->deadline, &left);
    event_base_dispatch(wave->resolver->base);
    evtimer_del(wave->resolver->deadline);
}

/* Late answers find nobody. */
static void forget_wave(struct wave *wave)
{
    for (struct lookup *l = wave->resolver->pending; l; l = l->next)
        if (l->wave == wave)
            l->wave = NULL;
}

enum waybill_status resolver_ask(struct resolver *resolver, struct arena *arena,
                                 const struct waybill_question *questions, size_t n, int64_t ms,
                                 struct waybill_answer *answers)
{
    struct wave wave = {resolver, arena, now_ms(), 0, true, WAYBILL_OK};
    for (size_t i = 0; i < n; i++) {
        answers[i] = (struct waybill_answer)WAYBILL_ANSWER(WAYBILL_TIMEOUT);
        answers[i].ms = ms;
    }
    for (size_t i = 0; i < n && wave.status == WAYBILL_OK; i++)
        if (questions[i].kind == WAYBILL_DNS)
            wave.status = send_question(&wave, &questions[i], &answers[i]);
        else
            answers[i] = (struct waybill_answer)WAYBILL_ANSWER(WAYBILL_NODATA);
    wave.sending = false;
    if (wave.status == WAYBILL_OK)
        wait_for_answers(&wave, ms);
    forget_wave(&wave);
    return wave.status;
}
