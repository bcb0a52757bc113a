/*
 * daemon/checkup.h: waybilld --check: what is wrong with a configuration, before it runs.
 */
#ifndef DAEMON_CHECKUP_H
#define DAEMON_CHECKUP_H

#include "daemon/server.h"

/*
 * Says on standard output what was looked at, and how an MTA is told of each listener; on standard
 * error what is wrong. `published` also compares keys with the DNS. An exit status of sysexits.h:
 * 0 where nothing is wrong, warnings aside.
 */
int checkup_run(const struct server_options *options, bool published);

#endif
