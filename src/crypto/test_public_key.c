#include "crypto/public_key.h"

#include "base/buffer.h"
#include "crypto/private_key.h"

#include <openssl/err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct crypto *crypto;
static struct arena arena;

static int open_crypto(void **state)
{
    (void)state;
    arena = arena_new();
    return crypto_new(&crypto) == WAYBILL_OK ? 0 : -1;
}

/* libcrypto's queue of errors must not have grown, whatever the test did. */
static int close_crypto(void **state)
{
    (void)state;
    arena_free(&arena);
    crypto_free(crypto);
    return ERR_peek_error() == 0 ? 0 : -1;
}

/* --- DER to order ----------------------------------------------------------------------------- */

static struct slice joined(struct slice a, struct slice b)
{
    uint8_t *p = arena_alloc(&arena, a.n + b.n);
    assert_non_null(p);
    memcpy(p, a.p, a.n);
    memcpy(p + a.n, b.p, b.n);
    return slice_of(p, a.n + b.n);
}

static struct slice value(uint8_t tag, struct slice contents)
{
    uint8_t head[] = {tag, 0x82, (uint8_t)(contents.n >> 8), (uint8_t)contents.n};
    struct slice length = slice_of(head, 4);
    if (contents.n < 0x80) {
        head[1] = (uint8_t)contents.n;
        length.n = 2;
    } else if (contents.n < 0x100) {
        head[1] = 0x81;
        head[2] = (uint8_t)contents.n;
        length.n = 3;
    }
    return joined(length, contents);
}

/* An INTEGER of this many bits, all ones but the lowest, which is `odd`. */
static struct slice number(size_t bits, bool odd)
{
    size_t n = bits / 8 + 1;
    uint8_t *p = arena_alloc(&arena, n);
    assert_non_null(p);
    memset(p, 0xFF, n);
    p[0] = (uint8_t)((1u << bits % 8) - 1);
    if (bits > 0 && !odd)
        p[n - 1] ^= 1;
    return value(0x02, slice_of(p, n));
}

static struct slice rsa_public_key(struct slice modulus, struct slice exponent)
{
    return value(0x30, joined(modulus, exponent));
}

#define RSA_OID "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01"
#define PSS_OID "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0A"
#define NO_PARAMETERS "\x05\x00"

static struct slice subject_key(struct slice algorithm, uint8_t unused_bits, struct slice key)
{
    struct slice bits = value(0x03, joined(slice_of(&unused_bits, 1), key));
    return value(0x30, joined(value(0x30, algorithm), bits));
}

/* --- RSA keys and their limits ---------------------------------------------------------------- */

static const struct limit_case {
    const char *name;
    size_t modulus_bits, exponent_bits;
    bool modulus_even, exponent_even;
    enum key_problem problem;
} limit_cases[] = {
    {"512 bits", 512, 17, false, false, KEY_TOO_SHORT},
    {"modulus zero", 0, 17, false, false, KEY_TOO_SHORT},
    {"1023 bits", 1023, 17, false, false, KEY_TOO_SHORT},
    {"1024 bits", 1024, 17, false, false, KEY_FINE},
    {"1025 bits", 1025, 17, false, false, KEY_FINE},
    {"2048 bits", 2048, 17, false, false, KEY_FINE},
    {"8192 bits", 8192, 17, false, false, KEY_FINE},
    {"8193 bits", 8193, 17, false, false, KEY_TOO_LONG},
    {"65535 bits", 65535, 17, false, false, KEY_TOO_LONG},
    {"modulus even", 2048, 17, true, false, KEY_EVEN},
    {"exponent zero", 2048, 0, false, false, KEY_EXPONENT},
    {"exponent 1", 2048, 1, false, false, KEY_EXPONENT},
    {"exponent 2", 2048, 2, false, true, KEY_EXPONENT},
    {"exponent 3", 2048, 2, false, false, KEY_FINE},
    {"exponent even", 2048, 17, false, true, KEY_EXPONENT},
    {"exponent of 32 bits", 2048, 32, false, false, KEY_FINE},
    {"exponent of 33 bits", 2048, 33, false, false, KEY_EXPONENT},
    {"exponent of 3071 bits", 3072, 3071, false, false, KEY_EXPONENT},
};

