#include "daemon/listen.h"

#include "base/text_error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

static int fail(int fd, char why[160], const char *what)
{
    text_refusal(why, "%s: %s", what, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* --- in the file system ------------------------------------------------------------------------
 */

static bool name_of(const struct config_socket *socket, struct sockaddr_un *out)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (socket->path.n >= sizeof out->sun_path)
        return false;
    memcpy(out->sun_path, socket->path.p, socket->path.n);
    return true;
}

static bool somebody_listens(const struct sockaddr_un *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bool listens = fd >= 0 && connect(fd, (const struct sockaddr *)name, sizeof *name) == 0;
    if (fd >= 0)
        close(fd);
    return listens;
}

/* A socket that nobody listens at; any other file is not ours to take away. */
static void remove_left(const struct sockaddr_un *name)
{
    struct stat there;
    if (lstat(name->sun_path, &there) == 0 && S_ISSOCK(there.st_mode))
        unlink(name->sun_path);
}

static int open_unix(const struct config_socket *where, uid_t user, gid_t group, char why[160])
{
    struct sockaddr_un name;
    if (!name_of(where, &name)) {
        text_refusal(why, "the path has over %zu octets: choose a shorter one",
                     sizeof name.sun_path - 1);
        return -1;
    }
    if (somebody_listens(&name)) {
        text_refusal(why, "another process listens there: stop it or choose another path");
        return -1;
    }
    remove_left(&name);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    mode_t mask = umask(0117); /* 0660 from its first moment */
    bool bound = fd >= 0 && bind(fd, (const struct sockaddr *)&name, sizeof name) == 0;
    umask(mask);
    if (!bound)
        return fail(fd, why, "its folder has to be there and writable");
    if ((user != geteuid() || group != getegid()) && chown(name.sun_path, user, group) != 0)
        return fail(fd, why, "it cannot be given to the daemon's user");
    return fd;
}

/* --- addresses ---------------------------------------------------------------------------------
 */

static int open_inet(const struct config_socket *where, char why[160])
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(where->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(where->port)};
    bool is_v4 = where->address.n == IP_V4_OCTETS;
    const struct sockaddr *name =
        is_v4 ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6;
    const int on = 1;
    memcpy(is_v4 ? (void *)&v4.sin_addr : (void *)&v6.sin6_addr, where->address.octets,
           where->address.n);
    int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
        return fail(fd, why, "no socket");
    if (!is_v4)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, name, is_v4 ? sizeof v4 : sizeof v6) != 0)
        return fail(fd, why, "the address cannot be had");
    return fd;
}

int listen_open(const struct config_socket *where, uid_t user, gid_t group, char why[160])
{
    int fd = where->kind == CONFIG_SOCKET_UNIX ? open_unix(where, user, group, why)
                                               : open_inet(where, why);
    if (fd < 0)
        return -1;
    if (listen(fd, BACKLOG) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return fail(fd, why, "it cannot be listened at");
    return fd;
}

void listen_close(const struct config_socket *where, int fd)
{
    struct sockaddr_un name;
    close(fd);
    if (where->kind == CONFIG_SOCKET_UNIX && name_of(where, &name))
        remove_left(&name);
}
