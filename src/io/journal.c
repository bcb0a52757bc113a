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
    bool unended; /* a killed process left the last line without its end */
    bool dirty;   /* written since the last sync */
    struct journal_counts counts;
};

/* --- the file ----------------------------------------------------------------------------------
 */

static bool lacks_end(int fd, uint64_t octets)
{
    char last;
    return octets > 0 && pread(fd, &last, 1, (off_t)octets - 1) == 1 && last != '\n';
}

/* False: errno says why. */
static bool open_file(struct journal *j)
{
    struct stat there;
    int fd = open(j->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0)
        return false;
    if (fstat(fd, &there) != 0 || !S_ISREG(there.st_mode)) {
        close(fd);
        errno = EINVAL;
        return false;
    }
    j->fd = fd;
    j->octets = (uint64_t)there.st_size;
    j->unended = lacks_end(fd, j->octets);
    return true;
}

static void sync_and_close(int fd)
{
    if (fd < 0)
        return;
    fdatasync(fd);
    close(fd);
}

/* Whether the name still is our file's; what others cut off it is known then. */
static bool is_there(struct journal *j)
{
    struct stat ours, named;
    if (j->fd < 0 || fstat(j->fd, &ours) != 0 || stat(j->path, &named) != 0 ||
        ours.st_dev != named.st_dev || ours.st_ino != named.st_ino)
        return false;
    j->octets = (uint64_t)ours.st_size;
    return true;
}

/* --- files that are full -----------------------------------------------------------------------
 */

/* PATH, or PATH.1, PATH.2 … */
static void name_file(const struct journal *j, unsigned number, struct buffer *out)
{
    out->n = 0;
    buffer_add_str(out, j->path);
    if (number > 0)
        buffer_printf(out, ".%u", number);
    buffer_add_octet(out, '\0');
}

static bool rename_file(const struct journal *j, unsigned number)
{
    struct buffer from = buffer_new(PATH_MAX), to = buffer_new(PATH_MAX);
    name_file(j, number, &from);
    name_file(j, number + 1, &to);
    bool named = from.status == WAYBILL_OK && to.status == WAYBILL_OK;
    bool fine = named && rename((const char *)from.p, (const char *)to.p) == 0;
    if (!named)
        errno = ENAMETOOLONG;
    buffer_free(&from);
    buffer_free(&to);
    return fine;
}

static bool is_taken(const struct journal *j, unsigned number)
{
    struct buffer name = buffer_new(PATH_MAX);
    name_file(j, number, &name);
    bool taken = name.status == WAYBILL_OK && access((const char *)name.p, F_OK) == 0;
    buffer_free(&name);
    return taken;
}

/* PATH.3 becomes PATH.4, …, PATH becomes PATH.1. Those behind a free number stay, so that nothing
 * is lost while PATH cannot be renamed. */
static bool rename_files(const struct journal *j)
{
    unsigned i = 1;
    bool fine = true;
    while (i < j->files - 1 && is_taken(j, i))
        i++;
    for (; i > 0 && fine; i--)
        fine = rename_file(j, i - 1);
    return fine;
}

/* The full file is closed when it is synced, or when another one is full before that. */
static bool rotate(struct journal *j)
{
    if (is_there(j) && !rename_files(j))
        return false;
    sync_and_close(j->full);
    j->full = j->fd;
    j->fd = -1;
    return open_file(j);
}

/* --- lines -------------------------------------------------------------------------------------
 */

/* What is there of a line without the rest; where it cannot be taken back, it is ended. */
static void take_back(struct journal *j, ssize_t n)
{
    struct stat ours;
    int error = errno;
    if (fstat(j->fd, &ours) != 0 || ours.st_size < n || ftruncate(j->fd, ours.st_size - n) != 0)
        j->unended = true;
    errno = error;
}

/* One write, so that it is whole among those of other processes. */
static bool write_line(struct journal *j, struct slice line)
{
    struct iovec parts[] = {{(void *)(uintptr_t) "\n", j->unended},
                            {(void *)(uintptr_t)line.p, line.n},
                            {(void *)(uintptr_t) "\n", 1}};
    ssize_t all = (ssize_t)(parts[0].iov_len + line.n + 1), n;
    do
        n = writev(j->fd, parts, sizeof parts / sizeof *parts);
    while (n < 0 && errno == EINTR);
    if (n == all) {
        j->octets += (uint64_t)n;
        j->unended = false;
        j->dirty = true;
        return true;
    }
    if (n > 0) {
        errno = ENOSPC;
        take_back(j, n);
    }
    return false;
}

static bool has_room(const struct journal *j, struct slice line)
{
    return j->octets == 0 || (j->octets < j->most && line.n + 1 <= j->most - j->octets);
}

static bool add(struct journal *j, struct slice line)
{
    if (j->fd < 0 && !open_file(j))
        return false;
    return (has_room(j, line) || rotate(j)) && write_line(j, line);
}

bool journal_add(struct journal *j, struct slice line)
{
    pthread_mutex_lock(&j->lock);
    bool written = add(j, line);
    if (written) {
        j->counts.written++;
    } else {
        j->counts.error = errno;
        j->counts.dropped++;
    }
    pthread_mutex_unlock(&j->lock);
    return written;
}

void journal_sync(struct journal *j)
{
    pthread_mutex_lock(&j->lock);
    bool there = is_there(j);
    int full = j->full, fd = -1;
    if (!there) {
        fd = j->fd;
        j->fd = -1;
        open_file(j);
    } else if (j->dirty) {
        fd = fcntl(j->fd, F_DUPFD_CLOEXEC, 0);
    }
    j->dirty = there && j->dirty && fd < 0;
    j->full = -1;
    pthread_mutex_unlock(&j->lock);
    sync_and_close(full); /* without the lock: a slow disk holds up no message */
    sync_and_close(fd);
}

struct journal_counts journal_count(struct journal *j)
{
    pthread_mutex_lock(&j->lock);
    struct journal_counts counts = j->counts;
    pthread_mutex_unlock(&j->lock);
    return counts;
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
    j->fd = j->full = -1;
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
