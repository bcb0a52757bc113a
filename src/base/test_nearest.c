#include "base/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const char *const known[] = {"verify", "sign", "key", "mail-from", "rcpt-to", "format"};

static const struct word_case {
    const char *word, *nearest;
} word_cases[] = {
    {"verfy", "verify"},
    {"verify", "verify"},
    {"vrefiy", "verify"},
    {"sing", "sign"},
    {"signn", "sign"},
    {"keys", "key"},
    {"mailfrom", "mail-from"},
    {"rcptto", "rcpt-to"},
    {"fomrat", "format"},
    {"x", NULL},
    {"", NULL},
    {"nothing-like-it", NULL},
    {"a-word-that-is-far-longer-than-any-of-the-known-ones", NULL},
};

static void run_word_case(void **state)
{
    const struct word_case *c = *state;
    struct nearest nearest = nearest_new(slice_str(c->word));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        nearest_offer(&nearest, known[i]);
    if (c->nearest)
        assert_string_equal(nearest.name, c->nearest);
    else
        assert_null(nearest.name);
}

int main(void)
{
    enum { WORDS = sizeof word_cases / sizeof *word_cases };
    struct CMUnitTest tests[WORDS];
    for (size_t i = 0; i < WORDS; i++)
        tests[i] = (struct CMUnitTest){word_cases[i].word, run_word_case, NULL, NULL,
                                       (void *)(uintptr_t)&word_cases[i]};
    return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
