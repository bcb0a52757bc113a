#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void assert_text(const struct buffer *b, const char *text)
{
    struct slice is = buffer_slice(b);
    if (!slice_eq(is, slice_str(text)))
        fail_msg("\"%.*s\" should be \"%s\"", SLICE_ARGS(is), text);
}

static void appends(void **state)
{
    (void)state;
    struct buffer b = buffer_new(1000);
    assert_text(&b, "");
    buffer_add(&b, SLICE("ab"));
    buffer_add(&b, slice_of(NULL, 0));
    buffer_add_str(&b, "cd");
    buffer_add_octet(&b, 'e');
    buffer_add_number(&b, UINT64_MAX);
    buffer_add_number(&b, 0);
    buffer_printf(&b, "%s=%d", "x", -1);
    assert_text(&b, "abcde184467440737095516150x=-1");
    assert_int_equal(b.status, WAYBILL_OK);
    buffer_free(&b);
    assert_text(&b, "");
    assert_int_equal(b.ceiling, 1000);
}

static const struct ceiling_case {
    const char *name;
    size_t ceiling, first, second;
    enum waybill_status status;
    size_t n;
} ceiling_cases[] = {
    {"no octet", 0, 0, 0, WAYBILL_OK, 0},
    {"one octet into none", 0, 1, 0, WAYBILL_LIMIT, 0},
    {"below a small ceiling", 10, 4, 5, WAYBILL_OK, 9},
    {"at a small ceiling", 10, 4, 6, WAYBILL_OK, 10},
    {"above a small ceiling", 10, 4, 7, WAYBILL_LIMIT, 4},
    {"far above a small ceiling", 10, 4, 200, WAYBILL_LIMIT, 4},
    {"at the first capacity", 256, 255, 1, WAYBILL_OK, 256},
    {"above the first capacity", 256, 255, 2, WAYBILL_LIMIT, 255},
    {"at a ceiling between powers", 700, 300, 400, WAYBILL_OK, 700},
    {"above a ceiling between powers", 700, 300, 401, WAYBILL_LIMIT, 300},
    {"without a ceiling", SIZE_MAX, 900, 900, WAYBILL_OK, 1800},
};

static void ceilings(void **state)
{
    (void)state;
    static const uint8_t octets[1000];
    for (size_t i = 0; i < sizeof ceiling_cases / sizeof ceiling_cases[0]; i++) {
        const struct ceiling_case *c = &ceiling_cases[i];
        struct buffer b = buffer_new(c->ceiling);
        buffer_add(&b, slice_of(octets, c->first));
        buffer_add(&b, slice_of(octets, c->second));
        if (b.status != c->status || b.n != c->n || b.capacity > c->ceiling)
            fail_msg("%s: status %d, %zu octets, room for %zu", c->name, b.status, b.n, b.capacity);
        buffer_free(&b);
        assert_int_equal(b.status, WAYBILL_OK);
    }
}

static void failure_is_remembered(void **state)
{
    (void)state;
    struct buffer b = buffer_new(4);
    buffer_add_str(&b, "abc");
    buffer_add_str(&b, "defg");
    buffer_add_octet(&b, 'h'); /* would fit */
    buffer_add_number(&b, 1);
    buffer_printf(&b, "x");
    buffer_add_escaped(&b, SLICE("\\"));
    assert_false(buffer_reserve(&b, 0));
    assert_int_equal(b.status, WAYBILL_LIMIT);
    assert_text(&b, "abc");
    buffer_free(&b);
    buffer_add_str(&b, "abcd");
    assert_text(&b, "abcd");
    buffer_free(&b);
}

static void reserve(void **state)
{
    (void)state;
    struct buffer b = buffer_new(SIZE_MAX);
    assert_true(buffer_reserve(&b, 0));
    assert_true(buffer_reserve(&b, 300));
    assert_true(b.capacity >= 300);
    assert_int_equal(b.n, 0);
    buffer_add_octet(&b, 'x');
    assert_false(buffer_reserve(&b, SIZE_MAX));
    assert_int_equal(b.status, WAYBILL_LIMIT);
    buffer_free(&b);
}

static void long_printf_is_cut(void **state)
{
    (void)state;
    struct buffer b = buffer_new(SIZE_MAX);
    buffer_printf(&b, "%1023d", 1);
    assert_int_equal(b.n, 1023);
    buffer_free(&b);
    buffer_printf(&b, "%2000d", 1);
    assert_int_equal(b.n, 1023);
    assert_int_equal(b.p[1022], ' ');
    buffer_free(&b);
}

static const struct escape_case {
    const char *name;
    struct slice text;
    const char *escaped;
} escape_cases[] = {
    {"nothing", {(const uint8_t *)"", 0}, ""},
    {"printable", {(const uint8_t *)"a b~\"", 5}, "a b~\""},
    {"backslash", {(const uint8_t *)"a\\n", 3}, "a\\\\n"},
    {"line end", {(const uint8_t *)"a\r\nb", 4}, "a\\x0D\\x0Ab"},
    {"tab, NUL and DEL", {(const uint8_t *)"\t\0\x7F", 3}, "\\x09\\x00\\x7F"},
    {"escape sequence", {(const uint8_t *)"\x1B[2J", 4}, "\\x1B[2J"},
    {"UTF-8", {(const uint8_t *)"\xC3\xB6\xF0\x9F\x93\xAC", 6}, "\xC3\xB6\xF0\x9F\x93\xAC"},
    {"Latin-1", {(const uint8_t *)"\xF6x", 2}, "\\xF6x"},
    {"UTF-8 cut short", {(const uint8_t *)"\xE2\x82", 2}, "\\xE2\\x82"},
    {"C1 control", {(const uint8_t *)"\xC2\x9B", 2}, "\\xC2\\x9B"},
    {"right to left override", {(const uint8_t *)"\xE2\x80\xAE", 3}, "\\xE2\\x80\\xAE"},
};

static void escapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof escape_cases / sizeof escape_cases[0]; i++) {
        const struct escape_case *c = &escape_cases[i];
        struct buffer b = buffer_new(1000);
        buffer_add_escaped(&b, c->text);
        if (!slice_eq(buffer_slice(&b), slice_str(c->escaped)))
            fail_msg("%s: %.*s", c->name, SLICE_ARGS(b));
        buffer_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends),
        cmocka_unit_test(ceilings),
        cmocka_unit_test(failure_is_remembered),
        cmocka_unit_test(reserve),
        cmocka_unit_test(long_printf_is_cut),
        cmocka_unit_test(escapes),
    };
    return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
