/*
 * daemon/keeping.h: an arrival that is kept until it leaves again (design 3).
 *
 * What arrives at a list or a forwarder is written to the spool as it comes: what a check needs,
 * not what it found. A copy that cannot be kept costs a hop of DKIM2, never a message.
 */
#ifndef DAEMON_KEEPING_H
#define DAEMON_KEEPING_H

#include "daemon/passage.h"

struct keeping;

/* Once the envelope is known. *out is NULL where this message is not kept. */
enum waybill_status keeping_new(struct passage *passage, struct keeping **out);
/* What is not ended is given up. NULL is fine. */
void keeping_free(struct keeping *keeping);

/* The set that the answers of the check belong into. */
struct waybill_answers *keeping_answers(struct keeping *keeping);

/* Octets of the message as they come; those of the body are kept for lists alone. */
void keeping_take(struct keeping *keeping, struct slice octets, bool of_body);

/* Whether the disk is behind: `go_on` is called once when it is no more. */
bool keeping_is_behind(struct keeping *keeping, void (*go_on)(void *self), void *self);

/* All is there, and the check is done. `done` is called in the loop; why is NULL where it is kept.
 */
void keeping_end(struct keeping *keeping, void (*done)(struct passage *passage, const char *why));

#endif
