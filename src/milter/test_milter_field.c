#include "milter/field.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct arrival_case {
    const char *name;
    struct slice value;
    bool leading_space;
    struct slice arrives;
} arrival_cases[] = {
    {"one line", SLICE_INIT(" a"), true, SLICE_INIT(" a")},
    {"no space", SLICE_INIT("a"), true, SLICE_INIT("a")},
    {"nothing", SLICE_INIT(""), true, SLICE_INIT("")},
    {"space not told", SLICE_INIT("a"), false, SLICE_INIT(" a")},
    {"nothing, space not told", SLICE_INIT(""), false, SLICE_INIT(" ")},
    {"LF folds", SLICE_INIT(" a\n b"), true, SLICE_INIT(" a\r\n b")},
    {"LF folds with HTAB", SLICE_INIT(" a\n\tb\n c"), true, SLICE_INIT(" a\r\n\tb\r\n c")},
    {"LF folds, space not told", SLICE_INIT("a\n b"), false, SLICE_INIT(" a\r\n b")},
    {"a fold first", SLICE_INIT("\n b"), true, SLICE_INIT("\r\n b")},
    {"CRLF stays", SLICE_INIT(" a\r\n b"), true, SLICE_INIT(" a\r\n b")},
    {"both", SLICE_INIT(" a\r\n b\n c"), true, SLICE_INIT(" a\r\n b\r\n c")},
    {"LF inside a line", SLICE_INIT(" a\nb"), true, SLICE_INIT(" a\nb")},
    {"LF last", SLICE_INIT(" a\n"), true, SLICE_INIT(" a\n")},
    {"two LF", SLICE_INIT(" a\n\n b"), true, SLICE_INIT(" a\n\r\n b")},
    {"lone CR", SLICE_INIT(" a\r b\r"), true, SLICE_INIT(" a\r b\r")},
    {"two CR", SLICE_INIT(" a\r\r\n b"), true, SLICE_INIT(" a\r\r\n b")},
};

static void arrivals(void **state)
{
    struct buffer room = buffer_new(1024);
    (void)state;
    for (size_t i = 0; i < sizeof arrival_cases / sizeof *arrival_cases; i++) {
        const struct arrival_case *c = &arrival_cases[i];
        struct slice out;
        assert_int_equal(milter_field_arrives(c->value, c->leading_space, &room, &out), WAYBILL_OK);
        if (!slice_eq(out, c->arrives))
            fail_msg("%s", c->name);
    }
    buffer_free(&room);
}

static const struct departure_case {
    const char *name;
    struct slice value;
    bool leading_space;
    struct slice leaves;
} departure_cases[] = {
    {"one line", SLICE_INIT(" a"), true, SLICE_INIT(" a")},
    {"space is the MTA's", SLICE_INIT(" a"), false, SLICE_INIT("a")},
    {"one space of two", SLICE_INIT("  a"), false, SLICE_INIT(" a")},
    {"HTAB is ours", SLICE_INIT("\ta"), false, SLICE_INIT("\ta")},
    {"no space", SLICE_INIT("a"), false, SLICE_INIT("a")},
    {"nothing but the space", SLICE_INIT(" "), false, SLICE_INIT(" ")},
    {"nothing", SLICE_INIT(""), false, SLICE_INIT("")},
    {"CRLF", SLICE_INIT(" a\r\n b\r\n\tc"), true, SLICE_INIT(" a\n b\n\tc")},
    {"LF", SLICE_INIT(" a\n b"), true, SLICE_INIT(" a\n b")},
    {"CRLF first", SLICE_INIT("\r\n b"), false, SLICE_INIT("\n b")},
};

static void departures(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof departure_cases / sizeof *departure_cases; i++) {
        const struct departure_case *c = &departure_cases[i];
        struct buffer to = buffer_new(1024);
        milter_field_leaves(c->value, c->leading_space, &to);
        if (!slice_eq(buffer_slice(&to), c->leaves))
            fail_msg("%s", c->name);
        buffer_free(&to);
    }
}

static const struct safety_case {
    struct slice name, value;
    bool safe;
} safety_cases[] = {
    {SLICE_INIT("A"), SLICE_INIT(""), true},
    {SLICE_INIT("A"), SLICE_INIT(" b\r\n c\n\td"), true},
    {SLICE_INIT("\xE9"), SLICE_INIT(" \xE9"), true},
    {SLICE_INIT(""), SLICE_INIT(" b"), false},
    {SLICE_INIT("A:"), SLICE_INIT(" b"), false},
    {SLICE_INIT("A\n"), SLICE_INIT(" b"), false},
    {SLICE_INIT("A\r"), SLICE_INIT(" b"), false},
    {SLICE_INIT("A\0"), SLICE_INIT(" b"), false},
    {SLICE_INIT("A"), SLICE_INIT(" b\0"), false},
    {SLICE_INIT("A"), SLICE_INIT(" b\n"), false},
    {SLICE_INIT("A"), SLICE_INIT(" b\r\n"), false},
    {SLICE_INIT("A"), SLICE_INIT(" b\nc"), false},
    {SLICE_INIT("A"), SLICE_INIT(" b\n\n c"), false},
    {SLICE_INIT("A"), SLICE_INIT(" b\r c"), false},
    {SLICE_INIT("A"), SLICE_INIT(" b\r"), false},
    {SLICE_INIT("A"), SLICE_INIT(" b\r\r\n c"), false},
};

static void safety(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof safety_cases / sizeof *safety_cases; i++)
        if (milter_field_is_safe(safety_cases[i].name, safety_cases[i].value) !=
            safety_cases[i].safe)
            fail_msg("case %zu", i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrivals),
        cmocka_unit_test(departures),
        cmocka_unit_test(safety),
    };
    return cmocka_run_group_tests_name("milter_field", tests, NULL, NULL);
}
