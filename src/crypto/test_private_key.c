#include "crypto/private_key.h"

#include "base/limits.h"
#include "crypto/keyring.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* RFC 8463 appendix A.2 */
#define SEED "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
#define SEED_PUBLIC "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

static struct crypto *crypto;

static int open_crypto(void **state)
{
    (void)state;
    return crypto_new(&crypto) == WAYBILL_OK ? 0 : -1;
}

/* libcrypto's queue of errors must not have grown, whatever the test did. */
static int close_crypto(void **state)
{
    (void)state;
    crypto_free(crypto);
    return ERR_peek_error() == 0 ? 0 : -1;
}

/* --- key files to order ----------------------------------------------------------------------- */

static EVP_PKEY *rsa_of(const char *type, unsigned bits, uint64_t exponent)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    BIGNUM *e = BN_new();
    assert_true(context && e && BN_set_word(e, exponent));
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, (int)bits), 1);
    assert_int_equal(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, e), 1);
    assert_int_equal(EVP_PKEY_generate(context, &key), 1);
    BN_free(e);
    EVP_PKEY_CTX_free(context);
    return key;
}

static EVP_PKEY *rsa1024(void)
{
    return rsa_of("RSA", 1024, 65537);
}

static EVP_PKEY *rsa512(void)
{
    return rsa_of("RSA", 512, 65537);
}

static EVP_PKEY *rsa_exponent_3(void)
{
    return rsa_of("RSA", 1024, 3);
}

static EVP_PKEY *rsa_exponent_long(void)
{
    return rsa_of("RSA", 1024, 0x100000001);
}

static EVP_PKEY *ed25519(void)
{
    return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static EVP_PKEY *ec(void)
{
    return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

static EVP_PKEY *rsa_pss(void)
{
    return rsa_of("RSA-PSS", 1024, 65537);
}

/* The public numbers of one key and the private ones of another. */
static EVP_PKEY *rsa_mixed(void)
{
    static const char *const names[] = {"n",
                                        "e",
                                        "d",
                                        "rsa-factor1",
                                        "rsa-factor2",
                                        "rsa-exponent1",
                                        "rsa-exponent2",
                                        "rsa-coefficient1"};
    enum { NAMES = sizeof names / sizeof names[0], PUBLIC = 2 };
    EVP_PKEY *one = rsa1024(), *other = rsa1024(), *mixed = NULL;
    BIGNUM *numbers[NAMES] = {NULL};
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    for (size_t i = 0; i < NAMES; i++) {
        assert_int_equal(EVP_PKEY_get_bn_param(i < PUBLIC ? one : other, names[i], &numbers[i]), 1);
        assert_int_equal(OSSL_PARAM_BLD_push_BN(build, names[i], numbers[i]), 1);
    }
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &mixed, EVP_PKEY_KEYPAIR, params), 1);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    for (size_t i = 0; i < NAMES; i++)
        BN_free(numbers[i]);
    EVP_PKEY_free(one);
    EVP_PKEY_free(other);
    return mixed;
}

static int put_pkcs8(BIO *out, EVP_PKEY *key)
{
    return PEM_write_bio_PKCS8PrivateKey(out, key, NULL, NULL, 0, NULL, NULL);
}

static int put_traditional(BIO *out, EVP_PKEY *key)
{
    return PEM_write_bio_PrivateKey_traditional(out, key, NULL, NULL, 0, NULL, NULL);
}

static int put_pkcs8_encrypted(BIO *out, EVP_PKEY *key)
{
    return PEM_write_bio_PKCS8PrivateKey(out, key, EVP_aes_128_cbc(), "secret", 6, NULL, NULL);
}

static int put_traditional_encrypted(BIO *out, EVP_PKEY *key)
{
    return PEM_write_bio_PrivateKey_traditional(out, key, EVP_aes_128_cbc(),
                                                (const unsigned char *)"secret", 6, NULL, NULL);
}

static int put_public(BIO *out, EVP_PKEY *key)
{
    return PEM_write_bio_PUBKEY(out, key);
}

static int put_behind_text(BIO *out, EVP_PKEY *key)
{
    return BIO_puts(out, "Our key.\r\n\r\n") > 0 ? put_pkcs8(out, key) : 0;
}

/* --- files ------------------------------------------------------------------------------------ */

