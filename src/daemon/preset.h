/*
 * daemon/preset.h: what a listener is for: the table of design 3.
 */
#ifndef DAEMON_PRESET_H
#define DAEMON_PRESET_H

#include "daemon/role.h"
#include "io/config.h"

/* Whose mail a listener takes; that of others passes untouched. */
enum clients {
    CLIENTS_NOT_OWN,              /* all but `own` and who authenticated */
    CLIENTS_OWN_OR_AUTHENTICATED, /* and what came through a daemon that `daemons` names */
    CLIENTS_AUTHENTICATED,
    CLIENTS_OWN,
};

enum keeps {
    KEEPS_NOTHING,
    KEEPS_HEADERS, /* of every message, and what its check needs */
    KEEPS_LISTS,   /* messages for the recipients in `lists`, whole */
};

struct preset {
    const char *name;
    const struct role *role;
    enum clients clients;
    enum keeps keeps;
    bool for_customers; /* signs for the author's domain, with nd=, and then for its own */
};

/* By enum config_preset. */
extern const struct preset presets[];

#endif
