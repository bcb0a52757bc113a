/*
 * daemon/checkup_postfix.h: settings of a Postfix on this host that break what a filter does.
 */
#ifndef DAEMON_CHECKUP_POSTFIX_H
#define DAEMON_CHECKUP_POSTFIX_H

#include "daemon/settings.h"

/* Asks postconf(1), where it is there, and says on standard error what is better changed. */
void checkup_postfix(const struct settings *settings);

/* What is to be said of one setting; NULL: nothing. Pure. `deadline` in seconds. */
const char *checkup_postfix_setting(struct slice name, struct slice value, unsigned deadline);

#endif