static const struct file_case {
    const char *name;
    EVP_PKEY *(*key)(void);
    int (*put)(BIO *out, EVP_PKEY *key);
    enum waybill_status status;
    const char *why; /* NULL: a key of this kind and size */
    enum waybill_key_kind kind;
    unsigned bits;
} file_cases[] = {
    {"RSA, PKCS #8", rsa1024, put_pkcs8, WAYBILL_OK, NULL, WAYBILL_KEY_RSA, 1024},
    {"RSA, traditional", rsa1024, put_traditional, WAYBILL_OK, NULL, WAYBILL_KEY_RSA, 1024},
    {"RSA, exponent 3", rsa_exponent_3, put_pkcs8, WAYBILL_OK, NULL, WAYBILL_KEY_RSA, 1024},
    {"RSA behind a text", rsa1024, put_behind_text, WAYBILL_OK, NULL, WAYBILL_KEY_RSA, 1024},
    {"Ed25519, PKCS #8", ed25519, put_pkcs8, WAYBILL_OK, NULL, WAYBILL_KEY_ED25519, 256},
    {"RSA, PKCS #8, encrypted", rsa1024, put_pkcs8_encrypted, WAYBILL_SYNTAX,
     "the key is encrypted: write it without a pass phrase, with 'openssl pkey -in OLD -out NEW'",
     0, 0},
    {"RSA, traditional, encrypted", rsa1024, put_traditional_encrypted, WAYBILL_SYNTAX,
     "the key is encrypted: write it without a pass phrase, with 'openssl pkey -in OLD -out NEW'",
     0, 0},
    {"Ed25519, encrypted", ed25519, put_pkcs8_encrypted, WAYBILL_SYNTAX,
     "the key is encrypted: write it without a pass phrase, with 'openssl pkey -in OLD -out NEW'",
     0, 0},
    {"public RSA key", rsa1024, put_public, WAYBILL_SYNTAX,
     "this is a public key: give the private key that belongs to it", 0, 0},
    {"public Ed25519 key", ed25519, put_public, WAYBILL_SYNTAX,
     "this is a public key: give the private key that belongs to it", 0, 0},
    {"RSA of 512 bits", rsa512, put_pkcs8, WAYBILL_REFUSED,
     "the RSA key is shorter than 1024 bits: make a new key", 0, 0},
    {"RSA, exponent of 33 bits", rsa_exponent_long, put_pkcs8, WAYBILL_REFUSED,
     "the RSA exponent is even, under 3 or over 32 bits: make a new key", 0, 0},
    {"halves of two keys", rsa_mixed, put_pkcs8, WAYBILL_REFUSED,
     "the two halves of the key do not belong together: make a new key", 0, 0},
    {"EC key", ec, put_pkcs8, WAYBILL_REFUSED, "a key of type EC: use an RSA or Ed25519 key", 0, 0},
    {"RSA-PSS key", rsa_pss, put_pkcs8, WAYBILL_REFUSED,
     "a key of type RSA-PSS: use an RSA or Ed25519 key", 0, 0},
};

static void assert_outcome(const struct file_case *c, enum waybill_status status,
                           const struct waybill_key *key, const char *why)
{
    if (status != c->status || (key != NULL) != (status == WAYBILL_OK))
        fail_msg("%s: status %d, %s", c->name, status, why);
    if (strcmp(why, c->why ? c->why : "") != 0)
        fail_msg("%s: %s", c->name, why);
    if (key && (waybill_key_kind(key) != c->kind || waybill_key_bits(key) != c->bits))
        fail_msg("%s: a key of %u bits", c->name, waybill_key_bits(key));
}

static void try_text(const struct file_case *c, struct slice text)
{
    char why[160] = "";
    struct waybill_key *key, *silent;
    enum waybill_status status = private_key_read(crypto, text, &key, why);
    assert_outcome(c, status, key, why);
    waybill_key_free(key);
    assert_int_equal(private_key_read(crypto, text, &silent, NULL), status);
    waybill_key_free(silent);
    assert_int_equal(ERR_peek_error(), 0);
}

static void files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof file_cases / sizeof file_cases[0]; i++) {
        const struct file_case *c = &file_cases[i];
        EVP_PKEY *key = c->key();
        BIO *bio = BIO_new(BIO_s_mem());
        char *text;
        if (!key || c->put(bio, key) != 1)
            fail_msg("%s: cannot be made", c->name);
        long n = BIO_get_mem_data(bio, &text);
        try_text(c, slice_of(text, (size_t)n));
        BIO_free(bio);
        EVP_PKEY_free(key);
    }
}

#define NEITHER \
    "neither PEM nor the base64 of 32 octets (Ed25519): make a key with 'waybill key new'"
