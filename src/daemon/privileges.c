/* initgroups() and prctl() are not of POSIX. */
#define _DEFAULT_SOURCE

#include "daemon/privileges.h"

#include "daemon/tell.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

int privileges_find(struct log *log, const char *name, const char *file, size_t line,
                    struct privileges *out)
{
    *out = (struct privileges){geteuid(), getegid(), NULL};
    if (!name)
        return geteuid() != 0
                   ? 0
                   : tell(log, 0, file, 0, "runs as root: set user, or start it as another one");
    const struct passwd *entry = getpwnam(name);
    if (!entry)
        return tell(log, EX_CONFIG, file, line,
                    "user: there is no user %s: make it or correct the name", name);
    *out = (struct privileges){entry->pw_uid, entry->pw_gid, name};
    if (geteuid() != 0 && entry->pw_uid != geteuid())
        return tell(log, EX_CONFIG, file, line,
                    "user: only root can become %s: start it as root or as %s", name, name);
    return 0;
}

int privileges_drop(struct log *log, const struct privileges *to)
{
    bool changes = to->name && geteuid() == 0;
    if (changes &&
        (initgroups(to->name, to->group) != 0 || setgid(to->group) != 0 || setuid(to->user) != 0))
        return tell(log, EX_OSERR, NULL, 0, "cannot become %s: %s", to->name, strerror(errno));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return tell(log, EX_OSERR, NULL, 0, "no_new_privs: %s", strerror(errno));
    return 0;
}
