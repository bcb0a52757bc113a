#include "base/path.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void folder(void **state)
{
    (void)state;
    assert_true(slice_eq(path_folder(SLICE("a/b/c")), SLICE("a/b/")));
    assert_true(slice_eq(path_folder(SLICE("/c")), SLICE("/")));
    assert_true(slice_eq(path_folder(SLICE("c")), SLICE("")));
    assert_true(slice_eq(path_folder(SLICE("")), SLICE("")));
}

static void place(void **state)
{
    static const struct {
        const char *folder, *name, *placed;
    } cases[] = {
        {"a/", "b", "a/b"},       {"a/", "b/c", "a/b/c"}, {"a/", "/b", "/b"},
        {"a/", "../b", "a/../b"}, {"", "b", "b"},         {"/", "b", "/b"},
    };
    struct arena arena = arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice placed;
        assert_true(
            path_place(&arena, slice_str(cases[i].folder), slice_str(cases[i].name), &placed));
        assert_string_equal((const char *)placed.p, cases[i].placed);
    }
    arena_free(&arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(folder), cmocka_unit_test(place)};
    return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
