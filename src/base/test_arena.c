#include "base/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>

#include <cmocka.h>

static bool all_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != 0)
            return false;
    return true;
}

static void zeroed_aligned_apart(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 15, 16, 17, 100, 1007, 1008, 1009, 4032, 5000, 100000};
    struct arena arena = arena_new();
    uint8_t *got[200];
    for (size_t i = 0; i < 200; i++) {
        size_t n = sizes[i % 12];
        got[i] = arena_alloc(&arena, n);
        assert_non_null(got[i]);
        assert_int_equal((uintptr_t)got[i] % alignof(max_align_t), 0);
        assert_true(all_zero(got[i], n));
        memset(got[i], (int)(i + 1), n);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t k = 0; k < sizes[i % 12]; k++)
            assert_int_equal(got[i][k], (uint8_t)(i + 1));
    arena_free(&arena);
}

static void large_leaves_the_small_chunk(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    uint8_t *before = arena_alloc(&arena, 16);
    size_t left = arena.left;
    assert_non_null(arena_alloc(&arena, 1 << 20));
    assert_int_equal(arena.left, left);
    assert_ptr_equal(arena_alloc(&arena, 16), before + 16);
    arena_free(&arena);
}

static void free_is_empty_again(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    arena_free(&arena);
    assert_non_null(arena_alloc(&arena, 1));
    arena_free(&arena);
    assert_null(arena.chunks);
    assert_int_equal(arena.left, 0);
    assert_non_null(arena_alloc(&arena, 1));
    arena_free(&arena);
}

static void too_much_is_null(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    /* Those that overflow with the rounding and the chunk's own octets. */
    for (size_t less = 0; less < 2 * alignof(max_align_t) - 1; less++)
        assert_null(arena_alloc(&arena, SIZE_MAX - less));
    assert_null(arena_array(&arena, SIZE_MAX / 2, 3));
    assert_null(arena_array(&arena, 3, SIZE_MAX / 2));
    assert_null(arena_array(&arena, SIZE_MAX, SIZE_MAX));
    assert_non_null(arena_array(&arena, 0, SIZE_MAX));
    assert_non_null(arena_array(&arena, SIZE_MAX, 0));
    struct slice out;
    assert_false(arena_copy(&arena, slice_of("", SIZE_MAX), &out));
    arena_free(&arena);
}

static void copy(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct slice text = SLICE("a\0b"), out;
    assert_true(arena_copy(&arena, text, &out));
    assert_true(slice_eq(out, text));
    assert_ptr_not_equal(out.p, text.p);
    assert_int_equal(out.p[3], 0);
    assert_true(arena_copy(&arena, slice_of(NULL, 0), &out));
    assert_int_equal(out.n, 0);
    assert_int_equal(out.p[0], 0);
    arena_free(&arena);
}

static void formatted(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    assert_string_equal(arena_printf(&arena, "%s", ""), "");
    assert_string_equal(arena_printf(&arena, "i=%d of %s", 2, "lists.example"),
                        "i=2 of lists.example");
    const char *wide = arena_printf(&arena, "%5000d", 7);
    assert_int_equal(strlen(wide), 5000);
    assert_int_equal(wide[4999], '7');
    arena_free(&arena);
}

static void join(void **state)
{
    (void)state;
    const struct slice parts[] = {SLICE("ab"), {NULL, 0}, SLICE("c")};
    struct arena arena = arena_new();
    struct slice joined;
    assert_true(arena_join(&arena, parts, 3, &joined));
    assert_int_equal(joined.n, 3);
    assert_string_equal((const char *)joined.p, "abc");
    assert_true(arena_join(&arena, parts, 0, &joined));
    assert_int_equal(joined.n, 0);
    assert_string_equal((const char *)joined.p, "");
    arena_free(&arena);
}

static void grown(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    struct arena arena = arena_new();
    size_t *all = NULL;
    for (size_t n = 0; n < MANY; n++) {
        all = arena_grown(&arena, all, n, sizeof *all);
        assert_non_null(all);
        assert_int_equal(all[n], 0);
        all[n] = n + 1;
    }
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(all[i], i + 1);
    assert_null(arena_grown(&arena, all, (size_t)1 << 63, sizeof *all));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(join),
        cmocka_unit_test(zeroed_aligned_apart),
        cmocka_unit_test(large_leaves_the_small_chunk),
        cmocka_unit_test(free_is_empty_again),
        cmocka_unit_test(too_much_is_null),
        cmocka_unit_test(copy),
        cmocka_unit_test(formatted),
        cmocka_unit_test(grown),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
