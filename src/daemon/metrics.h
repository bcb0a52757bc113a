/*
 * daemon/metrics.h: numbers of a daemon, counted by all threads, shown to Prometheus.
 *
 * They are the process's, and there is nothing to make or free. No domain, selector or address is a
 * label: their number would be the senders' to choose.
 */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include "base/buffer.h"
#include "io/journal.h"
#include "waybill/policy.h"

/* What a signer adds. */
enum signed_as { SIGNED_AS_DKIM, SIGNED_AS_DKIM2, SIGNED_AS };

/* A message was checked: its results and what came of it. */
void metrics_record(const struct waybill_record *record);
void metrics_signed(enum signed_as as, bool was_signed);
/* A message was to be kept until it leaves. */
void metrics_arrival(bool kept);
/* The difference that a list or forwarder made was looked for: whether a recipe undoes it. */
void metrics_recipe(bool made);
/* A message of which nothing could be found out, or that could not be signed, for a reason of ours.
 */
void metrics_failure(void);
void metrics_answer(const struct waybill_answer *answer);
/* From MAIL to the answer to the end of the message. */
void metrics_duration(int64_t ms);
/* +1 or -1: those that are open now. */
void metrics_connection(int change);
void metrics_passage(int change);
/* Messages whose end waits for answers, or for the disk. */
void metrics_waiting(int change);
void metrics_protocol_error(void);
void metrics_reload(bool done);
/* What the journal has counted until now. */
void metrics_journal(const struct journal_counts *counts);
/* When the process began, in seconds since 1970 UTC. */
void metrics_started(int64_t now);

/* All of them in the text format of Prometheus, 0.0.4. */
void metrics_page(struct buffer *out);

#endif
