#include "mail/received.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct by_case {
    const char *name;
    struct slice value, by;
} cases[] = {
    {"usual",
     SLICE(" from a.example (a.example [192.0.2.1])\r\n\tby mx.example.org (Postfix) with ESMTP\r\n"
           "\tid 4Xy for <b@example.org>; Fri, 20 Nov 2026 10:00:00 +0000"),
     SLICE("mx.example.org")},
    {"in any case", SLICE(" FROM a BY mx.example.org; x"), SLICE("mx.example.org")},
    {"first", SLICE("by mx.example.org"), SLICE("mx.example.org")},
    {"a comment between", SLICE("by (so \\) to (say)) mx.example.org"), SLICE("mx.example.org")},
    {"only in a comment", SLICE("from a (sent by nobody.example) ; by b"), SLICE("")},
    {"only in quotes", SLICE("from \"x by\\\" nobody.example\" with y"), SLICE("")},
    {"only behind the semicolon", SLICE("from a; by b.example"), SLICE("")},
    {"nothing behind it", SLICE("from a by"), SLICE("")},
    {"a comment without end", SLICE("from a (by b.example"), SLICE("")},
    {"a quote without end", SLICE("from \"a by b.example"), SLICE("")},
    {"part of a word", SLICE("from standby mx.example"), SLICE("")},
    {"empty", SLICE(""), SLICE("")},
    {"a stray parenthesis", SLICE(") by mx.example.org)"), SLICE("mx.example.org")},
};

static void names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct slice by = received_by(cases[i].value);
        if (!slice_eq(by, cases[i].by) || (by.p == NULL) != (cases[i].by.n == 0))
            fail_msg("%s: %.*s", cases[i].name, SLICE_ARGS(by));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names)};
    return cmocka_run_group_tests_name("received", tests, NULL, NULL);
}