static void assert_parsed(const char *name, enum key_kind kind, struct slice octets,
                          enum key_problem expected, unsigned bits)
{
    struct public_key *key = NULL;
    enum key_problem problem;
    if (public_key_parse(crypto, kind, octets, &key, &problem) != WAYBILL_OK)
        fail_msg("%s: an error", name);
    if (problem != expected)
        fail_msg("%s: %s", name, key_problem_text(problem));
    if ((key != NULL) != (expected == KEY_FINE))
        fail_msg("%s: %s key", name, key ? "a" : "no");
    if (key && (public_key_bits(key) != bits || public_key_kind(key) != kind))
        fail_msg("%s: a key of %u bits", name, public_key_bits(key));
    public_key_free(key);
}

static void limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof limit_cases / sizeof limit_cases[0]; i++) {
        const struct limit_case *c = &limit_cases[i];
        struct slice key = rsa_public_key(number(c->modulus_bits, !c->modulus_even),
                                          number(c->exponent_bits, !c->exponent_even));
        unsigned bits = (unsigned)c->modulus_bits;
        assert_parsed(c->name, KEY_RSA, key, c->problem, bits);
        struct slice spki = subject_key(SLICE(RSA_OID NO_PARAMETERS), 0, key);
        assert_parsed(c->name, KEY_RSA, spki, c->problem, bits);
    }
}

/* --- forms of an RSA key ---------------------------------------------------------------------- */

static struct slice usual(void)
{
    return rsa_public_key(number(2048, true), number(17, true));
}

