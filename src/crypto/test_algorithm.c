#include "crypto/algorithm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct name_case {
    const char *name; /* the value of a=, and the case's name */
    bool known;
    enum key_kind key;
    bool recognised_only, dkim, dkim2, pure;
} name_cases[] = {
    {.name = "rsa-sha256", .known = true, .key = KEY_RSA, .dkim = true, .dkim2 = true},
    {.name = "ed25519-sha256", .known = true, .key = KEY_ED25519, .dkim = true, .dkim2 = true},
    {.name = "rsa-sha1", .known = true, .key = KEY_RSA, .recognised_only = true, .dkim = true},
    {.name = "mldsa44", .known = true, .key = KEY_MLDSA44, .dkim2 = true, .pure = true},
    {.name = "RSA-SHA256"},
    {.name = "rsa-sha256 "},
    {.name = "rsa-sha25"},
    {.name = "rsa"},
    {.name = "ed25519-sha512"},
    {.name = ""},
};

static void names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof name_cases / sizeof name_cases[0]; i++) {
        const struct name_case *c = &name_cases[i];
        const struct algorithm *a = algorithm_find(slice_str(c->name));
        if ((a != NULL) != c->known)
            fail_msg("'%s' is %sfound", c->name, a ? "" : "not ");
        if (!a)
            continue;
        if (a->key != c->key || a->recognised_only != c->recognised_only || a->dkim != c->dkim ||
            a->dkim2 != c->dkim2 || a->pure != c->pure)
            fail_msg("'%s' has another row", c->name);
        assert_string_equal(a->name, c->name);
    }
}

static void names_need_no_end(void **state)
{
    (void)state;
    struct slice name = slice_sub(SLICE("rsa-sha256:and more"), 0, strlen("rsa-sha256"));
    assert_string_equal(algorithm_find(name)->name, "rsa-sha256");
    assert_null(algorithm_find(SLICE("rsa-sha256\0")));
}

static void rows_of_keys(void **state)
{
    (void)state;
    assert_string_equal(algorithm_of_key(KEY_RSA)->name, "rsa-sha256");
    assert_string_equal(algorithm_of_key(KEY_ED25519)->name, "ed25519-sha256");
    assert_null(algorithm_of_key(KEY_MLDSA44));
    assert_string_equal(algorithm_of_kind(KEY_RSA)->name, "rsa-sha256");
    assert_string_equal(algorithm_of_kind(KEY_MLDSA44)->name, "mldsa44");
}

static void kinds(void **state)
{
    (void)state;
    static const char *const texts[KEY_KINDS] = {"rsa", "ed25519", "mldsa44"};
    for (size_t i = 0; i < KEY_KINDS; i++) {
        enum key_kind found = KEY_KINDS;
        assert_string_equal(key_kind_text((enum key_kind)i), texts[i]);
        assert_true(key_kind_find(slice_str(texts[i]), &found));
        assert_int_equal(found, i);
    }
    enum key_kind untouched = KEY_ED25519;
    assert_false(key_kind_find(SLICE("RSA"), &untouched));
    assert_false(key_kind_find(SLICE(""), &untouched));
    assert_int_equal(untouched, KEY_ED25519);
    assert_string_equal(digest_kind_text(DIGEST_SHA256), "sha256");
    assert_string_equal(digest_kind_text(DIGEST_SHA512), "sha512");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(names_need_no_end),
        cmocka_unit_test(rows_of_keys),
        cmocka_unit_test(kinds),
    };
    return cmocka_run_group_tests_name("algorithm", tests, NULL, NULL);
}
