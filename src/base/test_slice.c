#include "base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define S(literal)                                      \
    {                                                   \
        (const uint8_t *)(literal), sizeof(literal) - 1 \
    }

static const struct sub_case {
    const char *name;
    size_t from, n;
    const char *part;
} sub_cases[] = {
    {"all", 0, 5, "abcde"},
    {"front", 0, 2, "ab"},
    {"middle", 1, 3, "bcd"},
    {"nothing", 2, 0, ""},
    {"more than is left", 3, 9, "de"},
    {"the greatest size", 1, SIZE_MAX, "bcde"},
    {"from the end", 5, 1, ""},
    {"from behind the end", 6, 1, ""},
    {"from far behind", SIZE_MAX, SIZE_MAX, ""},
};

static void sub(void **state)
{
    (void)state;
    struct slice whole = SLICE("abcde");
    for (size_t i = 0; i < sizeof sub_cases / sizeof sub_cases[0]; i++) {
        const struct sub_case *c = &sub_cases[i];
        struct slice part = slice_sub(whole, c->from, c->n);
        if (!slice_eq(part, slice_str(c->part)))
            fail_msg("%s: %.*s", c->name, SLICE_ARGS(part));
        assert_true(part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
    }
    assert_null(slice_sub(slice_of(NULL, 0), 3, 3).p);
    assert_int_equal(slice_str(NULL).n, 0);
    assert_true(slice_eq(slice_from(whole, 3), SLICE("de")));
}

static const struct order_case {
    const char *name;
    struct slice a, b;
    int order, order_without_case;
} order_cases[] = {
    {"both empty", S(""), S(""), 0, 0},
    {"empty first", S(""), S("a"), -1, -1},
    {"equal", S("abc"), S("abc"), 0, 0},
    {"case", S("ABC"), S("abc"), -1, 0},
    {"prefix", S("ab"), S("abc"), -1, -1},
    {"prefix without case", S("AB"), S("abc"), -1, -1},
    {"longer but before", S("abc"), S("b"), -1, -1},
    {"octets are unsigned", S("a"), S("\xFF"), -1, -1},
    {"NUL counts", S("a\0b"), S("a\0c"), -1, -1},
    {"only letters have case", S("@["), S("`{"), -1, -1},
    {"no case outside ASCII", S("\xC3\x84"), S("\xC3\xA4"), -1, -1},
};

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static void order(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof order_cases / sizeof order_cases[0]; i++) {
        const struct order_case *c = &order_cases[i];
        if (sign(slice_cmp(c->a, c->b)) != c->order || sign(slice_cmp(c->b, c->a)) != -c->order)
            fail_msg("%s: order", c->name);
        if (sign(slice_casecmp(c->a, c->b)) != c->order_without_case ||
            sign(slice_casecmp(c->b, c->a)) != -c->order_without_case)
            fail_msg("%s: order without case", c->name);
        if (slice_eq(c->a, c->b) != (c->order == 0) ||
            slice_ieq(c->a, c->b) != (c->order_without_case == 0))
            fail_msg("%s: equality", c->name);
        if (c->order_without_case == 0 && slice_ihash(c->a) != slice_ihash(c->b))
            fail_msg("%s: hash", c->name);
    }
}

static const struct pair_case {
    const char *name;
    struct slice text, part;
    bool starts, iends;
} pair_cases[] = {
    {"the empty part", S("abc"), S(""), true, true},
    {"itself", S("abc"), S("abc"), true, true},
    {"front", S("abc"), S("ab"), true, false},
    {"end", S("abc"), S("bc"), false, true},
    {"end in another case", S("abc"), S("BC"), false, true},
    {"front in another case", S("abc"), S("AB"), false, false},
    {"longer", S("bc"), S("abc"), false, false},
    {"empty text", S(""), S("a"), false, false},
};

static void starts_and_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pair_cases / sizeof pair_cases[0]; i++) {
        const struct pair_case *c = &pair_cases[i];
        if (slice_starts(c->text, c->part) != c->starts)
            fail_msg("%s: slice_starts", c->name);
        if (slice_iends(c->text, c->part) != c->iends)
            fail_msg("%s: slice_iends", c->name);
    }
}

static void find(void **state)
{
    (void)state;
    struct slice s = SLICE("a;b;c");
    assert_int_equal(slice_find(s, ';', 0), 1);
    assert_int_equal(slice_find(s, ';', 1), 1);
    assert_int_equal(slice_find(s, ';', 2), 3);
    assert_int_equal(slice_find(s, ';', 4), 5);
    assert_int_equal(slice_find(s, ';', 5), 5);
    assert_int_equal(slice_find(s, ';', SIZE_MAX), 5);
    assert_int_equal(slice_find(slice_of(NULL, 0), ';', 0), 0);
}

static const struct trim_case {
    const char *text, *trimmed;
} trim_cases[] = {
    {"", ""},    {" ", ""},      {" \t\r\n", ""},         {"a", "a"},
    {" a", "a"}, {"a\r\n", "a"}, {"\r\n\ta b\t ", "a b"}, {"\va\v", "\va\v"},
};

static void trim(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof trim_cases / sizeof trim_cases[0]; i++)
        if (!slice_eq(slice_trim(slice_str(trim_cases[i].text)), slice_str(trim_cases[i].trimmed)))
            fail_msg("case %zu, which should become \"%s\"", i, trim_cases[i].trimmed);
}

static const struct number_case {
    const char *text;
    size_t digits;
    bool valid;
    uint64_t value;
} number_cases[] = {
    {"0", 1, true, 0},
    {"7", 19, true, 7},
    {"007", 3, true, 7},
    {"1700000000", 12, true, 1700000000},
    {"9999999999999999999", 19, true, UINT64_C(9999999999999999999)},
    {"", 19, false, 0},
    {"12", 1, false, 0},
    {"10000000000000000000", 19, false, 0},
    {"-1", 19, false, 0},
    {"+1", 19, false, 0},
    {" 1", 19, false, 0},
    {"1 ", 19, false, 0},
    {"1a", 19, false, 0},
    {"0x1", 19, false, 0},
    {"/", 19, false, 0},
    {":", 19, false, 0},
};

static void number(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof number_cases / sizeof number_cases[0]; i++) {
        const struct number_case *c = &number_cases[i];
        uint64_t value = 42;
        if (slice_number(slice_str(c->text), c->digits, &value) != c->valid)
            fail_msg("\"%s\" of %zu digits", c->text, c->digits);
        if (value != (c->valid ? c->value : 42))
            fail_msg("\"%s\" is %llu", c->text, (unsigned long long)value);
    }
}

static void classes(void **state)
{
    (void)state;
    for (int i = 0; i < 256; i++) {
        uint8_t c = (uint8_t)i;
        bool upper = i >= 'A' && i <= 'Z', lower = i >= 'a' && i <= 'z';
        assert_int_equal(octet_is_alpha(c), upper || lower);
        assert_int_equal(octet_is_digit(c), i >= '0' && i <= '9');
        assert_int_equal(octet_is_wsp(c), i == 32 || i == 9);
        assert_int_equal(octet_is_fws(c), i == 32 || i == 9 || i == 13 || i == 10);
        assert_int_equal(octet_lower(c), upper ? i + 32 : i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sub),     cmocka_unit_test(order), cmocka_unit_test(starts_and_ends),
        cmocka_unit_test(find),    cmocka_unit_test(trim),  cmocka_unit_test(number),
        cmocka_unit_test(classes),
    };
    return cmocka_run_group_tests_name("slice", tests, NULL, NULL);
}