#define DAMAGED "the private key is damaged or of a kind libcrypto does not know: make a new one"
#define NO_KEY "no private key in this PEM text: make one with 'waybill key new'"

static const struct {
    const char *text;
    struct file_case is;
} text_cases[] = {
    {SEED, {.name = "seed", .kind = WAYBILL_KEY_ED25519, .bits = 256}},
    {"\r\n nWGxne/9WmC6hEr0kuws\r\n xERJxWl7MmkZcDusAxyuf2A=\n\n",
     {.name = "seed in white space", .kind = WAYBILL_KEY_ED25519, .bits = 256}},
    {"", {.name = "nothing", .status = WAYBILL_SYNTAX, .why = NEITHER}},
    {"AAAA", {.name = "seed too short", .status = WAYBILL_SYNTAX, .why = NEITHER}},
    {SEED_PUBLIC "AAAA", {.name = "seed and more", .status = WAYBILL_SYNTAX, .why = NEITHER}},
    {"v=DKIM1; p=" SEED_PUBLIC, {.name = "a record", .status = WAYBILL_SYNTAX, .why = NEITHER}},
    {"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----\n",
     {.name = "PKCS #8 cut short", .status = WAYBILL_SYNTAX, .why = DAMAGED}},
    {"-----BEGIN RSA PRIVATE KEY-----\n*\n-----END RSA PRIVATE KEY-----\n",
     {.name = "no base64 inside", .status = WAYBILL_SYNTAX, .why = DAMAGED}},
    {"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
     {.name = "certificate",
      .status = WAYBILL_SYNTAX,
      .why = "this is a certificate: give the private key that belongs to it"}},
    {"-----BEGIN OPENSSH PRIVATE KEY-----\nMAA=\n-----END OPENSSH PRIVATE KEY-----\n",
     {.name = "OpenSSH",
      .status = WAYBILL_SYNTAX,
      .why = "this is an OpenSSH key: make one with 'waybill key new'"}},
    {"-----BEGIN SOMETHING-----\nMAA=\n-----END SOMETHING-----\n",
     {.name = "other PEM", .status = WAYBILL_SYNTAX, .why = NO_KEY}},
    {"-----BEGIN", {.name = "a line cut off", .status = WAYBILL_SYNTAX, .why = NO_KEY}},
};

static void texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof text_cases / sizeof text_cases[0]; i++)
        try_text(&text_cases[i].is, slice_str(text_cases[i].text));
}

static void too_large(void **state)
{
    (void)state;
    char *text = malloc(LIMIT_KEY_FILE_OCTETS + 1);
    assert_non_null(text);
    memset(text, ' ', LIMIT_KEY_FILE_OCTETS + 1);
    memcpy(text, SEED, strlen(SEED));
    try_text(&text_cases[0].is, slice_of(text, LIMIT_KEY_FILE_OCTETS));
    const struct file_case refused = {
        .name = "an octet too many",
        .status = WAYBILL_SYNTAX,
        .why = "more than 65536 octets are no private key: give the key's file"};
    try_text(&refused, slice_of(text, LIMIT_KEY_FILE_OCTETS + 1));
    free(text);
}

/* --- new keys --------------------------------------------------------------------------------- */

static const struct make_case {
    const char *name;
    enum key_kind kind;
    unsigned asked, bits; /* bits 0: refused */
} make_cases[] = {
    {"RSA, unless said otherwise", KEY_RSA, 0, 2048},
    {"RSA of 1024 bits", KEY_RSA, 1024, 1024},
    {"RSA of 1023 bits", KEY_RSA, 1023, 0},
    {"RSA of 8193 bits", KEY_RSA, 8193, 0},
    {"RSA of very many bits", KEY_RSA, 4294967295, 0},
    {"RSA of 1 bit", KEY_RSA, 1, 0},
    {"Ed25519", KEY_ED25519, 0, 256},
    {"Ed25519 has one size only", KEY_ED25519, 512, 256},
};

static void make(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof make_cases / sizeof make_cases[0]; i++) {
        const struct make_case *c = &make_cases[i];
        char why[160] = "";
        struct waybill_key *key;
        enum waybill_status status = private_key_make(crypto, c->kind, c->asked, &key, why);
        if (status != (c->bits ? WAYBILL_OK : WAYBILL_REFUSED))
            fail_msg("%s: status %d, %s", c->name, status, why);
        if (key && (waybill_key_bits(key) != c->bits || private_key_kind(key) != c->kind))
            fail_msg("%s: a key of %u bits", c->name, waybill_key_bits(key));
        if (!c->bits)
            assert_string_equal(why, "an RSA key has 1024 to 8192 bits: take 2048");
        waybill_key_free(key);
    }
}

