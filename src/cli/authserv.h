/*
 * cli/authserv.h: under which name this host speaks of what it found (RFC 8601 section 2.5).
 */
#ifndef CLI_AUTHSERV_H
#define CLI_AUTHSERV_H

#include "base/arena.h"

/* What --authserv-id said, else the host's name; NULL is out of memory. */
const char *authserv_id(struct arena *arena, const char *given);

#endif
