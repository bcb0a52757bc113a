#include "base/text_error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void error_has_its_line(void **state)
{
    struct waybill_text_error error;
    (void)state;
    assert_int_equal(text_error(&error, 7, "%.*s is wrong", SLICE_ARGS(SLICE("word"))),
                     WAYBILL_SYNTAX);
    assert_int_equal(error.line, 7);
    assert_string_equal(error.what, "word is wrong");
}

static void only_printable_ascii(void **state)
{
    struct waybill_text_error error;
    char why[TEXT_WHY_OCTETS];
    (void)state;
    text_error(&error, 0, "a\r\nb\x7F\xC3\xA9~ %s", "\x1b[2J");
    assert_string_equal(error.what, "a??b???~ ?[2J");
    assert_int_equal(text_refusal(why, "%s", "\t!"), WAYBILL_REFUSED);
    assert_string_equal(why, "?!");
}

static void too_long_is_cut(void **state)
{
    char word[2 * TEXT_WHY_OCTETS], why[TEXT_WHY_OCTETS];
    (void)state;
    memset(word, 'x', sizeof word);
    word[sizeof word - 1] = '\0';
    text_refusal(why, "%s", word);
    assert_int_equal(strlen(why), TEXT_WHY_OCTETS - 1);
    assert_int_equal(text_shown(slice_str(word)).n, TEXT_SHOWN_OCTETS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_has_its_line),
        cmocka_unit_test(only_printable_ascii),
        cmocka_unit_test(too_long_is_cut),
    };
    return cmocka_run_group_tests_name("text_error", tests, NULL, NULL);
}
