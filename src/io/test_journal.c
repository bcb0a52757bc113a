#include "io/file.h"
#include "io/journal.h"

#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATH_OCTETS = 64, FILE_OCTETS = 1 << 20 };

static char folder[PATH_OCTETS / 2];
static char journal_path[PATH_OCTETS];

/* --- a folder of its own -----------------------------------------------------------------------
 */

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/waybill-journal-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(journal_path, sizeof journal_path, "%s/journal", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char path[512];
    DIR *all = opendir(folder);
    for (struct dirent *e; all && (e = readdir(all)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        remove(path);
    }
    if (all)
        closedir(all);
    return rmdir(folder);
}

static const char *numbered(unsigned number)
{
    static char path[PATH_OCTETS + 16];
    if (number == 0)
        return journal_path;
    snprintf(path, sizeof path, "%s.%u", journal_path, number);
    return path;
}

static struct journal *open_one(uint64_t octets, unsigned files)
{
    char why[160] = "";
    struct journal *j = journal_open(journal_path, octets, files, why);
    if (!j)
        fail_msg("%s", why);
    return j;
}

static struct buffer contents(unsigned number)
{
    struct buffer text = buffer_new(64 << 20);
    enum file_problem problem = file_read(numbered(number), &text);
    assert_true(problem == FILE_FINE || problem == FILE_MISSING);
    return text;
}

static void assert_contents(unsigned number, const char *wanted)
{
    struct buffer text = contents(number);
    if (!slice_eq(buffer_slice(&text), slice_str(wanted)))
        fail_msg("%s: %.*s", numbered(number), SLICE_ARGS(buffer_slice(&text)));
    buffer_free(&text);
}

static void assert_counts(struct journal *j, uint64_t written, uint64_t dropped, uint64_t rotated)
{
    struct journal_counts counts = journal_counts(j);
    assert_int_equal(counts.written, written);
    assert_int_equal(counts.dropped, dropped);
    assert_int_equal(counts.rotated, rotated);
}

static void write_text(const char *path, const char *text)
{
    assert_int_equal(file_write(path, slice_str(text)), FILE_FINE);
}

/* --- lines -------------------------------------------------------------------------------------
 */

static void lines_are_appended(void **state)
{
    (void)state;
    struct journal *j = open_one(FILE_OCTETS, 2);
    struct stat there;
    assert_true(journal_add(j, SLICE("one")));
    assert_true(journal_add(j, SLICE("")));
    assert_counts(j, 2, 0, 0);
    journal_close(j);
    j = open_one(FILE_OCTETS, 2);
    journal_sync(j);
    assert_true(journal_add(j, SLICE("two")));
    journal_sync(j);
    journal_close(j);
    journal_close(NULL);
    assert_contents(0, "one\n\ntwo\n");
    assert_int_equal(stat(journal_path, &there), 0);
    assert_int_equal(there.st_mode & 0137, 0);
}

static const struct left_case {
    const char *name, *left, *then;
} left_cases[] = {
    {"an empty file", "", "new\n"},
    {"whole lines", "old\n", "old\nnew\n"},
    {"half a line", "old\nhal", "old\nhal\nnew\n"},
    {"an octet", "h", "h\nnew\n"},
};

static void an_unfinished_line_gets_its_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof left_cases / sizeof left_cases[0]; i++) {
        const struct left_case *c = &left_cases[i];
        write_text(journal_path, c->left);
        struct journal *j = open_one(FILE_OCTETS, 2);
        journal_sync(j);
        assert_contents(0, c->left);
        assert_true(journal_add(j, SLICE("new")));
        journal_close(j);
        assert_contents(0, c->then);
    }
}

/* --- how large it gets --------------------------------------------------------------------------
 */