static void forms(void **state)
{
    (void)state;
    struct slice rsa = SLICE(RSA_OID NO_PARAMETERS), zero = slice_of("\0", 1), key = usual();
    struct slice spki = subject_key(rsa, 0, key), three = number(2, true);
    struct slice negative = SLICE("\x02\x02\x80\x01"), no_octets = SLICE("\x02\x00");
    struct slice padded = SLICE("\x02\x05\x00\x00\x01\x00\x01");
    const struct {
        const char *name;
        struct slice octets;
        enum key_problem problem;
    } cases[] = {
        {"RSAPublicKey", key, KEY_FINE},
        {"SubjectPublicKeyInfo", spki, KEY_FINE},
        {"parameters left out", subject_key(SLICE(RSA_OID), 0, key), KEY_FINE},
        {"leading zeros in a number", rsa_public_key(number(2048, true), padded), KEY_FINE},
        {"nothing", SLICE(""), KEY_MALFORMED},
        {"an octet behind RSAPublicKey", joined(key, zero), KEY_MALFORMED},
        {"an octet behind SubjectPublicKeyInfo", joined(spki, zero), KEY_MALFORMED},
        {"an octet behind the key in the bits", subject_key(rsa, 0, joined(key, zero)),
         KEY_MALFORMED},
        {"a third number", value(0x30, joined(joined(number(2048, true), three), three)),
         KEY_MALFORMED},
        {"one number", value(0x30, number(2048, true)), KEY_MALFORMED},
        {"unused bits", subject_key(rsa, 1, key), KEY_MALFORMED},
        {"RSASSA-PSS", subject_key(SLICE(PSS_OID NO_PARAMETERS), 0, key), KEY_MALFORMED},
        {"other parameters", subject_key(SLICE(RSA_OID "\x02\x01\x01"), 0, key), KEY_MALFORMED},
        {"NULL that holds something", subject_key(SLICE(RSA_OID "\x05\x01\x01"), 0, key),
         KEY_MALFORMED},
        {"something behind the parameters",
         subject_key(SLICE(RSA_OID NO_PARAMETERS NO_PARAMETERS), 0, key), KEY_MALFORMED},
        {"negative exponent", rsa_public_key(number(2048, true), negative), KEY_MALFORMED},
        {"number of no octets", rsa_public_key(number(2048, true), no_octets), KEY_MALFORMED},
        {"indefinite length", SLICE("\x30\x80\x02\x01\x03\x02\x01\x03\x00\x00"), KEY_MALFORMED},
        {"length longer than need be", SLICE("\x30\x81\x06\x02\x01\x03\x02\x01\x03"),
         KEY_MALFORMED},
        {"length with a leading zero", SLICE("\x30\x82\x00\x06\x02\x01\x03\x02\x01\x03"),
         KEY_MALFORMED},
        {"length of five octets", SLICE("\x30\x85\x01\x00\x00\x00\x00"), KEY_MALFORMED},
        {"length past the end", SLICE("\x30\x84\xFF\xFF\xFF\xFF\x02\x01\x03"), KEY_MALFORMED},
        {"length cut off", SLICE("\x30\x82\x01"), KEY_MALFORMED},
        {"a tag alone", SLICE("\x30"), KEY_MALFORMED},
        {"short but well-formed", SLICE("\x30\x06\x02\x01\x03\x02\x01\x03"), KEY_TOO_SHORT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_parsed(cases[i].name, KEY_RSA, cases[i].octets, cases[i].problem, 2048);
}

static void cut_short(void **state)
{
    (void)state;
    struct slice whole = subject_key(SLICE(RSA_OID NO_PARAMETERS), 0, usual());
    for (size_t n = 0; n < whole.n; n++)
        assert_parsed("a part of a key", KEY_RSA, slice_sub(whole, 0, n), KEY_MALFORMED, 0);
}

/* --- raw keys --------------------------------------------------------------------------------- */

static void raw_keys(void **state)
{
    (void)state;
    uint8_t octets[1313] = {0x15, 0x2A};
    enum key_problem without = crypto_has(crypto, KEY_MLDSA44) ? KEY_FINE : KEY_UNAVAILABLE;
    const struct {
        const char *name;
        enum key_kind kind;
        size_t n;
        enum key_problem problem;
        unsigned bits;
    } cases[] = {
        {"Ed25519 of 0 octets", KEY_ED25519, 0, KEY_MALFORMED, 0},
        {"Ed25519 of 31 octets", KEY_ED25519, 31, KEY_MALFORMED, 0},
        {"Ed25519 of 32 octets", KEY_ED25519, 32, KEY_FINE, 256},
        {"Ed25519 of 33 octets", KEY_ED25519, 33, KEY_MALFORMED, 0},
        {"ML-DSA-44 of 1311 octets", KEY_MLDSA44, 1311, without ? without : KEY_MALFORMED, 0},
        {"ML-DSA-44 of 1312 octets", KEY_MLDSA44, 1312, without, 0},
        {"ML-DSA-44 of 1313 octets", KEY_MLDSA44, 1313, without ? without : KEY_MALFORMED, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_parsed(cases[i].name, cases[i].kind, slice_of(octets, cases[i].n), cases[i].problem,
                      cases[i].bits);
}

/* --- signatures ------------------------------------------------------------------------------- */

/* A pair of keys and what the private one signed. */
struct pair {
    const struct algorithm *algorithm;
    struct waybill_key *private;
    struct public_key *public;
    struct slice octets, signature;
};

static struct pair pair_of(enum key_kind kind, unsigned bits)
{
    struct pair pair = {.algorithm = algorithm_of_kind(kind)};
    enum key_problem problem;
    struct slice octets;
    pair.octets = pair.algorithm->pure ? SLICE("any number of octets")
                                       : SLICE("a digest that has 32 octets, yes");
    assert_int_equal(private_key_make(crypto, kind, bits, &pair.private, NULL), WAYBILL_OK);
    assert_int_equal(private_key_public(pair.private, &arena, &octets), WAYBILL_OK);
    assert_int_equal(public_key_parse(crypto, kind, octets, &pair.public, &problem), WAYBILL_OK);
    assert_int_equal(problem, KEY_FINE);
    assert_int_equal(
        private_key_sign(pair.private, pair.algorithm, pair.octets, &arena, &pair.signature),
        WAYBILL_OK);
    return pair;
}

static void pair_free(struct pair *pair)
{
    public_key_free(pair->public);
    waybill_key_free(pair->private);
}

static bool verified(struct pair *pair, struct slice octets, struct slice signature)
{
    bool good = true;
    assert_int_equal(public_key_verify(pair->public, pair->algorithm, octets, signature, &good),
                     WAYBILL_OK);
    return good;
}

/* The octets with one bit turned over. */
static struct slice with_flip(struct slice octets, size_t bit)
{
    struct slice copy;
    assert_true(arena_copy(&arena, octets, &copy));
    ((uint8_t *)copy.p)[bit / 8] ^= (uint8_t)(1u << bit % 8);
    return copy;
}

static void try_pair(enum key_kind kind, unsigned bits)
{
    struct pair pair = pair_of(kind, bits), other = pair_of(kind, bits);
    struct slice octets = pair.octets, signature = pair.signature;
    assert_true(verified(&pair, octets, signature));
    for (size_t bit = 0; bit < octets.n * 8; bit += 37)
        assert_false(verified(&pair, with_flip(octets, bit), signature));
    for (size_t bit = 0; bit < signature.n * 8; bit += 97)
        assert_false(verified(&pair, octets, with_flip(signature, bit)));
    assert_false(verified(&pair, octets, slice_sub(signature, 0, signature.n - 1)));
    assert_false(verified(&pair, octets, joined(slice_of("\0", 1), signature)));
    assert_false(verified(&pair, octets, joined(signature, slice_of("\0", 1))));
    assert_false(verified(&pair, octets, SLICE("")));
    assert_false(verified(&pair, octets, other.signature));
    /* A key is none the worse for what it refused. */
    assert_true(verified(&pair, octets, signature));
    assert_true(verified(&other, octets, other.signature));
    assert_int_equal(ERR_peek_error(), 0);
    pair_free(&pair);
    pair_free(&other);
}

static void rsa_signatures(void **state)
{
    (void)state;
    try_pair(KEY_RSA, 1024);
    try_pair(KEY_RSA, 1031); /* a length that fills no octet */
    try_pair(KEY_RSA, 2048);
}

static void ed25519_signatures(void **state)
{
    (void)state;
    try_pair(KEY_ED25519, 0);
}

static void mldsa44_signatures(void **state)
{
    (void)state;
    if (crypto_has(crypto, KEY_MLDSA44))
        try_pair(KEY_MLDSA44, 0);
}

/* A signature is a number below the modulus (RFC 8017 section 5.2.2 step 1). */
static void rsa_signature_too_large(void **state)
{
    (void)state;
    struct pair pair = pair_of(KEY_RSA, 1024);
    uint8_t ones[128];
    memset(ones, 0xFF, sizeof ones);
    assert_false(verified(&pair, pair.octets, slice_of(ones, sizeof ones)));
    pair_free(&pair);
}

static void misuse(void **state)
{
    (void)state;
    struct pair rsa = pair_of(KEY_RSA, 1024);
    struct slice signature, octets = rsa.octets;
    const struct {
        const char *name, *algorithm;
        struct slice digest;
    } cases[] = {
        {"another kind of key", "ed25519-sha256", octets},
        {"recognised only", "rsa-sha1", octets},
        {"digest too short", "rsa-sha256", slice_sub(octets, 0, 31)},
        {"digest too long", "rsa-sha256", joined(octets, SLICE("!"))},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct algorithm *algorithm = algorithm_find(slice_str(cases[i].algorithm));
        bool good = true;
        if (public_key_verify(rsa.public, algorithm, cases[i].digest, rsa.signature, &good) !=
                WAYBILL_MISUSE ||
            good)
            fail_msg("%s: verified", cases[i].name);
        if (private_key_sign(rsa.private, algorithm, cases[i].digest, &arena, &signature) !=
            WAYBILL_MISUSE)
            fail_msg("%s: signed", cases[i].name);
    }
    pair_free(&rsa);
}

static void problems_have_texts(void **state)
{
    (void)state;
    assert_string_equal(key_problem_text(KEY_TOO_SHORT), "the RSA key is shorter than 1024 bits");
    assert_string_equal(key_problem_text(KEY_EXPONENT),
                        "the RSA exponent is even, under 3 or over 32 bits");
    for (size_t i = KEY_FINE; i <= KEY_UNAVAILABLE; i++)
        assert_non_null(key_problem_text((enum key_problem)i));
    public_key_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(limits, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(forms, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(cut_short, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(raw_keys, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(rsa_signatures, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(ed25519_signatures, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(mldsa44_signatures, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(rsa_signature_too_large, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(misuse, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(problems_have_texts, open_crypto, close_crypto),
    };
    return cmocka_run_group_tests_name("public_key", tests, NULL, NULL);
}
