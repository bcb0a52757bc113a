#include "io/journal.h"

#include "base/buffer.h"
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { FILES = 4, PATH_OCTETS = 128, TEXT_MOST = 1 << 22 };

static char folder[] = "/tmp/test-journal-XXXXXX";

static const char *path_of(const char *name)
{
    static char paths[4][PATH_OCTETS];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, PATH_OCTETS, "%s/%s", folder, name);
    return path;
}

static struct journal *open_at(const char *name, uint64_t octets)
{
    char why[160] = "";
    struct journal *j = journal_open(path_of(name), octets, FILES, why);
    if (!j)
        fail_msg("%s", why);
    return j;
}

static bool add(struct journal *j, const char *line)
{
    return journal_add(j, slice_str(line));
}

/* What the file has; it has to be there. */
static void assert_file(const char *name, const char *wanted)
{
    struct buffer text = buffer_new(TEXT_MOST);
    assert_int_equal(file_read(path_of(name), &text), FILE_FINE);
    if (!slice_eq(buffer_slice(&text), slice_str(wanted)))
        fail_msg("%s has: %.*s", name, SLICE_ARGS(buffer_slice(&text)));
    buffer_free(&text);
}

static void write_file(const char *name, const char *text)
{
    assert_int_equal(file_write(path_of(name), slice_str(text)), FILE_FINE);
}

static bool is_there(const char *name)
{
    return access(path_of(name), F_OK) == 0;
}

/* --- files -------------------------------------------------------------------------------------
 */

static void grows_and_rotates(void **state)
{
    struct journal *j = open_at("full", 10);
    struct stat made;
    (void)state;
    assert_true(add(j, "aaaa"));
    assert_true(add(j, "bbbb"));
    assert_file("full", "aaaa\nbbbb\n");
    assert_true(add(j, "c"));
    assert_file("full.1", "aaaa\nbbbb\n");
    assert_file("full", "c\n");
    assert_true(add(j, "longer than a file may be"));
    assert_file("full", "longer than a file may be\n");
    assert_true(add(j, "d"));
    assert_true(add(j, "0123456789"));
    assert_true(add(j, "e"));
    assert_file("full", "e\n");
    assert_file("full.1", "0123456789\n");
    assert_file("full.2", "d\n");
    assert_file("full.3", "longer than a file may be\n");
    assert_false(is_there("full.4"));
    assert_int_equal(stat(path_of("full"), &made), 0);
    assert_int_equal(made.st_mode & 0777, 0640);
    assert_int_equal(journal_count(j).written, 7);
    assert_int_equal(journal_count(j).dropped, 0);
    journal_close(j);
    journal_close(NULL);
}

static void starts_again(void **state)
{
    struct journal *j;
    (void)state;
    write_file("again", "whole\n");
    j = open_at("again", 1000);
    assert_true(add(j, "next"));
    journal_close(j);
    assert_file("again", "whole\nnext\n");
}

/* Nobody is there to end it before a line comes: a full disk does not hold up the start. */
static void ends_an_unfinished_line(void **state)
{
    struct journal *j;
    (void)state;
    write_file("killed", "whole\n{\"half\":");
    j = open_at("killed", 1000);
    assert_file("killed", "whole\n{\"half\":");
    assert_true(add(j, "next"));
    assert_true(add(j, "more"));
    journal_close(j);
    assert_file("killed", "whole\n{\"half\":\nnext\nmore\n");
}

static void sync_after_rotation(void **state)
{
    struct journal *j = open_at("synced", 4);
    (void)state;
    journal_sync(j);
    for (int i = 0; i < 3; i++) {
        assert_true(add(j, "one"));
        assert_true(add(j, "two"));
        journal_sync(j);
        journal_sync(j);
    }
    assert_file("synced", "two\n");
    assert_file("synced.1", "one\n");
    journal_close(j);
}

/* --- what others do to it ----------------------------------------------------------------------
 */

static void moved_away(void **state)
{
    struct journal *j = open_at("moved", 1000);
    (void)state;
    assert_true(add(j, "old"));
    assert_int_equal(rename(path_of("moved"), path_of("moved.kept")), 0);
    assert_true(add(j, "old still"));
    journal_sync(j);
    assert_true(add(j, "new"));
    assert_file("moved.kept", "old\nold still\n");
    assert_file("moved", "new\n");
    journal_close(j);
}