static void the_oldest_file_goes(void **state)
{
    (void)state;
    struct journal *j = open_one(8, 3);
    static const char *const lines[] = {"aaa", "bbb", "ccc", "ddd", "eee", "fff", "ggg"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_true(journal_add(j, slice_str(lines[i])));
    assert_counts(j, 7, 0, 3);
    assert_contents(0, "ggg\n");
    assert_contents(1, "eee\nfff\n");
    assert_contents(2, "ccc\nddd\n");
    assert_contents(3, "");
    journal_sync(j);
    journal_close(j);
}

static void more_files_become_full_than_are_kept(void **state)
{
    (void)state;
    struct journal *j = open_one(4, 2);
    for (size_t i = 0; i < 50; i++)
        assert_true(journal_add(j, SLICE("abc")));
    journal_sync(j);
    assert_counts(j, 50, 0, 49);
    journal_close(j);
}

static void a_line_that_fits_no_file_is_dropped(void **state)
{
    (void)state;
    struct journal *j = open_one(8, 2);
    assert_true(journal_add(j, SLICE("1234567")));
    assert_false(journal_add(j, SLICE("12345678")));
    assert_contents(0, "1234567\n");
    assert_contents(1, "");
    assert_counts(j, 1, 1, 0);
    journal_close(j);
}

static void a_file_that_cannot_be_renamed_stays(void **state)
{
    (void)state;
    struct journal *j = open_one(8, 3);
    char inside[PATH_OCTETS + 32];
    assert_int_equal(mkdir(numbered(1), 0700), 0);
    snprintf(inside, sizeof inside, "%s/x", numbered(2));
    assert_int_equal(mkdir(numbered(2), 0700), 0);
    write_text(inside, "x"); /* so that no folder takes its name */
    assert_true(journal_add(j, SLICE("1234567")));
    assert_false(journal_add(j, SLICE("abc")));
    assert_contents(0, "1234567\n");
    assert_int_equal(remove(inside), 0);
    assert_int_equal(remove(numbered(2)), 0);
    assert_int_equal(remove(numbered(1)), 0);
    assert_true(journal_add(j, SLICE("abc")));
    assert_contents(0, "abc\n");
    assert_contents(1, "1234567\n");
    assert_counts(j, 2, 1, 1);
    journal_close(j);
}

/* --- a disk that is full ------------------------------------------------------------------------
 */

static void limit_files(rlim_t octets)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = octets;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        _exit(10);
}

/* In a process of its own, for the limit is a process's. What of a line fits is written by the
 * system, as on a full disk. */
static int write_on_a_full_disk(void)
{
    struct journal *j = open_one(FILE_OCTETS, 2);
    signal(SIGXFSZ, SIG_IGN);
    limit_files(20);
    if (!journal_add(j, SLICE("first")) || journal_add(j, SLICE("longer than there is room")))
        return 1;
    if (!journal_add(j, SLICE("second")) || journal_add(j, SLICE("third one")))
        return 2;
    if (journal_counts(j).dropped != 2)
        return 3;
    limit_files(RLIM_INFINITY);
    if (!journal_add(j, SLICE("third one")))
        return 4;
    journal_close(j);
    return 0;
}

static void a_full_disk_leaves_whole_lines(void **state)
{
    (void)state;
    pid_t child = fork();
    int status = 0;
    if (child == 0)
        _exit(write_on_a_full_disk());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_contents(0, "first\nsecond\nthird one\n");
}

/* A file that was left unfinished can be opened all the same. */
static int open_on_a_full_disk(void)
{
    signal(SIGXFSZ, SIG_IGN);
    limit_files(3);
    struct journal *j = open_one(FILE_OCTETS, 2);
    if (journal_add(j, SLICE("x")))
        return 1;
    limit_files(RLIM_INFINITY);
    if (!journal_add(j, SLICE("y")))
        return 2;
    journal_close(j);
    return 0;
}

static void a_full_disk_keeps_no_daemon_from_starting(void **state)
{
    (void)state;
    write_text(journal_path, "hal");
    pid_t child = fork();
    int status = 0;
    if (child == 0)
        _exit(open_on_a_full_disk());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_contents(0, "hal\ny\n");
}

