#include "crypto/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define TWO_BLOCKS "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

/* The examples of FIPS 180. */
static const struct answer_case {
    const char *name;
    enum digest_kind kind;
    const char *octets;
    const char *value; /* in hexadecimal */
} answer_cases[] = {
    {"sha256 of nothing", DIGEST_SHA256, "",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"sha256 of one block", DIGEST_SHA256, "abc",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"sha256 of two blocks", DIGEST_SHA256, TWO_BLOCKS,
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"sha512 of one block", DIGEST_SHA512, "abc",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

static struct crypto *crypto;

static int open_crypto(void **state)
{
    (void)state;
    return crypto_new(&crypto) == WAYBILL_OK ? 0 : -1;
}

static int close_crypto(void **state)
{
    (void)state;
    crypto_free(crypto);
    return 0;
}

static struct digest started(enum digest_kind kind, const char *octets)
{
    struct digest d;
    assert_int_equal(digest_start(crypto, kind, &d), WAYBILL_OK);
    assert_int_equal(digest_update(&d, slice_str(octets)), WAYBILL_OK);
    return d;
}

static void assert_final(const char *name, struct digest *d, const char *hex)
{
    struct digest_value value;
    char text[2 * DIGEST_OCTETS_MOST + 1] = "";
    assert_int_equal(digest_final(crypto, d, &value), WAYBILL_OK);
    assert_null(d->context);
    for (size_t i = 0; i < value.n; i++)
        snprintf(text + 2 * i, 3, "%02x", value.octets[i]);
    if (strcmp(text, hex) != 0)
        fail_msg("%s: %s", name, text);
    assert_int_equal(digest_slice(&value).n, strlen(hex) / 2);
}

static void known_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answer_cases / sizeof answer_cases[0]; i++) {
        const struct answer_case *c = &answer_cases[i];
        struct digest d = started(c->kind, c->octets);
        assert_int_equal(d.octets, strlen(c->octets));
        assert_final(c->name, &d, c->value);
    }
}

static void cut_anywhere(void **state)
{
    (void)state;
    struct slice whole = SLICE(TWO_BLOCKS);
    for (size_t cut = 0; cut <= whole.n; cut++) {
        struct digest d = started(DIGEST_SHA256, "");
        assert_int_equal(digest_update(&d, slice_sub(whole, 0, cut)), WAYBILL_OK);
        assert_int_equal(digest_update(&d, slice_from(whole, cut)), WAYBILL_OK);
        assert_int_equal(d.octets, whole.n);
        assert_final("two pieces", &d, answer_cases[2].value);
    }
}

static void forks_go_their_own_way(void **state)
{
    (void)state;
    struct digest stem = started(DIGEST_SHA256, "ab"), branch, twig;
    assert_int_equal(digest_fork(crypto, &stem, &branch), WAYBILL_OK);
    assert_int_equal(branch.octets, 2);
    assert_int_equal(digest_update(&branch, SLICE("X")), WAYBILL_OK);
    digest_drop(crypto, &branch);
    assert_int_equal(digest_update(&stem, SLICE("c")), WAYBILL_OK);
    assert_int_equal(digest_fork(crypto, &stem, &twig), WAYBILL_OK);
    assert_final("the stem", &stem, answer_cases[1].value);
    assert_final("a fork of what was final later", &twig, answer_cases[1].value);
}

static void contexts_are_used_again(void **state)
{
    (void)state;
    struct digest first = started(DIGEST_SHA512, "left unfinished");
    struct digest_context *context = first.context;
    digest_drop(crypto, &first);
    digest_drop(crypto, &first);
    assert_null(first.context);
    for (size_t i = 0; i < 1000; i++) {
        const struct answer_case *c = &answer_cases[i % 4];
        struct digest d = started(c->kind, c->octets);
        assert_ptr_equal(d.context, context);
        assert_final(c->name, &d, c->value);
    }
}

static void many_at_once(void **state)
{
    (void)state;
    enum { MANY = 64 };
    struct digest all[MANY];
    for (size_t i = 0; i < MANY; i++)
        all[i] = started(answer_cases[i % 4].kind, answer_cases[i % 4].octets);
    for (size_t i = 0; i < MANY; i += 2)
        assert_final(answer_cases[i % 4].name, &all[i], answer_cases[i % 4].value);
    for (size_t i = 1; i < MANY; i += 2)
        assert_final(answer_cases[i % 4].name, &all[i], answer_cases[i % 4].value);
}

static void kinds_found(void **state)
{
    (void)state;
    assert_true(crypto_has(crypto, KEY_RSA));
    assert_true(crypto_has(crypto, KEY_ED25519));
    crypto_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(known_answers, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(cut_anywhere, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(forks_go_their_own_way, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(contexts_are_used_again, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(many_at_once, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(kinds_found, open_crypto, close_crypto),
    };
    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
