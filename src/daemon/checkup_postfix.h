/*
 * daemon/checkup_postfix.h: settings of the instances of Postfix on this host that break what a
 * filter does.
 */
#ifndef DAEMON_CHECKUP_POSTFIX_H
#define DAEMON_CHECKUP_POSTFIX_H

#include "daemon/settings.h"

/* Asks postmulti(1) and postconf(1), where they are there, and says on standard error what is
 * better changed. */
void checkup_postfix(const struct settings *settings);

/* What is to be said of one setting; NULL: nothing. `behind`: it breaks what a filter has signed.
 * Pure. `deadline` in seconds. */
const char *checkup_postfix_setting(struct slice name, struct slice value, unsigned deadline,
                                    bool *behind);

/* Whether a value of smtpd_milters has the socket, as Postfix spells it, chrooted or not. Pure. */
bool checkup_postfix_uses(struct slice milters, const struct config_socket *socket);

#endif
