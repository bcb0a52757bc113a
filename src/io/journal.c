#include "io/journal.h"

#include "base/buffer.h"
#include "base/text_error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct journal {
    pthread_mutex_t lock;
    char *path;
    uint64_t most;
    unsigned files;
    int fd;   /* -1: it could not be opened again */
    int full; /* the last one, until it is synced; -1: there is none */
    uint64_t octets;
    bool dirty; /* written since the last sync */
};

/* --- the file ----------------------------------------------------------------------------------
 */

/* Ends what a killed process left open. */
static bool end_last_line(int fd, uint64_t *octets)
{
    char last;
    if (*octets == 0 || (pread(fd, &last, 1, (off_t)*octets - 1) == 1 && last == '\n'))
        return true;
    if (write(fd, "\n", 1) != 1)
        return false;
    ++*octets;
    return true;
}

static bool open_file(struct journal *j)
{
    struct stat there;
    j->fd = open(j->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (j->fd < 0)
        return false;
    if (fstat(j->fd, &there) == 0 && S_ISREG(there.st_mode)) {
        j->octets = (uint64_t)there.st_size;
        if (end_last_line(j->fd, &j->octets))
            return true;
    }
    close(j->fd);
    j->fd = -1;
    return false;
}

static void close_file(struct journal *j)
{
    if (j->fd >= 0)
        close(j->fd);
    j->fd = -1;
}

/* PATH.3 becomes PATH.4, …, PATH becomes PATH.1. */
static void rotate(struct journal *j)
{
    struct buffer from = buffer_new(PATH_MAX), to = buffer_new(PATH_MAX);
    for (unsigned i = j->files - 1; i > 0; i--) {
        from.n = to.n = 0;
        buffer_printf(&to, "%s.%u%c", j->path, i, '\0');
        buffer_add_str(&from, j->path);
        if (i > 1)
            buffer_printf(&from, ".%u", i - 1);
        buffer_add_octet(&from, '\0');
        if (from.status == WAYBILL_OK && to.status == WAYBILL_OK)
            (void)!rename((const char *)from.p, (const char *)to.p);
    }
    buffer_free(&from);
    buffer_free(&to);
    if (j->full >= 0)
        close(j->full);
    j->full = j->fd;
    open_file(j);
}

/* --- lines -------------------------------------------------------------------------------------
 */

/* One write, so that it is whole among those of other processes; what of it is there without the
 * rest is taken back. */
static bool write_line(struct journal *j, struct slice line)
{
    struct iovec parts[] = {{(void *)(uintptr_t)line.p, line.n}, {(void *)(uintptr_t) "\n", 1}};
    ssize_t n;
    do
        n = writev(j->fd, parts, 2);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)line.n + 1) {
        j->octets += (uint64_t)n;
        j->dirty = true;
        return true;
    }
    if (n > 0 && ftruncate(j->fd, (off_t)j->octets) != 0)
        close_file(j); /* the next one begins where this can be mended */
    return false;
}

bool journal_add(struct journal *j, struct slice line)
{
    pthread_mutex_lock(&j->lock);
    if (j->fd >= 0 && j->octets > 0 &&
        line.n + 1 > j->most - (j->octets < j->most ? j->octets : j->most))
        rotate(j);
    bool written = (j->fd >= 0 || open_file(j)) && write_line(j, line);
    pthread_mutex_unlock(&j->lock);
    return written;
}

/* Whether the name still is our file's. */
static bool is_there(const struct journal *j)
{
    struct stat ours, named;
    return j->fd >= 0 && fstat(j->fd, &ours) == 0 && stat(j->path, &named) == 0 &&
           ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

static void sync_and_close(int fd)
{
    if (fd < 0)
        return;
    fdatasync(fd);
    close(fd);
}

void journal_sync(struct journal *j)
{
    pthread_mutex_lock(&j->lock);
    int fd = j->dirty && j->fd >= 0 ? dup(j->fd) : -1, full = j->full;
    j->dirty = false;
    j->full = -1;
    if (!is_there(j)) {
        close_file(j);
        open_file(j);
    }
    pthread_mutex_unlock(&j->lock);
    sync_and_close(full); /* without the lock: a slow disk holds up no message */
    sync_and_close(fd);
}

/* --- its life ----------------------------------------------------------------------------------
 */

struct journal *journal_open(const char *path, uint64_t octets_a_file, unsigned files,
                             char why[160])
{
    struct journal *j = calloc(1, sizeof *j);
    if (!j || !(j->path = strdup(path))) {
        free(j);
        text_refusal(why, "out of memory");
        return NULL;
    }
    j->most = octets_a_file;
    j->files = files;
    j->full = -1;
    pthread_mutex_init(&j->lock, NULL);
    if (open_file(j))
        return j;
    text_refusal(why, "%s cannot be written (%s): let this user write it", path, strerror(errno));
    journal_close(j);
    return NULL;
}

void journal_close(struct journal *j)
{
    if (!j)
        return;
    sync_and_close(j->full);
    sync_and_close(j->fd);
    pthread_mutex_destroy(&j->lock);
    free(j->path);
    free(j);
}
