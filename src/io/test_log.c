#include "io/log.h"

#include "base/buffer.h"
#include "base/limits.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* --- standard error, for a while ---------------------------------------------------------------
 */

struct pipe {
    int ends[2], kept;
};

static struct pipe redirect(void)
{
    struct pipe p;
    assert_int_equal(pipe(p.ends), 0);
    p.kept = dup(STDERR_FILENO);
    dup2(p.ends[1], STDERR_FILENO);
    return p;
}

/* All that was written; standard error is what it was. */
static struct buffer restore(struct pipe *p)
{
    struct buffer all = buffer_new(1 << 20);
    char octets[4096];
    dup2(p->kept, STDERR_FILENO);
    close(p->kept);
    close(p->ends[1]);
    for (ssize_t n; (n = read(p->ends[0], octets, sizeof octets)) > 0;)
        buffer_add(&all, slice_of(octets, (size_t)n));
    close(p->ends[0]);
    return all;
}

/* --- lines -------------------------------------------------------------------------------------
 */

enum stream { NO_STREAM, OURS, ANOTHER, NONSENSE };

static const struct {
    const char *name;
    enum stream stream;
    enum log_level level;
    const char *written;
} cases[] = {
    {"a terminal", NO_STREAM, LOG_LEVEL_INFO, "waybilld: X: a=b\n"},
    {"systemd's journal", OURS, LOG_LEVEL_INFO, "<6>X: a=b\n"},
    {"an error there", OURS, LOG_LEVEL_ERROR, "<3>X: a=b\n"},
    {"sent elsewhere since", ANOTHER, LOG_LEVEL_ERROR, "waybilld: X: a=b\n"},
    {"a variable that is none", NONSENSE, LOG_LEVEL_INFO, "waybilld: X: a=b\n"},
};

static void set_stream(enum stream stream)
{
    struct stat there;
    char text[64] = "journal";
    assert_int_equal(fstat(STDERR_FILENO, &there), 0);
    if (stream == OURS || stream == ANOTHER)
        snprintf(text, sizeof text, "%ju:%ju", (uintmax_t)there.st_dev,
                 (uintmax_t)there.st_ino + (stream == ANOTHER));
    if (stream == NO_STREAM)
        unsetenv("JOURNAL_STREAM");
    else
        setenv("JOURNAL_STREAM", text, 1);
}

static void prefixes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pipe p = redirect();
        set_stream(cases[i].stream);
        struct log *log = log_new(LOG_TARGET_STDERR, "waybilld");
        log_line(log, cases[i].level, SLICE("X: a=b"));
        log_free(log);
        struct buffer all = restore(&p);
        if (!slice_eq(buffer_slice(&all), slice_str(cases[i].written)))
            fail_msg("%s: %.*s", cases[i].name, SLICE_ARGS(buffer_slice(&all)));
        buffer_free(&all);
    }
    unsetenv("JOURNAL_STREAM");
    log_free(NULL);
}

static void too_long_is_cut(void **state)
{
    static char line[2 * LIMIT_LOG_LINE];
    struct pipe p = redirect();
    struct log *log = log_new(LOG_TARGET_STDERR, "waybilld");
    (void)state;
    memset(line, 'x', sizeof line);
    log_line(log, LOG_LEVEL_INFO, slice_of(line, sizeof line));
    log_free(log);
    struct buffer all = restore(&p);
    assert_int_equal(all.n, LIMIT_LOG_LINE);
    assert_int_equal(all.p[all.n - 1], '\n');
    buffer_free(&all);
}

/* It goes nowhere where nobody listens, and ends nothing. */
static void syslog_is_called(void **state)
{
    struct log *log = log_new(LOG_TARGET_SYSLOG, "test_log");
    (void)state;
    assert_non_null(log);
    log_line(log, LOG_LEVEL_INFO, SLICE("%s %n: a=b"));
    log_free(log);
}

/* --- threads -----------------------------------------------------------------------------------
 */

enum { THREADS = 4, LINES = 500, LINE_OCTETS = 3000 };

struct writer {
    struct log *log;
    char letter;
};

static void *write_lines(void *self)
{
    const struct writer *w = self;
    char line[LINE_OCTETS];
    memset(line, w->letter, sizeof line);
    for (unsigned i = 0; i < LINES; i++)
        log_line(w->log, LOG_LEVEL_INFO, slice_of(line, sizeof line));
    return NULL;
}

/* Reads while the others write: every line is of one letter. */
static unsigned read_lines(int fd)
{
    FILE *in = fdopen(fd, "r");
    char line[LINE_OCTETS + 64];
    unsigned n = 0;
    for (; n < THREADS * LINES && fgets(line, sizeof line, in); n++) {
        assert_memory_equal(line, "log: ", 5);
        assert_int_equal(strlen(line), 5 + LINE_OCTETS + 1);
        for (size_t i = 6; i < 5 + LINE_OCTETS; i++)
            assert_int_equal(line[i], line[5]);
    }
    fclose(in);
    return n;
}

static void threads(void **state)
{
    struct pipe p = redirect();
    struct log *log = log_new(LOG_TARGET_STDERR, "log");
    struct writer writers[THREADS];
    pthread_t all[THREADS];
    (void)state;
    for (unsigned i = 0; i < THREADS; i++) {
        writers[i] = (struct writer){log, (char)('a' + i)};
        assert_int_equal(pthread_create(&all[i], NULL, write_lines, &writers[i]), 0);
    }
    unsigned n = read_lines(dup(p.ends[0]));
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(all[i], NULL);
    struct buffer rest = restore(&p);
    assert_int_equal(n, THREADS * LINES);
    assert_int_equal(rest.n, 0);
    buffer_free(&rest);
    log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes),
        cmocka_unit_test(too_long_is_cut),
        cmocka_unit_test(syslog_is_called),
        cmocka_unit_test(threads),
    };
    unsetenv("JOURNAL_STREAM");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
