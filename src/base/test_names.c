#include "base/names.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Names as members of something larger. */
struct thing {
    size_t number;
    struct slice name;
};

/* One letter a name, its position the place in the text. */
static struct names index_of(struct arena *arena, const char *letters)
{
    struct names names;
    struct slice all = slice_str(letters);
    struct thing *things = arena_array(arena, all.n, sizeof *things);
    for (size_t i = 0; i < all.n; i++)
        things[i] = (struct thing){i, slice_sub(all, i, 1)};
    assert_int_equal(names_make(arena, &things[0].name, sizeof *things, all.n, &names), WAYBILL_OK);
    return names;
}

static const struct find_case {
    const char *name, *letters, *wanted;
    size_t n, positions[4];
} find_cases[] = {
    {"in nothing", "", "a", 0, {0}},
    {"the only one", "a", "a", 1, {0}},
    {"not there", "bcd", "a", 0, {0}},
    {"one of several", "dcba", "c", 1, {1}},
    {"without case", "xAya", "a", 2, {1, 3}},
    {"asked in capitals", "xAya", "A", 2, {1, 3}},
    {"positions ascend", "abaAba", "a", 4, {0, 2, 3, 5}},
    {"the empty name", "abc", "", 0, {0}},
    {"a longer name", "abc", "ab", 0, {0}},
};

static void find(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof find_cases / sizeof find_cases[0]; i++) {
        const struct find_case *c = &find_cases[i];
        struct arena arena = arena_new();
        struct names names = index_of(&arena, c->letters);
        struct names_range range = names_find(&names, slice_str(c->wanted));
        if (range.n != c->n)
            fail_msg("%s: %zu found", c->name, range.n);
        for (size_t k = 0; k < range.n; k++)
            if (names.entries[range.first + k].position != c->positions[k])
                fail_msg("%s: position %zu", c->name, k);
        arena_free(&arena);
    }
}

enum { MANY = 200000 };

/* The i-th name, as if by chance. */
static struct slice name_of(struct arena *arena, size_t i)
{
    uint64_t x = (i % MANY + 1) * 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    return slice_str(arena_printf(arena, "%016llx", (unsigned long long)(x ^ x >> 27)));
}

/* So many that some different names have one hash. */
static void many(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct names names;
    size_t collisions = 0;
    struct slice *all = arena_array(&arena, 2 * (size_t)MANY, sizeof *all);
    for (size_t i = 0; i < 2 * (size_t)MANY; i++)
        all[i] = name_of(&arena, i);
    assert_int_equal(names_make(&arena, all, sizeof *all, 2 * (size_t)MANY, &names), WAYBILL_OK);
    for (size_t i = 0; i < MANY; i++) {
        struct names_range range = names_find(&names, name_of(&arena, i));
        assert_int_equal(range.n, 2);
        assert_int_equal(names.entries[range.first].position, i);
        assert_int_equal(names.entries[range.first + 1].position, i + MANY);
        if (range.first > 0)
            collisions += names.entries[range.first - 1].hash == names.entries[range.first].hash;
    }
    assert_true(collisions > 0);
    arena_free(&arena);
}

static void too_many(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct names names;
    struct slice name = SLICE("a");
    assert_int_equal(names_make(&arena, &name, sizeof name, SIZE_MAX / 4, &names), WAYBILL_NOMEM);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(find),
        cmocka_unit_test(many),
        cmocka_unit_test(too_many),
    };
    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
