/*
 * daemon/restart.h: what a reload cannot change.
 */
#ifndef DAEMON_RESTART_H
#define DAEMON_RESTART_H

#include "daemon/settings.h"

/* The key that differs and needs a restart, "workers" or "listener"; NULL: none does. Static. */
const char *restart_needed(const struct settings *now, const struct settings *next);

#endif
