/*
 * daemon/access.h: whose mail a listener takes (design 3, the table of roles).
 */
#ifndef DAEMON_ACCESS_H
#define DAEMON_ACCESS_H

#include "daemon/passage.h"

/*
 * What is done with a message, once MAIL has come: the listener's role, if it is the listener's to
 * take. NULL: it passes untouched, and *why says why.
 *
 * Where arrivals are kept, what authenticated users send loses its tokens: in their mailboxes they
 * have some. List managers and forwarders do not authenticate.
 */
const struct role *access_role(const struct listener *listener, const struct client *client,
                               const struct milter_session *session, const char **why);

#endif
