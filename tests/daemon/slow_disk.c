/*
 * A disk that hangs: loaded before waybilld, it holds whoever touches the folder $SLOW_DISK, or a
 * file in it, for as long as somebody else has the file $SLOW_DISK_GATE locked.
 */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static bool is_on_disk(int fd)
{
    char link[64], path[4096];
    const char *disk = getenv("SLOW_DISK");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    return disk && n > 0 && strncmp(path, disk, strlen(disk)) == 0;
}

static void wait_for_disk(int fd)
{
    const char *path = getenv("SLOW_DISK_GATE");
    if (!path || !is_on_disk(fd))
        return;
    int gate = open(path, O_RDONLY | O_CLOEXEC);
    flock(gate, LOCK_SH);
    close(gate);
}

/* The function that this one stands before. */
#define NEXT(name, ...) \
    (wait_for_disk(fd), *(void **)(&next) = dlsym(RTLD_NEXT, name), next(fd, __VA_ARGS__))

ssize_t read(int fd, void *octets, size_t n)
{
    ssize_t (*next)(int, void *, size_t);
    return NEXT("read", octets, n);
}

ssize_t write(int fd, const void *octets, size_t n)
{
    ssize_t (*next)(int, const void *, size_t);
    return NEXT("write", octets, n);
}

int openat(int fd, const char *name, int flags, ...)
{
    int (*next)(int, const char *, int, ...);
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return NEXT("openat", name, flags, mode);
}

int renameat(int fd, const char *from, int to, const char *name)
{
    int (*next)(int, const char *, int, const char *);
    return NEXT("renameat", from, to, name);
}

int unlinkat(int fd, const char *name, int flags)
{
    int (*next)(int, const char *, int);
    return NEXT("unlinkat", name, flags);
}
