/* A spool: whole files or none, an end to its size and age, and nobody who waits for the disk. */
#define _DEFAULT_SOURCE

#include "base/buffer.h"
#include "io/clock.h"
#include "io/spool_store.h"

#include <dirent.h>
#include <event2/event.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* Not for a test to hang: whatever is waited for comes at once. */
static const struct timeval most = {.tv_sec = 20};

struct side {
    struct event_base *base;
    struct spool_client *client;
    unsigned waiting;
    bool kept;
    char why[200];
    struct buffer octets; /* that were fetched */
};

static struct fixture {
    char folder[64], spool_path[80];
    struct spool *spool;
    struct side side;
} f;

/* --- a disk that hangs -------------------------------------------------------------------------
 */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool shut;
} gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};

ssize_t __real_write(int fd, const void *octets, size_t n);
ssize_t __wrap_write(int fd, const void *octets, size_t n);

/* An octet alone is for a pipe that wakes a loop. */
ssize_t __wrap_write(int fd, const void *octets, size_t n)
{
    pthread_mutex_lock(&gate.lock);
    while (gate.shut && n > 1)
        pthread_cond_wait(&gate.opened, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    return __real_write(fd, octets, n);
}

static void set_gate(bool shut)
{
    pthread_mutex_lock(&gate.lock);
    gate.shut = shut;
    pthread_cond_broadcast(&gate.opened);
    pthread_mutex_unlock(&gate.lock);
}

/* --- a clock that is set -----------------------------------------------------------------------
 */

static atomic_llong ahead_ms;

int64_t __real_clock_monotonic_ms(void);
int64_t __wrap_clock_monotonic_ms(void);

int64_t __wrap_clock_monotonic_ms(void)
{
    return __real_clock_monotonic_ms() + atomic_load(&ahead_ms);
}

/* --- a spool -----------------------------------------------------------------------------------
 */

static struct spool_settings settings_of(uint64_t octets, int64_t age)
{
    return (struct spool_settings){.path = f.spool_path, .octets_most = octets, .age_most = age};
}

static void side_open(struct side *s)
{
    *s = (struct side){.base = event_base_new(), .octets = buffer_new(1 << 26)};
    assert_non_null(s->base);
    assert_int_equal(spool_client_new(f.spool, s->base, &s->client), WAYBILL_OK);
}

static void side_close(struct side *s)
{
    spool_client_free(s->client);
    event_base_free(s->base);
    buffer_free(&s->octets);
}

static void open_spool(uint64_t octets, int64_t age)
{
    char why[160];
    const struct spool_settings settings = settings_of(octets, age);
    f.spool = spool_open(&settings, why);
    assert_non_null(f.spool);
    side_open(&f.side);
}

static void close_spool(void)
{
    side_close(&f.side);
    spool_close(f.spool);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(f.folder, sizeof f.folder, "/tmp/waybill-spool-XXXXXX");
    assert_non_null(mkdtemp(f.folder));
    snprintf(f.spool_path, sizeof f.spool_path, "%s/spool", f.folder);
    open_spool(1 << 20, 1000);
    return 0;
}

static int tear_down(void **state)
{
    char command[128];
    (void)state;
    close_spool();
    snprintf(command, sizeof command, "rm -rf %s", f.folder);
    return system(command);
}

/* --- what is called back -----------------------------------------------------------------------
 */

static void answered(struct side *s)
{
    if (--s->waiting == 0)
        event_base_loopbreak(s->base);
}

static void done(void *self, bool kept, const char *why)
{
    struct side *s = self;
    s->kept = kept;
    snprintf(s->why, sizeof s->why, "%s", why);
    answered(s);
}

static void got(void *self, struct buffer *file, const char *why)
{
    struct side *s = self;
    s->kept = file != NULL;
    s->octets.n = 0;
    if (file)
        buffer_add(&s->octets, buffer_slice(file));
    snprintf(s->why, sizeof s->why, "%s", why);
    answered(s);
}

static void wait_for(struct side *s)
{
    event_base_loopexit(s->base, &most);
    event_base_dispatch(s->base);
    assert_int_equal(s->waiting, 0);
}

static const char *id_of(unsigned number)
{
    static char id[33];
    snprintf(id, sizeof id, "%032x", number);
    return id;
}

static struct spool_file *begin(struct side *s, struct slice octets)
{
    struct spool_file *file;
    assert_int_equal(spool_begin(s->client, &file), WAYBILL_OK);
    assert_int_equal(spool_write(file, octets), WAYBILL_OK);
    return file;
}

static void commit(struct side *s, struct spool_file *file, unsigned number)
{
    s->waiting++;
    spool_commit(file, id_of(number), done, s);
}

static bool keep(struct side *s, unsigned number, struct slice octets)
{
    commit(s, begin(s, octets), number);
    wait_for(s);
    return s->kept;
}

static bool fetch(struct side *s, unsigned number)
{
    struct spool_fetching *fetching;
    s->waiting++;
    assert_int_equal(spool_fetch(s->client, id_of(number), got, s, &fetching), WAYBILL_OK);
    wait_for(s);
    return s->kept;
}

static unsigned count_files(void)
{
    unsigned n = 0;
    DIR *d = opendir(f.spool_path);
    for (const struct dirent *e; d && (e = readdir(d));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    if (d)
        closedir(d);
    return n;
}

/* --- cases -------------------------------------------------------------------------------------
 */

static void what_is_kept_is_had_again(void **state)
{
    struct stat s;
    char path[160];
    (void)state;
    struct spool_file *file = begin(&f.side, SLICE("one "));
    assert_int_equal(spool_write(file, SLICE("two")), WAYBILL_OK);
    commit(&f.side, file, 7);
    wait_for(&f.side);
    assert_true(f.side.kept);
    assert_true(fetch(&f.side, 7));
    assert_true(slice_eq(buffer_slice(&f.side.octets), SLICE("one two")));
    snprintf(path, sizeof path, "%s/%s", f.spool_path, id_of(7));
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
    assert_int_equal(stat(f.spool_path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0700);
}

static void what_is_not_there_is_said(void **state)
{
    (void)state;
    assert_false(fetch(&f.side, 1));
    assert_non_null(strstr(f.side.why, "the arrival is gone"));
}

static void an_id_is_no_path(void **state)
{
    struct spool_fetching *fetching;
    (void)state;
    f.side.waiting++;
    assert_int_equal(
        spool_fetch(f.side.client, "../../../../../../etc/passwd", got, &f.side, &fetching),
        WAYBILL_OK);
    wait_for(&f.side);
    assert_false(f.side.kept);
}

static void what_is_given_up_leaves_nothing(void **state)
{
    (void)state;
    spool_abandon(begin(&f.side, SLICE("half")));
    assert_true(keep(&f.side, 1, SLICE("x"))); /* jobs are done in order */
    assert_int_equal(count_files(), 1);
}

static void nobody_needs_to_wait(void **state)
{
    struct spool_fetching *fetching;
    (void)state;
    assert_true(keep(&f.side, 1, SLICE("x")));
    assert_int_equal(spool_fetch(f.side.client, id_of(1), got, &f.side, &fetching), WAYBILL_OK);
    spool_forget(fetching);
    commit(&f.side, begin(&f.side, SLICE("y")), 2);
    /* The client goes with both under way, in tear_down; nothing is called back. */
}

/* The loop is called back for nothing of it, then or later. */
static void what_is_given_up_while_the_disk_hangs_is_not_done(void **state)
{
    struct spool_fetching *first, *second;
    (void)state;
    assert_true(keep(&f.side, 1, SLICE("x")));
    set_gate(true);
    struct spool_file *hangs = begin(&f.side, SLICE("it hangs")),
                      *waits = begin(&f.side, SLICE("y"));
    spool_commit(waits, id_of(2), done, NULL);
    assert_int_equal(spool_fetch(f.side.client, id_of(1), got, NULL, &first), WAYBILL_OK);
    assert_int_equal(spool_fetch(f.side.client, id_of(1), got, NULL, &second), WAYBILL_OK);
    spool_forget(second);
    spool_abandon(waits);
    spool_abandon(hangs);
    spool_forget(first);
    set_gate(false);
    assert_true(fetch(&f.side, 1));
    assert_false(fetch(&f.side, 2));
    assert_int_equal(count_files(), 1);
}

static void has_a_ceiling(void **state)
{
    static uint8_t octets[400000];
    (void)state;
    for (unsigned i = 1; i <= 3; i++) {
        char path[160];
        const time_t then = time(NULL) - 100 + (time_t)i;
        const struct timespec times[2] = {{.tv_sec = then}, {.tv_sec = then}};
        assert_true(keep(&f.side, i, slice_of(octets, sizeof octets)));
        snprintf(path, sizeof path, "%s/%s", f.spool_path, id_of(i));
        utimensat(AT_FDCWD, path, times, 0);
    }
    assert_false(fetch(&f.side, 1));
    assert_true(fetch(&f.side, 2));
    assert_true(fetch(&f.side, 3));
}

static void keep_an_old_one(void)
{
    char path[160];
    const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    assert_true(keep(&f.side, 1, SLICE("x")));
    assert_true(keep(&f.side, 2, SLICE("y")));
    snprintf(path, sizeof path, "%s/%s", f.spool_path, id_of(1));
    assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
}

static void forgets_what_is_old_when_it_starts(void **state)
{
    (void)state;
    keep_an_old_one();
    close_spool();
    open_spool(1 << 20, 1000);
    assert_false(fetch(&f.side, 1));
    assert_true(fetch(&f.side, 2));
}

static void forgets_what_is_old_however_busy(void **state)
{
    (void)state;
    keep_an_old_one();
    atomic_fetch_add(&ahead_ms, SPOOL_SWEEP_SECONDS * 1000);
    assert_true(fetch(&f.side, 2));
    assert_false(fetch(&f.side, 1));
}

static void a_killed_process_leaves_nothing(void **state)
{
    char path[160];
    (void)state;
    snprintf(path, sizeof path, "%s/.unfinished-9", f.spool_path);
    close_spool();
    FILE *left = fopen(path, "w");
    assert_non_null(left);
    fclose(left);
    open_spool(1 << 20, 1000);
    assert_int_equal(count_files(), 0);
}

static void a_folder_is_one_processs(void **state)
{
    char why[160];
    const struct spool_settings settings = settings_of(1 << 20, 1000);
    (void)state;
    assert_null(spool_open(&settings, why));
    assert_non_null(strstr(why, "another process"));
}

static void a_folder_that_is_gone_costs_a_copy(void **state)
{
    char command[128];
    (void)state;
    assert_true(keep(&f.side, 1, SLICE("x")));
    struct spool_file *file = begin(&f.side, SLICE("half"));
    assert_true(keep(&f.side, 2, SLICE("y"))); /* what was written before is on the disk */
    snprintf(command, sizeof command, "rm -r %s", f.spool_path);
    assert_int_equal(system(command), 0);
    commit(&f.side, file, 3);
    wait_for(&f.side);
    assert_false(f.side.kept);
    assert_string_not_equal(f.side.why, "");
    assert_false(fetch(&f.side, 1));
    assert_true(keep(&f.side, 4, SLICE("z"))); /* it is made again */
    assert_true(fetch(&f.side, 4));
}

/* In a process of its own, for the limit is one of the process. */
static void a_full_disk_costs_a_copy(void **state)
{
    (void)state;
    close_spool();
    pid_t child = fork();
    if (child == 0) {
        static uint8_t octets[100000];
        const struct rlimit limit = {50000, 50000};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        open_spool(1 << 20, 1000);
        bool kept = keep(&f.side, 1, slice_of(octets, sizeof octets));
        bool after = keep(&f.side, 2, SLICE("small"));
        bool clean = count_files() == 1;
        close_spool();
        _exit(!kept && after && clean ? 0 : 1);
    }
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    open_spool(1 << 20, 1000);
}

static void drained(void *self)
{
    ++*(unsigned *)self;
    event_base_loopbreak(f.side.base);
}

static void who_writes_is_told_when_it_is_written(void **state)
{
    static uint8_t octets[1 << 16];
    unsigned calls = 0;
    (void)state;
    struct spool_file *file = begin(&f.side, slice_of(octets, sizeof octets));
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(spool_write(file, slice_of(octets, sizeof octets)), WAYBILL_OK);
    spool_drained(file, 1000, drained, &calls);
    event_base_loopexit(f.side.base, &most);
    event_base_dispatch(f.side.base);
    assert_int_equal(calls, 1);
    assert_int_equal(spool_pending(file), 0);
    commit(&f.side, file, 1);
    wait_for(&f.side);
    assert_true(f.side.kept);
}

static void *many(void *self)
{
    struct side *s = self;
    unsigned first = s == &f.side ? 1000 : 2000;
    for (unsigned i = 0; i < 100; i++) {
        char id[33];
        struct spool_file *file = begin(s, SLICE("an arrival"));
        snprintf(id, sizeof id, "%032x", first + i);
        s->waiting++;
        spool_commit(file, id, done, s);
    }
    wait_for(s);
    return NULL;
}

static void serves_several_loops(void **state)
{
    struct side other;
    pthread_t thread;
    (void)state;
    side_open(&other);
    assert_int_equal(pthread_create(&thread, NULL, many, &other), 0);
    many(&f.side);
    pthread_join(thread, NULL);
    side_close(&other);
    assert_int_equal(count_files(), 200);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_is_kept_is_had_again),
        CASE(what_is_not_there_is_said),
        CASE(an_id_is_no_path),
        CASE(what_is_given_up_leaves_nothing),
        CASE(nobody_needs_to_wait),
        CASE(has_a_ceiling),
        CASE(what_is_given_up_while_the_disk_hangs_is_not_done),
        CASE(forgets_what_is_old_when_it_starts),
        CASE(forgets_what_is_old_however_busy),
        CASE(a_killed_process_leaves_nothing),
        CASE(a_folder_is_one_processs),
        CASE(a_folder_that_is_gone_costs_a_copy),
        CASE(a_full_disk_costs_a_copy),
        CASE(who_writes_is_told_when_it_is_written),
        CASE(serves_several_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
