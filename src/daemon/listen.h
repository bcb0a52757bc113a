/*
 * daemon/listen.h: the sockets of listeners.
 */
#ifndef DAEMON_LISTEN_H
#define DAEMON_LISTEN_H

#include "io/config_socket.h"

#include <sys/types.h>

/*
 * A socket that listens and does not block, or -1 and why: what is wrong: what to do. One in the
 * file system has mode 0660 and belongs to this user and group; what a dead daemon left there is
 * replaced, what a living one has is not.
 */
int listen_open(const struct config_socket *socket, uid_t user, gid_t group, char why[160]);
/* Closes it, and takes its name away. */
void listen_close(const struct config_socket *socket, int fd);

#endif
