#include "crypto/private_key.h"

#include "base/limits.h"
#include "crypto/libcrypto.h"
#include "crypto/public_key.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { RSA_BITS_USUAL = 2048 };

struct waybill_key {
    struct key_handle handle;
    uint8_t *public; /* as p= wants it after base64 */
    size_t public_n;
    bool suspect; /* libcrypto failed to sign with it: renew it first */
};

enum waybill_status private_key_refuse(enum waybill_status status, char why[160],
                                       const char *format, ...)
{
    if (!why)
        return status;
    va_list args;
    va_start(args, format);
    vsnprintf(why, 160, format, args);
    va_end(args);
    return status;
}

void waybill_key_free(struct waybill_key *key)
{
    if (!key)
        return;
    key_handle_free(&key->handle);
    OPENSSL_free(key->public);
    free(key);
}

static enum waybill_status derive_public(struct waybill_key *key)
{
    const struct key_handle *handle = &key->handle;
    if (handle->kind == KEY_RSA) { /* RFC 6376 section 3.6.1, erratum 3017 */
        int n = i2d_PUBKEY(handle->pkey, &key->public);
        key->public_n = n > 0 ? (size_t)n : 0;
        return n > 0 ? WAYBILL_OK : libcrypto_failure();
    }
    key->public_n = key_shapes[handle->kind].public_octets;
    key->public = OPENSSL_malloc(key->public_n);
    if (!key->public)
        return WAYBILL_NOMEM;
    return EVP_PKEY_get_raw_public_key(handle->pkey, key->public, &key->public_n) == 1
               ? WAYBILL_OK
               : libcrypto_failure();
}

/* A file can hold halves that do not belong together; better to learn that now than from the first
 * receiver. */
static enum waybill_status prove(struct waybill_key *key, struct public_key *public, char why[160])
{
    const struct algorithm *algorithm = algorithm_of_kind(key->handle.kind);
    const uint8_t zeros[DIGEST_OCTETS_MOST] = {0};
    struct slice digest = slice_of(zeros, digest_shapes[algorithm->digest].octets), signature;
    struct arena scratch = arena_new();
    bool good = false;
    enum waybill_status status = private_key_sign(key, algorithm, digest, &scratch, &signature);
    if (status == WAYBILL_OK)
        status = public_key_verify(public, algorithm, digest, signature, &good);
    arena_free(&scratch);
    if (good || status == WAYBILL_NOMEM)
        return status;
    return private_key_refuse(WAYBILL_REFUSED, why,
                              "the two halves of the key do not belong together: make a new key");
}

/* A key is what its public half is to a verifier: the same code judges both. */
static enum waybill_status judge(struct crypto *crypto, struct waybill_key *key, char why[160])
{
    struct public_key *public;
    enum key_problem problem;
    enum waybill_status status = public_key_parse(
        crypto, key->handle.kind, slice_of(key->public, key->public_n), &public, &problem);
    if (status != WAYBILL_OK)
        return status;
    if (problem != KEY_FINE)
        return private_key_refuse(WAYBILL_REFUSED, why, "%s: make a new key",
                                  key_problem_text(problem));
    key->handle.bits = public_key_bits(public);
    status = prove(key, public, why);
    public_key_free(public);
    return status;
}

enum waybill_status private_key_new(struct crypto *crypto, enum key_kind kind, EVP_PKEY *pkey,
                                    struct waybill_key **out, char why[160])
{
    *out = NULL;
    struct waybill_key *key = calloc(1, sizeof *key);
    if (!key) {
        EVP_PKEY_free(pkey);
        return WAYBILL_NOMEM;
    }
    key->handle = key_handle_new(kind);
    key->handle.pkey = pkey;
    enum waybill_status status = derive_public(key);
    if (status == WAYBILL_OK)
        status = judge(crypto, key, why);
    if (status != WAYBILL_OK) {
        waybill_key_free(key);
        return status;
    }
    *out = key;
    return WAYBILL_OK;
}

static enum waybill_status generate(enum key_kind kind, unsigned bits, EVP_PKEY **out)
{
    *out = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, key_shapes[kind].name, NULL);
    bool done = context && EVP_PKEY_keygen_init(context) == 1 &&
                (kind != KEY_RSA || EVP_PKEY_CTX_set_rsa_keygen_bits(context, (int)bits) == 1) &&
                EVP_PKEY_generate(context, out) == 1;
    EVP_PKEY_CTX_free(context);
    return done ? WAYBILL_OK : libcrypto_failure();
}

