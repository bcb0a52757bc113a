#include "mail/body.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { WISHES = 8 };

/* The body's canonical form, simple or relaxed, is "0123 5\r\n" and has eight octets. */
#define BODY "0123 5\r\n\r\n"

static const struct wish_case {
    const char *name;
    struct body_wish wishes[WISHES];
    size_t n;
    const char *prefixes[WISHES]; /* what each digest is over; NULL: not met */
} cases[] = {
    {"all", {{CANON_SIMPLE, DIGEST_SHA256, false, 0}}, 1, {"0123 5\r\n"}},
    {"all, SHA-512", {{CANON_RELAXED, DIGEST_SHA512, false, 0}}, 1, {"0123 5\r\n"}},
    {"nobody", {{CANON_SIMPLE, DIGEST_SHA256, false, 0}}, 0, {NULL}},
    {"none of it", {{CANON_SIMPLE, DIGEST_SHA256, true, 0}}, 1, {""}},
    {"some", {{CANON_SIMPLE, DIGEST_SHA256, true, 3}}, 1, {"012"}},
    {"exactly all", {{CANON_SIMPLE, DIGEST_SHA256, true, 8}}, 1, {"0123 5\r\n"}},
    {"one less", {{CANON_SIMPLE, DIGEST_SHA256, true, 7}}, 1, {"0123 5\r"}},
    {"one more", {{CANON_SIMPLE, DIGEST_SHA256, true, 9}}, 1, {NULL}},
    {"far beyond", {{CANON_RELAXED, DIGEST_SHA256, true, UINT64_MAX}}, 1, {NULL}},
    {"several at once, in any order",
     {{CANON_SIMPLE, DIGEST_SHA256, true, 8},
      {CANON_SIMPLE, DIGEST_SHA256, true, 0},
      {CANON_SIMPLE, DIGEST_SHA256, false, 0},
      {CANON_SIMPLE, DIGEST_SHA256, true, 9},
      {CANON_SIMPLE, DIGEST_SHA256, true, 3},
      {CANON_SIMPLE, DIGEST_SHA256, true, 4}},
     6,
     {"0123 5\r\n", "", "0123 5\r\n", NULL, "012", "0123"}},
    {"both forms and kinds",
     {{CANON_SIMPLE, DIGEST_SHA256, true, 5},
      {CANON_RELAXED, DIGEST_SHA256, true, 5},
      {CANON_RELAXED, DIGEST_SHA512, true, 5}},
     3,
     {"0123 ", "0123 ", "0123 "}},
};

static struct crypto *crypto;

static bool is_over(const struct body_digest *d, const char *prefix)
{
    struct digest running;
    struct digest_value value;
    if (!prefix || !d->met)
        return !prefix && !d->met;
    assert_int_equal(digest_start(crypto, d->wish.digest, &running), WAYBILL_OK);
    assert_int_equal(digest_update(&running, slice_str(prefix)), WAYBILL_OK);
    assert_int_equal(digest_final(crypto, &running, &value), WAYBILL_OK);
    return slice_eq(digest_slice(&value), digest_slice(&d->value));
}

static void run(const struct wish_case *c, size_t step)
{
    struct arena arena = arena_new();
    struct body body = body_new(&arena, crypto);
    const struct body_digest *digests[WISHES];
    for (size_t i = 0; i < c->n; i++)
        assert_int_equal(body_wish(&body, c->wishes[i], &digests[i]), WAYBILL_OK);
    for (size_t at = 0; at < sizeof BODY - 1; at += step)
        assert_int_equal(body_update(&body, slice_sub(SLICE(BODY), at, step)), WAYBILL_OK);
    assert_int_equal(body_final(&body), WAYBILL_OK);
    for (size_t i = 0; i < c->n; i++)
        if (!is_over(digests[i], c->prefixes[i]))
            fail_msg("%s, by %zu: digest %zu", c->name, step, i);
    body_drop(&body);
    arena_free(&arena);
}

static void wishes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t step = 1; step < sizeof BODY; step++)
            run(&cases[i], step);
}

static void equal_wishes_are_one(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct body body = body_new(&arena, crypto);
    const struct body_digest *a, *b, *c;
    struct body_wish all = {CANON_SIMPLE, DIGEST_SHA256, false, 0};
    struct body_wish some = {CANON_SIMPLE, DIGEST_SHA256, true, 5};
    assert_int_equal(body_wish(&body, all, &a), WAYBILL_OK);
    assert_int_equal(body_wish(&body, some, &b), WAYBILL_OK);
    assert_int_equal(body_wish(&body, all, &c), WAYBILL_OK);
    assert_ptr_equal(a, c);
    assert_int_equal(body_wish(&body, some, &c), WAYBILL_OK);
    assert_ptr_equal(b, c);
    body_drop(&body);
    arena_free(&arena);
}

/* A body without an octet; what l=0 and no l= then have. */
static void empty_body(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct body body = body_new(&arena, crypto);
    const struct body_digest *simple, *relaxed, *none, *some;
    assert_int_equal(
        body_wish(&body, (struct body_wish){CANON_SIMPLE, DIGEST_SHA256, false, 0}, &simple),
        WAYBILL_OK);
    assert_int_equal(
        body_wish(&body, (struct body_wish){CANON_RELAXED, DIGEST_SHA256, false, 0}, &relaxed),
        WAYBILL_OK);
    assert_int_equal(
        body_wish(&body, (struct body_wish){CANON_RELAXED, DIGEST_SHA256, true, 0}, &none),
        WAYBILL_OK);
    assert_int_equal(
        body_wish(&body, (struct body_wish){CANON_RELAXED, DIGEST_SHA256, true, 1}, &some),
        WAYBILL_OK);
    assert_int_equal(body_final(&body), WAYBILL_OK);
    assert_true(is_over(simple, "\r\n"));
    assert_true(is_over(relaxed, ""));
    assert_true(is_over(none, ""));
    assert_true(is_over(some, NULL));
    assert_int_equal(body_octets(&body, CANON_SIMPLE), 2);
    assert_int_equal(body_octets(&body, CANON_RELAXED), 0);
    body_drop(&body);
    arena_free(&arena);
}

static int set_up(void **state)
{
    (void)state;
    return crypto_new(&crypto) == WAYBILL_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    crypto_free(crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wishes),
        cmocka_unit_test(equal_wishes_are_one),
        cmocka_unit_test(empty_body),
    };
    return cmocka_run_group_tests_name("body", tests, set_up, tear_down);
}
