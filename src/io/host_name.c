#include "io/host_name.h"

#include <unistd.h>

/* POSIX lets a host's name have 255 octets. */
enum { HOST_NAME_OCTETS = 256 };

const char *authserv_id(struct arena *arena, const char *given)
{
    if (given)
        return given;
    char *name = arena_alloc(arena, HOST_NAME_OCTETS);
    if (name && (gethostname(name, HOST_NAME_OCTETS - 1) != 0 || !*name))
        return "localhost";
    return name;
}
