/*
 * io/resolver.h: the DNS, through libunbound on libevent.
 *
 * A resolver belongs to one thread. Without DNSSEC validation, which is the usual way, it sets no
 * trust anchor: a forwarder that strips signatures would make every answer bogus.
 */
#ifndef IO_RESOLVER_H
#define IO_RESOLVER_H

#include "base/arena.h"
#include "waybill/question.h"
#include "waybill/status.h"

struct event_base;
struct resolver;
struct resolver_lookup;

struct resolver_settings {
    const char *forwarder; /* the address of a DNS server, "192.0.2.1" or "2001:db8::1@5353"; NULL:
                              the servers that /etc/resolv.conf names */
    unsigned cache_mb;     /* 0: 16 */
    bool validate;         /* by the root's trust anchor as the system has it */
};

/*
 * `base` is the loop in which answers come; NULL: one of the resolver's own, for resolver_ask.
 * WAYBILL_SYNTAX: the forwarder is no such address; WAYBILL_REFUSED: libunbound could not be set
 * up.
 */
enum waybill_status resolver_new(const struct resolver_settings *settings, struct event_base *base,
                                 struct resolver **out);
/* Lookups under way are answered no more. NULL is fine. */
void resolver_free(struct resolver *resolver);

/* The answer and its data live until the call returns. */
typedef void resolver_answered(void *self, const struct waybill_answer *answer);

/*
 * Asks one question. `answered` is called once: in the loop, or before this returns, where the
 * answer is at hand; *lookup is then NULL, else it is valid until `answered` is called. An error of
 * libunbound itself is WAYBILL_SERVFAIL, a name that the DNS cannot hold WAYBILL_NXDOMAIN, a
 * question of another kind, which the DNS knows nothing of, WAYBILL_NODATA. WAYBILL_NOMEM: nothing
 * was asked.
 */
enum waybill_status resolver_send(struct resolver *resolver,
                                  const struct waybill_question *question,
                                  resolver_answered *answered, void *self,
                                  struct resolver_lookup **lookup);
/* Nobody waits for the answer any more. */
void resolver_forget(struct resolver_lookup *lookup);

/*
 * Asks all n questions at once and returns when each has its answer, or after `ms` milliseconds:
 * what is open then is answered with WAYBILL_TIMEOUT. answers[i] belongs to questions[i]; the data
 * is in the arena. Of a resolver with a loop of its own.
 */
enum waybill_status resolver_ask(struct resolver *resolver, struct arena *arena,
                                 const struct waybill_question *questions, size_t n, int64_t ms,
                                 struct waybill_answer *answers);

#endif
