#include "crypto/keyring.h"

#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct crypto *crypto;
static struct keyring *ring;

enum { MOST = 4 };

static int open_ring(void **state)
{
    (void)state;
    return crypto_new(&crypto) == WAYBILL_OK && keyring_new(crypto, MOST, &ring) == WAYBILL_OK ? 0
                                                                                               : -1;
}

static int close_ring(void **state)
{
    (void)state;
    keyring_free(ring);
    crypto_free(crypto);
    return 0;
}

/* The text of the Ed25519 key that is number i of the test, with `pad` spaces in it. */
static struct slice text_of(struct buffer *buffer, size_t i, size_t pad)
{
    uint8_t octets[32] = {(uint8_t)i, (uint8_t)(i >> 8), (uint8_t)(i >> 16)};
    *buffer = buffer_new(1 << 17);
    for (; pad > 0; pad--)
        buffer_add_octet(buffer, ' ');
    base64_encode(buffer, slice_of(octets, sizeof octets));
    return buffer_slice(buffer);
}

static struct public_key *find_padded(size_t i, size_t pad)
{
    struct buffer buffer;
    struct public_key *key = NULL;
    enum key_problem problem;
    assert_int_equal(keyring_find(ring, KEY_ED25519, text_of(&buffer, i, pad), &key, &problem),
                     WAYBILL_OK);
    assert_int_equal(problem, KEY_FINE);
    assert_non_null(key);
    buffer_free(&buffer);
    return key;
}

static struct public_key *find(size_t i)
{
    return find_padded(i, 0);
}

/* Whether the key was there, which leaves it the newest. */
static bool was_kept(size_t i)
{
    uint64_t before = keyring_parsed(ring);
    find(i);
    return keyring_parsed(ring) == before;
}

static void parsed_once(void **state)
{
    (void)state;
    struct public_key *key = find(1);
    for (size_t i = 0; i < 10; i++)
        assert_ptr_equal(find(1), key);
    assert_int_equal(keyring_parsed(ring), 1);
    assert_int_equal(keyring_size(ring), 1);
}

static void oldest_out(void **state)
{
    (void)state;
    for (size_t i = 0; i <= MOST; i++)
        find(i);
    assert_int_equal(keyring_size(ring), MOST);
    for (size_t i = MOST; i > 0; i--)
        assert_true(was_kept(i));
    assert_false(was_kept(0));
    assert_false(was_kept(MOST)); /* the look-ups above left it the oldest */
}

static void a_look_up_makes_new(void **state)
{
    (void)state;
    for (size_t i = 0; i < MOST; i++)
        find(i);
    find(0);
    find(2);
    find(100);
    assert_true(was_kept(0));
    assert_true(was_kept(2));
    assert_true(was_kept(3));
    assert_false(was_kept(1));
}

static void kinds_are_apart(void **state)
{
    (void)state;
    struct buffer buffer;
    struct slice text = text_of(&buffer, 7, 0);
    struct public_key *key;
    enum key_problem problem;
    find(7);
    assert_int_equal(keyring_find(ring, KEY_RSA, text, &key, &problem), WAYBILL_OK);
    assert_int_equal(problem, KEY_MALFORMED);
    assert_null(key);
    assert_int_equal(keyring_parsed(ring), 2);
    assert_true(was_kept(7));
    buffer_free(&buffer);
}

static const struct problem_case {
    const char *name, *text;
    enum key_kind kind;
    enum key_problem problem;
} problem_cases[] = {
    {"no base64", "this is *no* base64", KEY_RSA, KEY_MALFORMED},
    {"padding left out", "MAYCAQMCAQM", KEY_RSA, KEY_MALFORMED},
    {"base64 of no key", "AAAA", KEY_RSA, KEY_MALFORMED},
    {"nothing", "", KEY_RSA, KEY_MALFORMED},
    {"modulus of two bits", "MAYCAQMCAQM=", KEY_RSA, KEY_TOO_SHORT},
    {"Ed25519 too short", "AAAA", KEY_ED25519, KEY_MALFORMED},
};

static void problems_are_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof problem_cases / sizeof problem_cases[0]; i++) {
        const struct problem_case *c = &problem_cases[i];
        uint64_t before = keyring_parsed(ring);
        for (size_t again = 0; again < 2; again++) {
            struct public_key *key;
            enum key_problem problem;
            enum waybill_status status =
                keyring_find(ring, c->kind, slice_str(c->text), &key, &problem);
            if (status != WAYBILL_OK || problem != c->problem || key)
                fail_msg("%s: %s", c->name, key_problem_text(problem));
        }
        if (keyring_parsed(ring) != before + 1)
            fail_msg("%s: parsed again", c->name);
    }
}

static void white_space_inside(void **state)
{
    (void)state;
    struct public_key *key;
    enum key_problem problem;
    struct slice folded = SLICE("11qYAYKxCrfVS/7TyWQH\r\n\tOg7hcvPapiMlrwIaaPcHURo =");
    assert_int_equal(keyring_find(ring, KEY_ED25519, folded, &key, &problem), WAYBILL_OK);
    assert_int_equal(problem, KEY_FINE);
    assert_int_equal(public_key_bits(key), 256);
}

/* Texts that white space makes long do not make the ring large. */
static void long_texts_crowd_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < MOST; i++)
        find(i);
    find_padded(9, 65000);
    assert_int_equal(keyring_size(ring), 1);
    find(1);
    assert_int_equal(keyring_size(ring), 1);
    find(2);
    assert_int_equal(keyring_size(ring), 2);
}

static void ten_thousand(void **state)
{
    (void)state;
    struct keyring *first = ring;
    assert_int_equal(keyring_new(crypto, 16, &ring), WAYBILL_OK);
    for (size_t i = 0; i < 10000; i++) {
        find(i);
        assert_int_equal(keyring_size(ring), i < 16 ? i + 1 : 16);
    }
    assert_int_equal(keyring_parsed(ring), 10000);
    for (size_t i = 9984; i < 10000; i++)
        assert_true(was_kept(i));
    keyring_free(ring);
    ring = first;
}

static void none_at_all(void **state)
{
    (void)state;
    struct keyring *empty;
    assert_int_equal(keyring_new(crypto, 0, &empty), WAYBILL_MISUSE);
    assert_null(empty);
    keyring_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(parsed_once, open_ring, close_ring),
        cmocka_unit_test_setup_teardown(oldest_out, open_ring, close_ring),
        cmocka_unit_test_setup_teardown(a_look_up_makes_new, open_ring, close_ring),
        cmocka_unit_test_setup_teardown(kinds_are_apart, open_ring, close_ring),
        cmocka_unit_test_setup_teardown(problems_are_kept, open_ring, close_ring),
        cmocka_unit_test_setup_teardown(white_space_inside, open_ring, close_ring),
        cmocka_unit_test_setup_teardown(long_texts_crowd_out, open_ring, close_ring),
        cmocka_unit_test_setup_teardown(ten_thousand, open_ring, close_ring),
        cmocka_unit_test_setup_teardown(none_at_all, open_ring, close_ring),
    };
    return cmocka_run_group_tests_name("keyring", tests, NULL, NULL);
}
