#include "mail/encoded_word.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct word_case {
    const char *name, *value, *shown;
} cases[] = {
    {"plain", " Bread and salt", "Bread and salt"},
    {"nothing", "", ""},
    {"folded", " Bread\r\n \tand salt ", "Bread and salt"},
    {"q", " =?utf-8?q?caf=C3=A9_noir?=", "caf\xC3\xA9 noir"},
    {"b", "=?UTF-8?B?Y2Fmw6k=?=", "caf\xC3\xA9"},
    {"latin 1", "=?iso-8859-1?Q?caf=E9?=", "caf\xC3\xA9"},
    {"a language", "=?utf-8*fr?q?caf=C3=A9?=", "caf\xC3\xA9"},
    {"among words", "a =?utf-8?q?b?= c", "a b c"},
    {"two of them", "=?utf-8?q?a?= \r\n =?utf-8?q?b?=", "ab"},
    {"two with text between", "=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b"},
    {"unknown character set", "=?big5?b?pKQ=?=", "=?big5?b?pKQ=?="},
    {"unknown encoding", "=?utf-8?x?a?=", "=?utf-8?x?a?="},
    {"no end", "=?utf-8?q?abc", "=?utf-8?q?abc"},
    {"no base64", "=?utf-8?b?!?=", "=?utf-8?b?!?="},
    {"not UTF-8 after all", "=?utf-8?q?=FF?=", "=?utf-8?q?=FF?="},
    {"a lone equals sign", "=?utf-8?q?1=2?=", "1=2"},
    {"= at the end", "=", "="},
};

static void show(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct word_case *c = &cases[i];
        struct buffer out = buffer_new(1024);
        encoded_word_show(&out, slice_str(c->value));
        if (out.status != WAYBILL_OK || !slice_eq(buffer_slice(&out), slice_str(c->shown)))
            fail_msg("%s: %.*s", c->name, SLICE_ARGS(buffer_slice(&out)));
        buffer_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(show)};
    return cmocka_run_group_tests_name("encoded_word", tests, NULL, NULL);
}
