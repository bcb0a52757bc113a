/*
 * io/resolver.h: the DNS, through libunbound on libevent.
 *
 * A resolver belongs to one thread and is used by one caller at a time. It validates nothing: no
 * trust anchor is set, because a forwarder that strips DNSSEC would make every answer bogus.
 */
#ifndef IO_RESOLVER_H
#define IO_RESOLVER_H

#include "base/arena.h"
#include "waybill/question.h"
#include "waybill/status.h"

struct resolver;

/*
 * `forwarder` is the address of a DNS server, "192.0.2.1" or "2001:db8::1@5353"; NULL: the servers
 * that /etc/resolv.conf names. WAYBILL_SYNTAX: not such an address; WAYBILL_REFUSED: libunbound
 * could not be set up.
 */
enum waybill_status resolver_new(const char *forwarder, struct resolver **out);
/* NULL is fine. */
void resolver_free(struct resolver *resolver);

/*
 * Asks all n questions at once and returns when each has its answer, or after
 * `ms` milliseconds: what is open then is answered with WAYBILL_TIMEOUT. answers[i] belongs to
 * questions[i]; the data is in the arena. An error of libunbound itself is WAYBILL_SERVFAIL, a
 * name that the DNS cannot hold WAYBILL_NXDOMAIN, a question of another kind, which the DNS knows
 * nothing of, WAYBILL_NODATA.
 */
enum waybill_status resolver_ask(struct resolver *resolver, struct arena *arena,
                                 const struct waybill_question *questions, size_t n, int64_t ms,
                                 struct waybill_answer *answers);

#endif
