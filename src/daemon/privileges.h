/*
 * daemon/privileges.h: rights that are not needed are given up.
 */
#ifndef DAEMON_PRIVILEGES_H
#define DAEMON_PRIVILEGES_H

#include "io/log.h"

#include <sys/types.h>

struct privileges {
    uid_t user;
    gid_t group;
    const char *name; /* NULL: they stay as they are */
};

/* Of a user by name; NULL: this one. 0, or an exit status after it was said why. */
int privileges_find(struct log *log, const char *name, const char *file, size_t line,
                    struct privileges *out);
/* For good: nothing that the process starts has more, either. */
int privileges_drop(struct log *log, const struct privileges *to);

#endif