static void moved_away_when_full(void **state)
{
    struct journal *j = open_at("taken", 8);
    (void)state;
    assert_true(add(j, "1234567"));
    assert_int_equal(rename(path_of("taken"), path_of("taken.kept")), 0);
    write_file("taken", "x\n");
    assert_true(add(j, "next"));
    assert_file("taken", "x\nnext\n");
    assert_false(is_there("taken.1"));
    journal_close(j);
}

/* copytruncate of logrotate. */
static void cut_to_nothing(void **state)
{
    struct journal *j = open_at("cut", 8);
    (void)state;
    assert_true(add(j, "1234567"));
    assert_int_equal(truncate(path_of("cut"), 0), 0);
    journal_sync(j);
    assert_true(add(j, "abcdefg"));
    assert_file("cut", "abcdefg\n");
    assert_false(is_there("cut.1"));
    journal_close(j);
}

static void folder_gone_and_back(void **state)
{
    struct journal *j;
    (void)state;
    assert_int_equal(mkdir(path_of("sub"), 0700), 0);
    j = open_at("sub/j", 1000);
    assert_true(add(j, "before"));
    assert_int_equal(rename(path_of("sub"), path_of("away")), 0);
    journal_sync(j);
    assert_false(add(j, "lost"));
    assert_int_equal(journal_count(j).error, ENOENT);
    assert_int_equal(mkdir(path_of("sub"), 0700), 0);
    assert_true(add(j, "after"));
    assert_file("sub/j", "after\n");
    assert_int_equal(journal_count(j).dropped, 1);
    assert_int_equal(journal_count(j).written, 2);
    journal_close(j);
}

/* The ceiling holds, and what is there stays. */
static void cannot_be_renamed(void **state)
{
    struct journal *j = open_at("stuck", 8);
    (void)state;
    assert_int_equal(mkdir(path_of("stuck.1"), 0700), 0);
    assert_int_equal(mkdir(path_of("stuck.3"), 0700), 0);
    write_file("stuck.2", "older\n");
    assert_true(add(j, "1234567"));
    for (int i = 0; i < 3; i++)
        assert_false(add(j, "x"));
    assert_file("stuck", "1234567\n");
    assert_file("stuck.2", "older\n");
    assert_int_equal(journal_count(j).dropped, 3);
    journal_close(j);
}

static const struct {
    const char *name, *why;
} refused[] = {
    {"no/such/folder", "/no/such/folder cannot be written (No such file or directory): "},
    {".", "/. cannot be written (Is a directory): "},
    {"pipe", "/pipe cannot be written (Invalid argument): "},
};

static void is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char why[160] = "";
        assert_null(journal_open(path_of(refused[i].name), 1000, FILES, why));
        assert_non_null(strstr(why, refused[i].why));
    }
}

/* --- a disk that is full -----------------------------------------------------------------------
 */

enum { SHORT_MOST = 10, DISK_OCTETS = 60 };

static void set_limit(rlim_t octets)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = octets < limit.rlim_max ? octets : limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
}

/* A process that may write no more than that: which lines it could. */
static unsigned child(void)
{
    char why[160], line[64];
    struct journal *j = journal_open(path_of("disk"), 1000, FILES, why);
    unsigned done = 0;
    signal(SIGXFSZ, SIG_IGN);
    set_limit(DISK_OCTETS);
    for (int i = 0; j && i < SHORT_MOST; i++) {
        snprintf(line, sizeof line, "line %d of eighteen", i);
        done += journal_add(j, slice_str(line));
    }
    bool counted =
        j && journal_count(j).written == done && journal_count(j).dropped == SHORT_MOST - done;
    set_limit(RLIM_INFINITY);
    counted = counted && journal_add(j, SLICE("there is room again"));
    journal_close(j);
    return counted ? done : 100;
}

static void disk_full(void **state)
{
    int status;
    pid_t pid = fork();
    (void)state;
    if (pid == 0)
        _exit((int)child());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
    assert_file("disk", "line 0 of eighteen\nline 1 of eighteen\nline 2 of eighteen\n"
                        "there is room again\n");
}

