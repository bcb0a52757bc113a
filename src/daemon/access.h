/*
 * daemon/access.h: whose mail a listener takes (design 3, the table of roles).
 */
#ifndef DAEMON_ACCESS_H
#define DAEMON_ACCESS_H

#include "daemon/passage.h"

/* Once MAIL has come. NULL: the message is the listener's to take; else why it passes untouched. */
const char *access_refusal(const struct listener *listener, const struct client *client,
                           const struct milter_session *session);

#endif
