/* flock() and O_DIRECTORY are not all of POSIX. */
#define _DEFAULT_SOURCE

#include "io/spool_store.h"

#include "io/clock.h"
#include "io/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* What has no name of its own yet. */
static const char UNFINISHED[] = ".unfinished-";

enum { NAME_OCTETS = 64 };

struct spool_folder {
    struct spool_store store;
    char *path;
    int fd; /* of the folder */
    uint64_t most, octets, next;
    int64_t age_most, swept_ms;
};

static struct spool_folder *folder_of(struct spool_store *store)
{
    return (struct spool_folder *)store;
}

static bool is_id(const char *name)
{
    size_t n = 0;
    for (; name[n]; n++)
        if (!octet_is_digit((uint8_t)name[n]) && (name[n] < 'a' || name[n] > 'f'))
            return false;
    return n == SPOOL_ID_OCTETS;
}

static void name_unfinished(uint64_t number, char out[NAME_OCTETS])
{
    snprintf(out, NAME_OCTETS, "%s%llu", UNFINISHED, (unsigned long long)number);
}

static void fail(char why[TEXT_WHY_OCTETS], const char *what)
{
    text_refusal(why, "%s: %s", what, strerror(errno));
}

/* --- all files ---------------------------------------------------------------------------------
 */

struct kept {
    char name[SPOOL_ID_OCTETS + 1];
    int64_t time;
    uint64_t octets;
};

struct listing {
    struct kept *all;
    size_t n, room;
};

static void note(struct listing *l, const char *name, const struct stat *s)
{
    if (l->n == l->room) {
        size_t room = l->room ? 2 * l->room : 1024;
        struct kept *all = realloc(l->all, room * sizeof *all);
        if (!all)
            return; /* what is not seen now is seen the next time */
        l->all = all;
        l->room = room;
    }
    struct kept *kept = &l->all[l->n++];
    memcpy(kept->name, name, sizeof kept->name); /* an id, and its NUL */
    kept->time = (int64_t)s->st_mtime;
    kept->octets = (uint64_t)s->st_size;
}

static int by_time(const void *a, const void *b)
{
    const struct kept *one = a, *other = b;
    return (one->time > other->time) - (one->time < other->time);
}

/* Oldest first; what is unfinished is removed where it is nobody's. */
static struct listing list_all(struct spool_folder *f, bool remove_unfinished)
{
    struct listing l = {NULL, 0, 0};
    int fd = dup(f->fd);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    struct stat s;
    if (!d && fd >= 0)
        close(fd);
    if (d)
        rewinddir(d);
    for (const struct dirent *e; d && (e = readdir(d));) {
        if (is_id(e->d_name) && fstatat(f->fd, e->d_name, &s, AT_SYMLINK_NOFOLLOW) == 0)
            note(&l, e->d_name, &s);
        else if (remove_unfinished && strncmp(e->d_name, UNFINISHED, strlen(UNFINISHED)) == 0)
            unlinkat(f->fd, e->d_name, 0);
    }
    if (d)
        closedir(d);
    if (l.n > 1)
        qsort(l.all, l.n, sizeof *l.all, by_time);
    return l;
}

static void remove_surplus(struct spool_folder *f, bool first)
{
    struct listing l = list_all(f, first);
    int64_t oldest = clock_now() - f->age_most;
    uint64_t octets = 0;
    for (size_t i = 0; i < l.n; i++)
        octets += l.all[i].octets;
    for (size_t i = 0; i < l.n && (octets > f->most || l.all[i].time < oldest); i++)
        if (unlinkat(f->fd, l.all[i].name, 0) == 0)
            octets -= l.all[i].octets;
    f->octets = octets;
    f->swept_ms = clock_monotonic_ms();
    free(l.all);
}

static void sweep(struct spool_store *store)
{
    struct spool_folder *f = folder_of(store);
    if (f->octets > f->most || clock_monotonic_ms() - f->swept_ms >= SPOOL_SWEEP_SECONDS * 1000)
        remove_surplus(f, false);
}

/* --- the folder --------------------------------------------------------------------------------
 */

