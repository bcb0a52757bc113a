#include "base/buffer.h"
#include "base/limits.h"
#include "io/log.h"

#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Standard error is a file of the test's own meanwhile. */
static int own_error, saved_error;

static int set_up(void **state)
{
    (void)state;
    char path[] = "/tmp/waybill-log-XXXXXX";
    own_error = mkstemp(path);
    saved_error = dup(STDERR_FILENO);
    unsetenv("JOURNAL_STREAM");
    return own_error >= 0 && saved_error >= 0 && unlink(path) == 0 &&
                   dup2(own_error, STDERR_FILENO) >= 0
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    dup2(saved_error, STDERR_FILENO);
    close(saved_error);
    close(own_error);
    return 0;
}

static struct buffer written(void)
{
    struct buffer text = buffer_new((size_t)1 << 20);
    off_t n = lseek(own_error, 0, SEEK_END);
    assert_true(buffer_reserve(&text, (size_t)n + 1));
    assert_int_equal(pread(own_error, text.p, (size_t)n, 0), n);
    text.n = (size_t)n;
    return text;
}

static void assert_written(struct slice wanted)
{
    struct buffer text = written();
    if (!slice_eq(buffer_slice(&text), wanted))
        fail_msg("%.*s", SLICE_ARGS(buffer_slice(&text)));
    buffer_free(&text);
}

static struct log *open_log(void)
{
    struct log *log = log_new(LOG_TARGET_STDERR, "waybilld");
    assert_non_null(log);
    return log;
}

static void say(enum log_level level, struct slice line)
{
    struct log *log = open_log();
    log_line(log, level, line);
    log_free(log);
}

static void a_line_has_the_programs_name(void **state)
{
    (void)state;
    say(LOG_LEVEL_ERROR, SLICE("4XyZ: spf=pass"));
    say(LOG_LEVEL_INFO, SLICE(""));
    log_free(NULL);
    assert_written(SLICE("waybilld: 4XyZ: spf=pass\nwaybilld: \n"));
}

static void the_journal_gets_the_level(void **state)
{
    (void)state;
    char stream[64];
    struct stat there;
    assert_int_equal(fstat(own_error, &there), 0);
    snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)there.st_dev, (uintmax_t)there.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    say(LOG_LEVEL_ERROR, SLICE("a"));
    say(LOG_LEVEL_WARNING, SLICE("b"));
    say(LOG_LEVEL_INFO, SLICE("c"));
    assert_written(SLICE("<3>a\n<4>b\n<6>c\n"));
}

/* As a shell started by a service has it: its own standard error is another. */
static void another_stream_is_not_the_journal(void **state)
{
    (void)state;
    setenv("JOURNAL_STREAM", "9:12345", 1);
    say(LOG_LEVEL_INFO, SLICE("a"));
    assert_written(SLICE("waybilld: a\n"));
}

static void what_was_not_escaped_cannot_leave(void **state)
{
    (void)state;
    say(LOG_LEVEL_INFO, SLICE("a\r\nwaybilld: b\0\033[2J\xE9"));
    assert_written(SLICE("waybilld: a??waybilld: b??[2J?\n"));
}

static void a_line_has_an_end(void **state)
{
    (void)state;
    static char line[LIMIT_LOG_LINE + 100];
    memset(line, 'x', sizeof line);
    say(LOG_LEVEL_INFO, slice_of(line, sizeof line));
    struct buffer text = written();
    assert_int_equal(text.n, sizeof "waybilld: " - 1 + LIMIT_LOG_LINE + 1);
    assert_int_equal(text.p[text.n - 1], '\n');
    buffer_free(&text);
}

enum { THREADS = 4, LINES = 500, LINE_OCTETS = 300 };

static void *say_often(void *self)
{
    char line[LINE_OCTETS];
    for (int i = 0; i < LINES; i++) {
        memset(line, 'a' + i % 26, sizeof line);
        log_line(self, LOG_LEVEL_INFO, slice_of(line, sizeof line));
    }
    return NULL;
}

static void lines_of_threads_stand_whole(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    struct log *log = open_log();
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, say_often, log), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    log_free(log);
    struct buffer text = written();
    struct slice rest = buffer_slice(&text);
    for (int i = 0; i < THREADS * LINES; i++) {
        assert_true(slice_starts(rest, SLICE("waybilld: ")));
        rest = slice_from(rest, sizeof "waybilld: " - 1);
        for (size_t k = 0; k < LINE_OCTETS; k++)
            assert_int_equal(rest.p[k], rest.p[0]);
        assert_int_equal(rest.p[LINE_OCTETS], '\n');
        rest = slice_from(rest, LINE_OCTETS + 1);
    }
    assert_int_equal(rest.n, 0);
    buffer_free(&text);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_line_has_the_programs_name),
        CASE(the_journal_gets_the_level),
        CASE(another_stream_is_not_the_journal),
        CASE(what_was_not_escaped_cannot_leave),
        CASE(a_line_has_an_end),
        CASE(lines_of_threads_stand_whole),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
