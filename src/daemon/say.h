/*
 * daemon/say.h: the log lines of a message, but for a record's own (record/line.h).
 */
#ifndef DAEMON_SAY_H
#define DAEMON_SAY_H

#include "daemon/passage.h"
#include "io/log.h"

void say(const struct worker *worker, enum log_level level, const struct buffer *line);

/* Something of ours went wrong: what was not done, and why. */
void say_problem(const struct passage *passage, const char *what, const char *why);
/* The same of a message that was neither checked nor signed, which is counted. */
void say_failure(const struct passage *passage, const char *what, const char *why);
/* A key that cannot be had. */
void say_key_trouble(const struct passage *passage, const char *why);
/* What was signed, and why the rest was not. */
void say_signed(const struct passage *passage, struct waybill_message *message);
/* A signer's client whose mail is not signed. */
void say_not_ours(const struct worker *worker, const struct listener *listener,
                  struct slice queue_id, const struct client *client, struct slice mail_from,
                  const char *why);

#endif
