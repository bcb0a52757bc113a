/*
 * daemon/connection.h: one connection of an MTA, and the messages that come through it.
 */
#ifndef DAEMON_CONNECTION_H
#define DAEMON_CONNECTION_H

#include "daemon/worker.h"

/* Takes the descriptor, which does not block. */
enum waybill_status connection_new(struct worker *worker, size_t listener, int fd);
/* Closes it; a message that is under way is given up. */
void connection_free(struct connection *connection);

#endif
