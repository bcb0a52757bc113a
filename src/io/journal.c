#include "io/journal.h"

#include "base/buffer.h"
#include "base/text_error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct journal {
    pthread_mutex_t lock;
    char *path;
    uint64_t most; /* octets a file */
    unsigned files;
    int fd;          /* -1: it could not be opened again */
    uint64_t octets; /* of the file */
    bool unended;    /* its last line has no end */
    bool dirty;      /* written since the last sync */
    int *full;       /* renamed, not yet synced: files - 1 at the most, for older ones are gone */
    unsigned n_full;
    struct journal_counts counts;
};

/* --- the file ----------------------------------------------------------------------------------
 */

static void close_file(struct journal *j)
{
    if (j->fd >= 0)
        close(j->fd);
    j->fd = -1;
}

static const char *look_at_file(struct journal *j)
{
    struct stat there;
    char last = '\n';
    if (fstat(j->fd, &there) != 0)
        return strerror(errno);
    if (!S_ISREG(there.st_mode))
        return "it is no file";
    if (flock(j->fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? "another process has it" : strerror(errno);
    if (there.st_size > 0 && pread(j->fd, &last, 1, there.st_size - 1) != 1)
        return strerror(errno);
    j->octets = (uint64_t)there.st_size;
    j->unended = last != '\n';
    return NULL;
}

/* Why it cannot be opened, or NULL. */
static const char *open_file(struct journal *j)
{
    j->fd = open(j->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
    if (j->fd < 0)
        return strerror(errno);
    const char *why = look_at_file(j);
    if (why)
        close_file(j);
    return why;
}

/* Whether the name still is our file's. */
static bool is_there(const struct journal *j)
{
    struct stat ours, named;
    return j->fd >= 0 && fstat(j->fd, &ours) == 0 && stat(j->path, &named) == 0 &&
           ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

/* --- rotation ----------------------------------------------------------------------------------
 */

/* PATH for 0, PATH.1 … */
static const char *name_of(const struct journal *j, unsigned number, struct buffer *name)
{
    buffer_add_str(name, j->path);
    if (number > 0)
        buffer_printf(name, ".%u", number);
    buffer_add_octet(name, '\0');
    return name->status == WAYBILL_OK ? (const char *)name->p : NULL;
}

static bool rename_file(const struct journal *j, unsigned number)
{
    struct buffer old = buffer_new(PATH_MAX), new = buffer_new(PATH_MAX);
    const char *from = name_of(j, number, &old), *to = name_of(j, number + 1, &new);
    bool renamed = from && to && rename(from, to) == 0;
    buffer_free(&old);
    buffer_free(&new);
    return renamed;
}

static bool is_taken(const struct journal *j, unsigned number)
{
    struct buffer room = buffer_new(PATH_MAX);
    const char *name = name_of(j, number, &room);
    bool taken = name && access(name, F_OK) == 0;
    buffer_free(&room);
    return taken;
}

/* From the oldest on, so that where one cannot be renamed none is written over; and those behind a
 * free number stay, or a PATH that can never be renamed (a mounted file) would push all of them
 * out, one a try. */
static bool rename_files(const struct journal *j)
{
    unsigned number = 1;
    while (number < j->files - 1 && is_taken(j, number))
        number++;
    for (; number > 0; number--)
        if (!rename_file(j, number - 1))
            return false;
    return true;
}

static void keep_full(struct journal *j)
{
    if (j->n_full == j->files - 1) {
        close(j->full[0]);
        memmove(j->full, j->full + 1, --j->n_full * sizeof *j->full);
    }
    j->full[j->n_full++] = j->fd;
    j->fd = -1;
}

/* A file that was moved away needs no renaming. False: it is full and stays. */
static bool rotate(struct journal *j)
{
    if (is_there(j) && !rename_files(j))
        return false;
    keep_full(j);
    j->counts.rotated++;
    return !open_file(j);
}

/* --- lines -------------------------------------------------------------------------------------
 */

/* What of a line is there without the rest. */
static void take_back(struct journal *j, size_t n)
{
    struct stat there;
    if (fstat(j->fd, &there) == 0 && ftruncate(j->fd, there.st_size - (off_t)n) == 0)
        return;
    j->octets += n;
    j->unended = true;
}

static bool write_line(struct journal *j, struct slice line)
{
    const struct iovec parts[] = {{(void *)(uintptr_t) "\n", j->unended},
                                  {(void *)(uintptr_t)line.p, line.n},
                                  {(void *)(uintptr_t) "\n", 1}};
    size_t whole = j->unended + line.n + 1;
    ssize_t n;
    do
        n = writev(j->fd, parts, sizeof parts / sizeof parts[0]);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)whole) {
        j->octets += whole;
        j->unended = false;
        j->dirty = true;
        return true;
    }
    if (n > 0)
        take_back(j, (size_t)n);
    return false;
}

static bool has_room(const struct journal *j, struct slice line)
{
    return j->octets <= j->most && line.n + 1 + j->unended <= j->most - j->octets;
}

static bool add_line(struct journal *j, struct slice line)
{
    if (line.n >= j->most || (j->fd < 0 && open_file(j)))
        return false;
    if (!has_room(j, line) && j->octets > 0 && !rotate(j))
        return false;
    return has_room(j, line) && write_line(j, line);
}

bool journal_add(struct journal *j, struct slice line)
{
    pthread_mutex_lock(&j->lock);
    bool written = add_line(j, line);
    if (written)
        j->counts.written++;
    else
        j->counts.dropped++;
    pthread_mutex_unlock(&j->lock);
    return written;
}

struct journal_counts journal_counts(struct journal *j)
{
    pthread_mutex_lock(&j->lock);
    struct journal_counts counts = j->counts;
    pthread_mutex_unlock(&j->lock);
    return counts;
}

/* --- the disk ----------------------------------------------------------------------------------
 */

static void sync_and_close(int fd)
{
    if (fd < 0)
        return;
    fdatasync(fd);
    close(fd);
}

/* The oldest of what is to be synced; -1: that is all. */
static int next_to_sync(struct journal *j)
{
    int fd = -1;
    pthread_mutex_lock(&j->lock);
    if (j->n_full > 0) {
        fd = j->full[0];
        memmove(j->full, j->full + 1, --j->n_full * sizeof *j->full);
    } else if (j->dirty && j->fd >= 0) {
        fd = dup(j->fd);
        j->dirty = fd < 0; /* without a descriptor left: next time */
    }
    pthread_mutex_unlock(&j->lock);
    return fd;
}

/* Without the lock while the disk works: a slow one holds up no message. Lines that come meanwhile
 * are the next call's. */
static void sync_all(struct journal *j)
{
    for (unsigned i = 0; i < j->files; i++) {
        int fd = next_to_sync(j);
        if (fd < 0)
            return;
        sync_and_close(fd);
    }
}

void journal_sync(struct journal *j)
{
    sync_all(j);
    pthread_mutex_lock(&j->lock);
    if (!is_there(j)) {
        close_file(j);
        (void)!open_file(j);
    }
    pthread_mutex_unlock(&j->lock);
}

/* --- its life ----------------------------------------------------------------------------------
 */

static struct journal *new_journal(const char *path, unsigned files)
{
    struct journal *j = calloc(1, sizeof *j);
    if (!j)
        return NULL;
    j->fd = -1;
    j->files = files;
    j->path = strdup(path);
    j->full = calloc(files, sizeof *j->full);
    if (j->path && j->full && pthread_mutex_init(&j->lock, NULL) == 0)
        return j;
    free(j->path);
    free(j->full);
    free(j);
    return NULL;
}

struct journal *journal_open(const char *path, uint64_t octets_a_file, unsigned files,
                             char why[160])
{
    struct journal *j = new_journal(path, files < 2 ? 2 : files);
    if (!j) {
        text_refusal(why, "out of memory");
        return NULL;
    }
    j->most = octets_a_file;
    const char *problem = open_file(j);
    if (!problem)
        return j;
    text_refusal(why, "%s cannot be written (%s): let this user write it, and nobody else", path,
                 problem);
    journal_close(j);
    return NULL;
}

void journal_close(struct journal *j)
{
    if (!j)
        return;
    sync_all(j);
    close_file(j);
    pthread_mutex_destroy(&j->lock);
    free(j->path);
    free(j->full);
    free(j);
}
