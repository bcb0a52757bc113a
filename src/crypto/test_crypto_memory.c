/*
 * Every allocation of libcrypto fails once: what cannot be computed must not be taken for a bad
 * signature or a bad key.
 */
#include "crypto/private_key.h"
#include "crypto/public_key.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static size_t countdown; /* the allocation that fails, counted from now; 0: none */

static bool fails_now(void)
{
    return countdown > 0 && --countdown == 0;
}

static void *failing_malloc(size_t n, const char *file, int line)
{
    (void)file, (void)line;
    return fails_now() ? NULL : malloc(n);
}

static void *failing_realloc(void *p, size_t n, const char *file, int line)
{
    (void)file, (void)line;
    return fails_now() ? NULL : realloc(p, n);
}

static void plain_free(void *p, const char *file, int line)
{
    (void)file, (void)line;
    free(p);
}

static struct crypto *crypto;
static struct arena arena;
static const struct algorithm *algorithm;
static struct slice digest, public_octets, signature;

static void sign_with(enum key_kind kind)
{
    struct waybill_key *key;
    algorithm = algorithm_of_kind(kind);
    digest = SLICE("a digest that has 32 octets, yes");
    arena = arena_new();
    assert_int_equal(crypto_new(&crypto), WAYBILL_OK);
    assert_int_equal(private_key_make(crypto, kind, 1024, &key, NULL), WAYBILL_OK);
    assert_int_equal(private_key_public(key, &arena, &public_octets), WAYBILL_OK);
    assert_int_equal(private_key_sign(key, algorithm, digest, &arena, &signature), WAYBILL_OK);
    waybill_key_free(key);
}

static void close_all(void)
{
    crypto_free(crypto);
    arena_free(&arena);
}

static enum waybill_status verify_anew(enum key_problem *problem, bool *good)
{
    struct public_key *key;
    enum waybill_status status =
        public_key_parse(crypto, algorithm->key, public_octets, &key, problem);
    if (status == WAYBILL_OK && key)
        status = public_key_verify(key, algorithm, digest, signature, good);
    public_key_free(key);
    return status;
}

/* `told`: libcrypto says when it could not finish a verification for want of memory. */
static void never_a_verdict(enum key_kind kind, bool told)
{
    sign_with(kind);
    bool all_done = false;
    for (size_t nth = 1; !all_done; nth++) {
        enum key_problem problem = KEY_FINE;
        bool good = false;
        countdown = nth;
        enum waybill_status status = verify_anew(&problem, &good);
        all_done = countdown > 0;
        countdown = 0;
        if (status == WAYBILL_OK && (problem != KEY_FINE || (told && !good)))
            fail_msg("allocation %zu made a verdict: %s", nth, key_problem_text(problem));
        assert_true(status == WAYBILL_OK || status == WAYBILL_NOMEM || status == WAYBILL_CRYPTO);
        ERR_clear_error(); /* some allocations libcrypto can do without, and notes all the same */
    }
    close_all();
}

static void rsa(void **state)
{
    (void)state;
    never_a_verdict(KEY_RSA, true);
}

static void ed25519(void **state)
{
    (void)state;
    never_a_verdict(KEY_ED25519, false); /* libcrypto 3.0 does not */
}

static void fetching(void **state)
{
    (void)state;
    bool all_done = false;
    for (size_t nth = 1; !all_done; nth++) {
        countdown = nth;
        enum waybill_status status = crypto_new(&crypto);
        all_done = countdown > 0;
        countdown = 0;
        assert_true((status == WAYBILL_OK) == (crypto != NULL));
        crypto_free(crypto);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rsa),
        cmocka_unit_test(ed25519),
        cmocka_unit_test(fetching),
    };
    if (!CRYPTO_set_mem_functions(failing_malloc, failing_realloc, plain_free))
        return 1;
    return cmocka_run_group_tests_name("crypto_memory", tests, NULL, NULL);
}
