#include "dkim2/draft.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct name_case {
    const char *name;
    bool by_06, by_09;
} name_cases[] = {
    {"Received", true, true},         {"RECEIVED-SPF", true, true},
    {"Received-", true, true},        {"Receive", false, false},
    {"Receivedx", false, false},      {"X-", true, true},
    {"x-anything", true, true},       {"X", false, false},
    {"X400-Trace", true, true},       {"X400-Other", false, false},
    {"Auto-Submitted", true, false},  {"vbr-info", true, false},
    {"Delivered-To", true, true},     {"DKIM-Signature", true, true},
    {"ARC-Seal", true, true},         {"Authentication-Results", true, true},
    {"Message-Instance", true, true}, {"dkim2-signature", true, true},
    {"From", false, false},           {"", false, false},
};

static void names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof name_cases / sizeof name_cases[0]; i++) {
        const struct name_case *c = &name_cases[i];
        struct slice name = slice_str(c->name);
        if (dkim2_draft_ignores(dkim2_draft_of(WAYBILL_DRAFT_06), name) != c->by_06 ||
            dkim2_draft_ignores(dkim2_draft_of(WAYBILL_DRAFT_09), name) != c->by_09)
            fail_msg("%s", c->name);
    }
}

static const struct text_case {
    enum waybill_draft draft;
    enum dkim2_finding finding;
    unsigned number;
    const char *value, *text;
} text_cases[] = {
    {WAYBILL_DRAFT_09, DKIM2_SIGNATURE_INCORRECT, 3, "sel1",
     "FAIL: DKIM2-Signature i=3 sel1 incorrect signature"},
    {WAYBILL_DRAFT_09, DKIM2_INSTANCE_INVALID_JSON, 12, "",
     "PERMERROR: Message-Instance m=12 contains invalid JSON"},
    {WAYBILL_DRAFT_06, DKIM2_SIGNATURE_EXPIRED, 1, "",
     "PERMERROR: DKIM2-Signature i=1 signature expired"},
    {WAYBILL_DRAFT_09, DKIM2_SIGNATURE_EXPIRED, 1, "",
     "FAIL: DKIM2-Signature i=1 signature expired"},
    {WAYBILL_DRAFT_09, DKIM2_MAIL_FROM_MISMATCH, 2, "a\r\n<n>\xFF@b",
     "FAIL: DKIM2-Signature i=2 MAIL FROM a\\x0D\\x0A<n>\\xFF@b did not match"},
    {WAYBILL_DRAFT_06, DKIM2_KEY_NOT_FETCHED, 50, "s.t",
     "TEMPERROR: DKIM2-Signature i=50 public key s.t could not be fetched"},
};

static void texts(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    for (size_t i = 0; i < sizeof text_cases / sizeof text_cases[0]; i++) {
        const struct text_case *c = &text_cases[i];
        assert_string_equal(dkim2_finding_text(&arena, dkim2_draft_of(c->draft), c->finding,
                                               c->number, slice_str(c->value)),
                            c->text);
    }
    arena_free(&arena);
}

/* Every finding has its sentence, and a sentence begins with its state. */
static void whole(void **state)
{
    (void)state;
    static const char *const words[] = {
        [WAYBILL_RESULT_NONE] = "NONE: ",           [WAYBILL_RESULT_PASS] = "PASS: ",
        [WAYBILL_RESULT_FAIL] = "FAIL: ",           [WAYBILL_RESULT_TEMPERROR] = "TEMPERROR: ",
        [WAYBILL_RESULT_PERMERROR] = "PERMERROR: ",
    };
    for (size_t d = WAYBILL_DRAFT_06; d <= WAYBILL_DRAFT_09; d++)
        for (size_t f = 0; f < DKIM2_FINDINGS; f++) {
            const struct dkim2_draft *draft = dkim2_draft_of((enum waybill_draft)d);
            const char *text = draft->findings[f].text;
            assert_non_null(text);
            assert_true(slice_starts(slice_str(text), slice_str(words[draft->findings[f].state])));
        }
}

static void long_values(void **state)
{
    (void)state;
    char value[4000];
    memset(value, '\n', sizeof value);
    struct arena arena = arena_new();
    const char *text = dkim2_finding_text(&arena, dkim2_draft_of(WAYBILL_DRAFT_09),
                                          DKIM2_RCPT_TO_MISMATCH, 1, slice_of(value, sizeof value));
    assert_int_equal(strlen(text),
                     strlen("FAIL: DKIM2-Signature i=1 RCPT TO  did not match") + (size_t)4 * 256);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(texts),
        cmocka_unit_test(whole),
        cmocka_unit_test(long_values),
    };
    return cmocka_run_group_tests_name("dkim2_draft", tests, NULL, NULL);
}