static void make_mldsa44(void **state)
{
    (void)state;
    char why[160] = "";
    struct waybill_key *key;
    enum waybill_status status = private_key_make(crypto, KEY_MLDSA44, 0, &key, why);
    if (crypto_has(crypto, KEY_MLDSA44)) {
        assert_int_equal(status, WAYBILL_OK);
        assert_int_equal(waybill_key_bits(key), 0);
    } else {
        assert_int_equal(status, WAYBILL_REFUSED);
        assert_string_equal(
            why, "the libcrypto at hand has no such algorithm: use an RSA or Ed25519 key");
    }
    waybill_key_free(key);
}

/* --- what a key becomes ----------------------------------------------------------------------- */

static void record_of_seed(void **state)
{
    (void)state;
    struct waybill_key *key;
    char *text;
    size_t n;
    assert_int_equal(private_key_read(crypto, SLICE(SEED), &key, NULL), WAYBILL_OK);
    assert_int_equal(waybill_key_record(key, &text, &n), WAYBILL_OK);
    assert_string_equal(text, "v=DKIM1; k=ed25519; p=" SEED_PUBLIC);
    assert_int_equal(n, strlen(text));
    free(text);
    waybill_key_free(key);
}

/* The key whose p= stands at the end of the record is the private one's other half. */
static void assert_publishes(struct waybill_key *key, const char *record)
{
    struct arena arena = arena_new();
    struct keyring *ring;
    struct public_key *public;
    enum key_problem problem;
    bool good;
    const struct algorithm *algorithm = algorithm_of_kind(private_key_kind(key));
    struct slice digest = SLICE("a digest that has 32 octets, yes"), signature;
    struct slice text = slice_str(strstr(record, "p=") + 2);
    assert_int_equal(keyring_new(crypto, 1, &ring), WAYBILL_OK);
    assert_int_equal(keyring_find(ring, private_key_kind(key), text, &public, &problem),
                     WAYBILL_OK);
    assert_int_equal(problem, KEY_FINE);
    assert_int_equal(private_key_sign(key, algorithm, digest, &arena, &signature), WAYBILL_OK);
    assert_int_equal(public_key_verify(public, algorithm, digest, signature, &good), WAYBILL_OK);
    assert_true(good);
    keyring_free(ring);
    arena_free(&arena);
}

static void written_and_read(void **state)
{
    (void)state;
    static const char *const begins[KEY_KINDS] = {
        "v=DKIM1; k=rsa; p=", "v=DKIM1; k=ed25519; p=", "v=DKIM1; k=mldsa44; p="};
    for (size_t i = 0; i < KEY_KINDS; i++) {
        if (!crypto_has(crypto, (enum key_kind)i))
            continue;
        struct waybill_key *key, *again;
        char *pem, *record, *same;
        size_t n, record_n, same_n;
        assert_int_equal(private_key_make(crypto, (enum key_kind)i, 1024, &key, NULL), WAYBILL_OK);
        assert_int_equal(waybill_key_write(key, &pem, &n), WAYBILL_OK);
        assert_int_equal(n, strlen(pem));
        assert_int_equal(private_key_read(crypto, slice_of(pem, n), &again, NULL), WAYBILL_OK);
        assert_int_equal(waybill_key_kind(again), waybill_key_kind(key));
        assert_string_equal(waybill_key_kind_text(waybill_key_kind(key)),
                            key_kind_text((enum key_kind)i));
        assert_int_equal(waybill_key_record(key, &record, &record_n), WAYBILL_OK);
        assert_int_equal(waybill_key_record(again, &same, &same_n), WAYBILL_OK);
        assert_string_equal(record, same);
        assert_true(slice_starts(slice_of(record, record_n), slice_str(begins[i])));
        assert_publishes(again, record);
        free(pem);
        free(record);
        free(same);
        waybill_key_free(key);
        waybill_key_free(again);
    }
    waybill_key_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(texts, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(too_large, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(make, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(make_mldsa44, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(record_of_seed, open_crypto, close_crypto),
        cmocka_unit_test_setup_teardown(written_and_read, open_crypto, close_crypto),
    };
    return cmocka_run_group_tests_name("private_key", tests, NULL, NULL);
}