enum waybill_status private_key_make(struct crypto *crypto, enum key_kind kind, unsigned bits,
                                     struct waybill_key **out, char why[160])
{
    *out = NULL;
    if (bits == 0)
        bits = RSA_BITS_USUAL;
    if (!crypto_has(crypto, kind))
        return private_key_refuse(WAYBILL_REFUSED, why, "%s: use an RSA or Ed25519 key",
                                  key_problem_text(KEY_UNAVAILABLE));
    if (kind == KEY_RSA && (bits < LIMIT_RSA_BITS_LEAST || bits > LIMIT_RSA_BITS_MOST))
        return private_key_refuse(WAYBILL_REFUSED, why, "an RSA key has %d to %d bits: take %d",
                                  LIMIT_RSA_BITS_LEAST, LIMIT_RSA_BITS_MOST, RSA_BITS_USUAL);
    EVP_PKEY *pkey;
    enum waybill_status status = generate(kind, bits, &pkey);
    return status == WAYBILL_OK ? private_key_new(crypto, kind, pkey, out, why) : status;
}

enum key_kind private_key_kind(const struct waybill_key *key)
{
    return key->handle.kind;
}

unsigned waybill_key_bits(const struct waybill_key *key)
{
    return key->handle.bits;
}

enum waybill_status private_key_public(const struct waybill_key *key, struct arena *arena,
                                       struct slice *out)
{
    return arena_copy(arena, slice_of(key->public, key->public_n), out) ? WAYBILL_OK
                                                                        : WAYBILL_NOMEM;
}

static bool sign(struct key_handle *handle, const struct algorithm *algorithm, struct slice octets,
                 uint8_t *signature, size_t *n)
{
    if (handle->kind == KEY_RSA)
        return key_handle_ready_rsa(handle, algorithm->digest, EVP_PKEY_sign_init_ex) &&
               EVP_PKEY_sign(handle->rsa, signature, n, octets.p, octets.n) == 1;
    return key_handle_ready_pure(handle, EVP_DigestSignInit_ex) &&
           EVP_DigestSign(handle->pure, signature, n, octets.p, octets.n) == 1;
}

/*
 * A signature that libcrypto had no memory to finish leaves blinding factors in an RSA key that no
 * longer belong together, and all later signatures are wrong without a word. A copy has none.
 */
static bool renew(struct waybill_key *key)
{
    struct key_handle fresh = key_handle_new(key->handle.kind);
    fresh.bits = key->handle.bits;
    fresh.pkey = EVP_PKEY_dup(key->handle.pkey);
    if (!fresh.pkey)
        return false;
    key_handle_free(&key->handle);
    key->handle = fresh;
    return true;
}

enum waybill_status private_key_sign(struct waybill_key *key, const struct algorithm *algorithm,
                                     struct slice digest, struct arena *arena, struct slice *out)
{
    if (!key_handle_fits(&key->handle, algorithm, digest))
        return WAYBILL_MISUSE;
    size_t n = key_handle_signature_octets(&key->handle);
    uint8_t *signature = arena_alloc(arena, n);
    if (!signature)
        return WAYBILL_NOMEM;
    if (key->suspect && !renew(key))
        return libcrypto_failure();
    key->suspect = !sign(&key->handle, algorithm, digest, signature, &n);
    if (key->suspect)
        return libcrypto_failure();
    *out = slice_of(signature, n);
    return WAYBILL_OK;
}

/* What the BIO holds, with a NUL behind it that *n does not count. */
static enum waybill_status copy_text(BIO *bio, char **text, size_t *n)
{
    char *octets;
    long length = BIO_get_mem_data(bio, &octets);
    if (length <= 0)
        return WAYBILL_CRYPTO;
    *text = malloc((size_t)length + 1);
    if (!*text)
        return WAYBILL_NOMEM;
    memcpy(*text, octets, (size_t)length);
    (*text)[length] = '\0';
    *n = (size_t)length;
    return WAYBILL_OK;
}

enum waybill_status waybill_key_write(const struct waybill_key *key, char **text, size_t *n)
{
    *text = NULL;
    *n = 0;
    BIO *bio = BIO_new(BIO_s_mem()); /* which wipes what it frees */
    bool written =
        bio && PEM_write_bio_PKCS8PrivateKey(bio, key->handle.pkey, NULL, NULL, 0, NULL, NULL) == 1;
    enum waybill_status status = written ? copy_text(bio, text, n) : libcrypto_failure();
    BIO_free(bio);
    return status;
}
