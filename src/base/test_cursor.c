#include "base/cursor.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void empty(void **state)
{
    (void)state;
    struct cursor c = cursor_new(slice_of(NULL, 0));
    assert_true(cursor_done(&c));
    assert_int_equal(cursor_peek(&c), CURSOR_END);
    assert_int_equal(cursor_take(&c), CURSOR_END);
    assert_false(cursor_accept(&c, 0));
    assert_int_equal(cursor_while(&c, octet_is_digit).n, 0);
    assert_int_equal(cursor_until(&c, ';').n, 0);
    assert_int_equal(cursor_rest(&c).n, 0);
    assert_int_equal(c.at, 0);
}

static void one_by_one(void **state)
{
    (void)state;
    struct cursor c = cursor_new(SLICE("a\0\xFF"));
    assert_int_equal(cursor_peek(&c), 'a');
    assert_int_equal(cursor_take(&c), 'a');
    assert_int_equal(cursor_take(&c), 0);
    assert_false(cursor_done(&c));
    /* The octet 0xFF is not the end. */
    assert_int_equal(cursor_peek(&c), 0xFF);
    assert_true(cursor_accept(&c, 0xFF));
    assert_true(cursor_done(&c));
    assert_false(cursor_accept(&c, 0xFF));
    assert_int_equal(cursor_take(&c), CURSOR_END);
    assert_int_equal(c.at, 3);
}

static void refused_octet_stays(void **state)
{
    (void)state;
    struct cursor c = cursor_new(SLICE("ab"));
    assert_false(cursor_accept(&c, 'b'));
    assert_true(cursor_accept(&c, 'a'));
    assert_true(cursor_accept(&c, 'b'));
}

static void runs(void **state)
{
    (void)state;
    struct cursor c = cursor_new(SLICE("12ab;;cd"));
    assert_true(slice_eq(cursor_while(&c, octet_is_digit), SLICE("12")));
    assert_true(slice_eq(cursor_while(&c, octet_is_digit), SLICE("")));
    assert_true(slice_eq(cursor_until(&c, ';'), SLICE("ab")));
    assert_true(slice_eq(cursor_until(&c, ';'), SLICE("")));
    assert_true(cursor_accept(&c, ';'));
    assert_true(slice_eq(cursor_rest(&c), SLICE(";cd")));
    assert_true(cursor_accept(&c, ';'));
    assert_true(slice_eq(cursor_until(&c, ';'), SLICE("cd")));
    assert_true(cursor_done(&c));
}

static void since(void **state)
{
    (void)state;
    struct cursor c = cursor_new(SLICE("abc"));
    size_t from = c.at;
    assert_int_equal(cursor_since(&c, from).n, 0);
    cursor_take(&c);
    cursor_take(&c);
    assert_true(slice_eq(cursor_since(&c, from), SLICE("ab")));
    assert_true(slice_eq(cursor_since(&c, 1), SLICE("b")));
}

static void copy_looks_ahead(void **state)
{
    (void)state;
    struct cursor c = cursor_new(SLICE("abc"));
    struct cursor ahead = c;
    cursor_until(&ahead, 'c');
    assert_int_equal(ahead.at, 2);
    assert_int_equal(cursor_peek(&c), 'a');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty),
        cmocka_unit_test(one_by_one),
        cmocka_unit_test(refused_octet_stays),
        cmocka_unit_test(runs),
        cmocka_unit_test(since),
        cmocka_unit_test(copy_looks_ahead),
    };
    return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
