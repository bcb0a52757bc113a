/*
 * io/host_name.h: under which name this host speaks of what it found (RFC 8601 section 2.5).
 */
#ifndef IO_HOST_NAME_H
#define IO_HOST_NAME_H

#include "base/arena.h"

/* What was said, else the host's name; NULL is out of memory. */
const char *authserv_id(struct arena *arena, const char *given);

#endif
