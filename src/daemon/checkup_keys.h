/*
 * daemon/checkup_keys.h: whether the keys of the key file are there, safe, and published.
 */
#ifndef DAEMON_CHECKUP_KEYS_H
#define DAEMON_CHECKUP_KEYS_H

#include "daemon/settings.h"

/* 0, or EX_CONFIG after each wrong key was told of; EX_TEMPFAIL where only the DNS could not say.
 */
int checkup_keys(const struct settings *settings, bool published);

#endif
