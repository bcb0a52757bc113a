#include "daemon/journal_watch.h"

#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define LOSES "j: lines cannot be written: make room on its disk, or let this user write it\n"

/* What the counts are each second, and what is said then. */
static const struct {
    const char *name;
    struct journal_counts now;
    const char *said;
} seconds[] = {
    {"nothing came", {0, 0, 0}, ""},
    {"all is written", {5, 0, 0}, ""},
    {"lines are lost", {5, 2, 0}, LOSES},
    {"more of them", {5, 9, 0}, ""},
    {"short ones fit", {6, 11, 0}, ""},
    {"nothing came meanwhile", {6, 11, 0}, ""},
    {"there is room", {8, 11, 0}, "j: lines are written again: 11 were lost\n"},
    {"and there still is", {9, 11, 0}, ""},
    {"lost again, between two", {11, 12, 0}, LOSES},
    {"and over", {12, 12, 0}, "j: lines are written again: 1 were lost\n"},
};

static void says_it_once(void **state)
{
    struct journal_watch watch = {.losing = false};
    struct log *log = log_new(LOG_TARGET_STDERR, "w");
    (void)state;
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
        int ends[2], kept = dup(STDERR_FILENO);
        char text[256];
        assert_int_equal(pipe(ends), 0);
        dup2(ends[1], STDERR_FILENO);
        journal_watch(&watch, log, "j", seconds[i].now);
        dup2(kept, STDERR_FILENO);
        close(kept);
        close(ends[1]);
        ssize_t n = read(ends[0], text, sizeof text);
        close(ends[0]);
        struct slice said = slice_of(text, n > 0 ? (size_t)n : 0);
        if (said.n > 0)
            said = slice_from(said, strlen("w: "));
        if (!slice_eq(said, slice_str(seconds[i].said)))
            fail_msg("%s: %.*s", seconds[i].name, SLICE_ARGS(said));
    }
    log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(says_it_once)};
    unsetenv("JOURNAL_STREAM");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
