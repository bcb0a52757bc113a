/*
 * daemon/asking.h: a check on its way to its record: what it wants to know is asked as soon as it
 * wants to know it, and it is stepped when answers came.
 */
#ifndef DAEMON_ASKING_H
#define DAEMON_ASKING_H

#include "daemon/asker.h"
#include "daemon/metrics.h"
#include "waybill/check.h"

struct asking;

/* The record is complete, or `status` says why it never will be. Called once, in the loop or within
 * asking_end. The asking is the callee's to free, there or later. */
typedef void asking_done(void *self, enum waybill_status status);

/*
 * `budget_ms` is the time that the check may wait for answers, all in all; what is open then is
 * answered with WAYBILL_TIMEOUT. The asker and the check outlive the asking.
 */
enum waybill_status asking_new(struct asker *asker, struct event_base *base,
                               struct waybill_check *check, int64_t budget_ms, asking_done *done,
                               void *self, struct asking **out);
/* Answers are added to this set, too, which outlives the asking. Before the first question. */
void asking_keep(struct asking *asking, struct waybill_answers *answers);
/* What is under way is forgotten. NULL is fine. */
void asking_free(struct asking *asking);

/* Questions may have opened: the envelope is given, or the header has ended. */
void asking_look(struct asking *asking);
/* The message has ended: `done` is due. */
void asking_end(struct asking *asking);

#endif
