/*
 * daemon/asker.h: who answers questions, in a worker's loop: the DNS, or a file that takes its
 * time, as tests want it.
 */
#ifndef DAEMON_ASKER_H
#define DAEMON_ASKER_H

#include "io/resolver.h"
#include "waybill/answers.h"

struct asker;
struct asker_lookup; /* a question under way */

/* The DNS. As resolver_new. */
enum waybill_status asker_new_dns(const struct resolver_settings *settings, struct event_base *base,
                                  struct asker **out);
/* The answers of a set, which outlives the asker, each `delay_ms` after its question. */
enum waybill_status asker_new_file(struct waybill_answers *answers, int64_t delay_ms,
                                   struct event_base *base, struct asker **out);
/* Questions under way are answered no more. NULL is fine. */
void asker_free(struct asker *asker);

/* As resolver_send and resolver_forget. */
enum waybill_status asker_send(struct asker *asker, const struct waybill_question *question,
                               resolver_answered *answered, void *self,
                               struct asker_lookup **lookup);
void asker_forget(struct asker *asker, struct asker_lookup *lookup);

#endif