/* The end of an unfinished line does not fit, and nothing is doubled when it does. */
static unsigned unended_child(void)
{
    char why[160];
    signal(SIGXFSZ, SIG_IGN);
    set_limit(7);
    struct journal *j = journal_open(path_of("half"), 1000, FILES, why);
    unsigned done = j && !journal_add(j, SLICE("x")) && !journal_add(j, SLICE("y"));
    set_limit(RLIM_INFINITY);
    done += j && journal_add(j, SLICE("z"));
    journal_close(j);
    return done;
}

static void disk_full_behind_a_half(void **state)
{
    int status;
    (void)state;
    write_file("half", "{half");
    pid_t pid = fork();
    if (pid == 0)
        _exit((int)unended_child());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 2);
    assert_file("half", "{half\nz\n");
}

/* --- threads -----------------------------------------------------------------------------------
 */

enum { THREADS = 2, LINES = 10000, THREAD_FILES = 6 };

struct writer {
    struct journal *journal;
    unsigned number;
};

/* Lines of many lengths, which begin with their writer and number and end with '.'. */
static void *write_lines(void *self)
{
    const struct writer *w = self;
    for (unsigned i = 0; i < LINES; i++) {
        struct buffer line = buffer_new(256);
        buffer_printf(&line, "%u %05u ", w->number, i);
        for (unsigned k = 0; k < i % 97; k++)
            buffer_add_octet(&line, (uint8_t)('a' + w->number));
        buffer_add_octet(&line, '.');
        assert_true(journal_add(w->journal, buffer_slice(&line)));
        buffer_free(&line);
    }
    return NULL;
}

static void assert_whole(struct slice line, unsigned next[THREADS])
{
    uint64_t number;
    assert_true(line.n >= 9);
    unsigned writer = line.p[0] - '0';
    assert_in_range(writer, 0, THREADS - 1);
    assert_true(slice_number(slice_sub(line, 2, 5), 5, &number));
    assert_int_equal(number, next[writer]++);
    assert_int_equal(line.n, 9 + number % 97);
    for (size_t i = 8; i + 1 < line.n; i++)
        assert_int_equal(line.p[i], 'a' + writer);
    assert_int_equal(line.p[line.n - 1], '.');
}

/* Those of one writer in their order, from the oldest file to the newest. */
static void threads(void **state)
{
    char why[160], name[32];
    unsigned next[THREADS] = {0};
    struct journal *j = journal_open(path_of("many"), 300000, THREAD_FILES, why);
    struct writer writers[THREADS];
    pthread_t all[THREADS];
    (void)state;
    for (unsigned i = 0; i < THREADS; i++) {
        writers[i] = (struct writer){j, i};
        assert_int_equal(pthread_create(&all[i], NULL, write_lines, &writers[i]), 0);
    }
    for (unsigned i = 0; i < 50; i++)
        journal_sync(j);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(all[i], NULL);
    journal_close(j);
    for (unsigned i = THREAD_FILES; i > 0; i--) {
        struct buffer text = buffer_new(TEXT_MOST);
        snprintf(name, sizeof name, i > 1 ? "many.%u" : "many", i - 1);
        if (i > 1 && !is_there(name))
            continue;
        assert_int_equal(file_read(path_of(name), &text), FILE_FINE);
        assert_in_range(text.n, 1, 300000);
        for (size_t at = 0, end; at < text.n; at = end + 1) {
            end = slice_find(buffer_slice(&text), '\n', at);
            assert_true(end < text.n);
            assert_whole(slice_sub(buffer_slice(&text), at, end - at), next);
        }
        buffer_free(&text);
    }
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(next[i], LINES);
}

/* --- the folder --------------------------------------------------------------------------------
 */

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[PATH_OCTETS];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_rotates),
        cmocka_unit_test(starts_again),
        cmocka_unit_test(ends_an_unfinished_line),
        cmocka_unit_test(sync_after_rotation),
        cmocka_unit_test(moved_away),
        cmocka_unit_test(moved_away_when_full),
        cmocka_unit_test(cut_to_nothing),
        cmocka_unit_test(folder_gone_and_back),
        cmocka_unit_test(cannot_be_renamed),
        cmocka_unit_test(is_refused),
        cmocka_unit_test(disk_full),
        cmocka_unit_test(disk_full_behind_a_half),
        cmocka_unit_test(threads),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