static bool open_folder(struct spool_folder *f, const char *path, char why[TEXT_WHY_OCTETS])
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        text_refusal(why, "%s cannot be made (%s): let this user make it", path, strerror(errno));
        return false;
    }
    f->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->fd < 0 || faccessat(AT_FDCWD, path, R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
        text_refusal(why, "%s cannot be used (%s): give it to this user", path, strerror(errno));
        return false;
    }
    if (flock(f->fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    text_refusal(why, "%s is another process's: stop that, or name another folder", path);
    return false;
}

/* --- writing -----------------------------------------------------------------------------------
 */

/* A folder that was removed is made again, and is as empty as a new one. */
static bool make_again(struct spool_folder *f)
{
    char why[TEXT_WHY_OCTETS];
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
    f->octets = 0;
    return open_folder(f, f->path, why);
}

static bool begin(struct spool_folder *f, struct spool_writing *w)
{
    char name[NAME_OCTETS];
    w->number = f->next++;
    name_unfinished(w->number, name);
    w->fd = openat(f->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (w->fd < 0 && (errno == ENOENT || errno == EBADF) && make_again(f))
        w->fd = openat(f->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    w->begun = w->fd >= 0;
    return w->begun;
}

static void write_octets(struct spool_store *store, struct spool_writing *w, struct slice octets,
                         char why[TEXT_WHY_OCTETS])
{
    if (!w->begun && !begin(folder_of(store), w))
        fail(why, "the spool takes no file");
    else if (!file_write_all(w->fd, octets))
        fail(why, "the spool cannot be written");
    else
        w->octets += octets.n;
}

static void end(struct spool_writing *w)
{
    close(w->fd);
    w->begun = false;
}

static void abandon(struct spool_store *store, struct spool_writing *w)
{
    char name[NAME_OCTETS];
    if (!w->begun)
        return;
    end(w);
    name_unfinished(w->number, name);
    unlinkat(folder_of(store)->fd, name, 0);
}

static void commit(struct spool_store *store, struct spool_writing *w, const char *id,
                   char why[TEXT_WHY_OCTETS])
{
    struct spool_folder *f = folder_of(store);
    char name[NAME_OCTETS];
    name_unfinished(w->number, name);
    if (!w->begun || !is_id(id)) {
        text_refusal(why, "there is nothing to keep");
    } else if (renameat(f->fd, name, f->fd, id) != 0) {
        fail(why, "the arrival cannot be named");
    } else {
        end(w);
        f->octets += w->octets;
        return;
    }
    abandon(store, w);
}

/* --- reading -----------------------------------------------------------------------------------
 */

static bool read_all(int fd, struct buffer *out)
{
    uint8_t piece[65536];
    struct stat s;
    ssize_t n;
    if (fstat(fd, &s) == 0)
        buffer_reserve(out, (size_t)s.st_size); /* at once, and no more */
    while ((n = read(fd, piece, sizeof piece)) != 0) {
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0)
            buffer_add(out, slice_of(piece, (size_t)n));
    }
    errno = out->status == WAYBILL_LIMIT ? EFBIG : ENOMEM;
    return out->status == WAYBILL_OK;
}

static bool read_arrival(struct spool_store *store, const char *id, struct buffer *out,
                         char why[TEXT_WHY_OCTETS])
{
    int fd = is_id(id) ? openat(folder_of(store)->fd, id, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (fd < 0) {
        text_refusal(why, "%s", SPOOL_GONE);
        return false;
    }
    bool fine = read_all(fd, out);
    if (!fine)
        fail(why, "the arrival cannot be read");
    close(fd);
    return fine;
}

/* --- the store ---------------------------------------------------------------------------------
 */

static void close_folder(struct spool_store *store)
{
    struct spool_folder *f = folder_of(store);
    if (f->fd >= 0)
        close(f->fd);
    free(f->path);
    free(f);
}

struct spool_store *spool_folder_open(const struct spool_settings *settings,
                                      char why[TEXT_WHY_OCTETS])
{
    static const struct spool_store_kind kind = {write_octets, commit, abandon,
                                                 read_arrival, sweep,  close_folder};
    struct spool_folder *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->store.kind = &kind;
    f->fd = -1;
    f->path = strdup(settings->path);
    f->most = settings->octets_most;
    f->age_most = settings->age_most;
    if (!f->path || !open_folder(f, settings->path, why)) {
        close_folder(&f->store);
        return NULL;
    }
    remove_surplus(f, true);
    why[0] = '\0';
    return &f->store;
}