/* --- what others do to it -----------------------------------------------------------------------
 */

static void a_file_that_was_moved_away_is_begun_anew(void **state)
{
    (void)state;
    struct journal *j = open_one(FILE_OCTETS, 2);
    assert_true(journal_add(j, SLICE("old")));
    assert_int_equal(rename(numbered(0), numbered(7)), 0);
    assert_true(journal_add(j, SLICE("still there")));
    journal_sync(j);
    assert_true(journal_add(j, SLICE("new")));
    assert_contents(7, "old\nstill there\n");
    assert_contents(0, "new\n");
    assert_counts(j, 3, 0, 0);
    journal_close(j);
}

/* Full, and moved away before the journal looked: what took its name is left alone. */
static void what_was_moved_away_is_not_renamed(void **state)
{
    (void)state;
    struct journal *j = open_one(8, 2);
    assert_true(journal_add(j, SLICE("1234567")));
    assert_int_equal(rename(numbered(0), numbered(7)), 0);
    assert_true(journal_add(j, SLICE("new")));
    assert_contents(7, "1234567\n");
    assert_contents(1, "");
    assert_contents(0, "new\n");
    journal_close(j);
}

static void a_folder_that_vanishes_may_come_back(void **state)
{
    (void)state;
    struct journal *j = open_one(FILE_OCTETS, 2);
    assert_int_equal(remove(journal_path), 0);
    assert_int_equal(rmdir(folder), 0);
    journal_sync(j);
    assert_false(journal_add(j, SLICE("nowhere")));
    journal_sync(j);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_true(journal_add(j, SLICE("here")));
    assert_contents(0, "here\n");
    assert_counts(j, 1, 1, 0);
    journal_close(j);
}

static const struct refused_case {
    const char *name, *path, *says;
} refused_cases[] = {
    {"no folder", "/nowhere/journal", "No such file or directory"},
    {"a folder", "/tmp", "Is a directory"},
    {"a device", "/dev/null", "it is no file"},
};

static void what_cannot_be_a_journal_is_refused(void **state)
{
    (void)state;
    char why[160];
    for (size_t i = 0; i < sizeof refused_cases / sizeof refused_cases[0]; i++) {
        const struct refused_case *c = &refused_cases[i];
        assert_null(journal_open(c->path, FILE_OCTETS, 2, why));
        if (!strstr(why, c->says) || !strstr(why, c->path))
            fail_msg("%s: %s", c->name, why);
    }
}

static void nobody_else_writes_it(void **state)
{
    (void)state;
    char why[160];
    struct journal *j = open_one(8, 2);
    assert_null(journal_open(journal_path, 8, 2, why));
    assert_non_null(strstr(why, "another process has it"));
    assert_true(journal_add(j, SLICE("1234567")));
    assert_true(journal_add(j, SLICE("1234567"))); /* the next file is locked as well */
    assert_null(journal_open(journal_path, 8, 2, why));
    journal_close(j);
    journal_close(open_one(8, 2));
}

/* --- a process that is killed -------------------------------------------------------------------
 */

enum { LONG_LINE = 200000 };

static void fill(char *line, unsigned number)
{
    memset(line, 'a' + (int)(number % 26), LONG_LINE);
}

static int write_until_killed(int ready)
{
    static char line[LONG_LINE];
    struct journal *j = open_one((uint64_t)1 << 30, 2);
    for (unsigned i = 0;; i++) {
        fill(line, i);
        if (!journal_add(j, slice_of(line, sizeof line)) || (i == 0 && write(ready, "x", 1) != 1))
            return 1;
    }
}

/* All lines but the last are whole; what comes later begins a line. */
static void a_killed_process_leaves_lines(void **state)
{
    (void)state;
    static char line[LONG_LINE];
    char octet;
    int ready[2], status;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0)
        _exit(write_until_killed(ready[1]));
    assert_int_equal(read(ready[0], &octet, 1), 1);
    nanosleep(&(struct timespec){.tv_nsec = 3000000}, NULL);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    struct journal *j = open_one((uint64_t)1 << 30, 2);
    assert_true(journal_add(j, SLICE("behind")));
    journal_close(j);
    struct buffer text = buffer_new((size_t)1 << 30);
    assert_int_equal(file_read(journal_path, &text), FILE_FINE);
    struct slice rest = buffer_slice(&text);
    for (unsigned i = 0; rest.n > LONG_LINE; i++) {
        fill(line, i);
        assert_memory_equal(rest.p, line, LONG_LINE);
        assert_int_equal(rest.p[LONG_LINE], '\n');
        rest = slice_from(rest, LONG_LINE + 1);
    }
    size_t end = slice_find(rest, '\n', 0);
    struct slice last = end < rest.n - 1 ? slice_from(rest, end + 1) : rest;
    assert_true(slice_eq(last, SLICE("behind\n")));
    buffer_free(&text);
    close(ready[0]);
    close(ready[1]);
}

/* --- threads -----------------------------------------------------------------------------------
 */

enum { THREADS = 4, LINES = 2000 };

struct writer {
    struct journal *journal;
    unsigned number;
};

static void *write_lines(void *self)
{
    const struct writer *w = self;
    for (unsigned i = 0; i < LINES; i++) {
        char line[64];
        int n = snprintf(line, sizeof line, "%u %u", w->number, i);
        if (!journal_add(w->journal, slice_of(line, (size_t)n)))
            return NULL;
        if (i % 100 == 0)
            journal_sync(w->journal);
    }
    return self;
}

/* Of each thread every line, in its order, while files are renamed. */
static void read_all(unsigned files, unsigned next[THREADS])
{
    for (unsigned number = files; number-- > 0;) {
        struct buffer text = contents(number);
        struct slice rest = buffer_slice(&text);
        while (rest.n > 0) {
            size_t space = slice_find(rest, ' ', 0), end = slice_find(rest, '\n', 0);
            uint64_t writer, line;
            assert_true(slice_number(slice_sub(rest, 0, space), 9, &writer));
            assert_true(slice_number(slice_sub(rest, space + 1, end - space - 1), 9, &line));
            assert_in_range(writer, 0, THREADS - 1);
            assert_int_equal(line, next[writer]++);
            rest = slice_from(rest, end + 1);
        }
        buffer_free(&text);
    }
}

static void threads_share_it(void **state)
{
    (void)state;
    enum { FILES = 40 };
    struct journal *j = open_one(4096, FILES);
    pthread_t threads[THREADS];
    struct writer writers[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        writers[i] = (struct writer){j, i};
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, &writers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        void *done;
        assert_int_equal(pthread_join(threads[i], &done), 0);
        assert_non_null(done);
    }
    assert_int_equal(journal_counts(j).written, THREADS * LINES);
    assert_in_range(journal_counts(j).rotated, 10, FILES - 1);
    journal_close(j);
    unsigned next[THREADS] = {0};
    read_all(FILES, next);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(next[i], LINES);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(lines_are_appended),
        CASE(an_unfinished_line_gets_its_end),
        CASE(the_oldest_file_goes),
        CASE(more_files_become_full_than_are_kept),
        CASE(a_line_that_fits_no_file_is_dropped),
        CASE(a_file_that_cannot_be_renamed_stays),
        CASE(a_full_disk_leaves_whole_lines),
        CASE(a_full_disk_keeps_no_daemon_from_starting),
        CASE(a_file_that_was_moved_away_is_begun_anew),
        CASE(what_was_moved_away_is_not_renamed),
        CASE(a_folder_that_vanishes_may_come_back),
        CASE(what_cannot_be_a_journal_is_refused),
        CASE(nobody_else_writes_it),
        CASE(a_killed_process_leaves_lines),
        CASE(threads_share_it),
    };
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
