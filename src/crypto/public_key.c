#include "crypto/public_key.h"

#include "base/limits.h"
#include "crypto/der.h"
#include "crypto/libcrypto.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <stdlib.h>

struct public_key {
    struct key_handle handle;
    uint32_t exponent;
};

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

static const char *const problem_texts[] = {
    [KEY_FINE] = "the key can be used",
    [KEY_MALFORMED] = "the key is malformed",
    [KEY_TOO_SHORT] = "the RSA key is shorter than " TEXT(LIMIT_RSA_BITS_LEAST) " bits",
    [KEY_TOO_LONG] = "the RSA key is longer than " TEXT(LIMIT_RSA_BITS_MOST) " bits",
    [KEY_EXPONENT] =
        "the RSA exponent is even, under 3 or over " TEXT(LIMIT_RSA_EXPONENT_BITS) " bits",
    [KEY_EVEN] = "the modulus of the RSA key is even",
    [KEY_UNAVAILABLE] = "the libcrypto at hand has no such algorithm",
};

const char *key_problem_text(enum key_problem problem)
{
    return problem_texts[problem];
}

static size_t bits_of(struct slice number)
{
    size_t bits = number.n * 8;
    for (unsigned top = number.n ? number.p[0] : 0; top && top < 0x80; top <<= 1)
        bits--;
    return bits;
}

static bool is_odd(struct slice number)
{
    return number.n && number.p[number.n - 1] & 1;
}

static enum key_problem judge_rsa(const struct der_rsa *rsa)
{
    size_t bits = bits_of(rsa->modulus), exponent_bits = bits_of(rsa->exponent);
    if (bits < LIMIT_RSA_BITS_LEAST)
        return KEY_TOO_SHORT;
    if (bits > LIMIT_RSA_BITS_MOST)
        return KEY_TOO_LONG;
    if (!is_odd(rsa->modulus))
        return KEY_EVEN;
    /* An odd number of two bits is 3. */
    if (exponent_bits < 2 || exponent_bits > LIMIT_RSA_EXPONENT_BITS || !is_odd(rsa->exponent))
        return KEY_EXPONENT;
    return KEY_FINE;
}

/* Of LIMIT_RSA_EXPONENT_BITS at the most. */
static uint32_t exponent_of(const struct der_rsa *rsa)
{
    uint32_t exponent = 0;
    for (size_t i = 0; i < rsa->exponent.n; i++)
        exponent = exponent << 8 | rsa->exponent.p[i];
    return exponent;
}

/* libcrypto's decoders cost twenty times this: they try one structure after the other. */
static EVP_PKEY *make_rsa(struct crypto *crypto, const struct der_rsa *rsa, uint32_t exponent)
{
    enum { MODULUS_OCTETS = LIMIT_RSA_BITS_MOST / 8 };
    uint8_t modulus[MODULUS_OCTETS];
    BIGNUM *n = BN_bin2bn(rsa->modulus.p, (int)rsa->modulus.n, NULL);
    int octets = n ? BN_bn2nativepad(n, modulus, (int)rsa->modulus.n) : -1;
    BN_free(n);
    if (octets < 0)
        return NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, modulus, (size_t)octets),
        OSSL_PARAM_construct_uint32(OSSL_PKEY_PARAM_RSA_E, &exponent),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *pkey = NULL;
    return EVP_PKEY_fromdata(crypto->rsa_numbers, &pkey, EVP_PKEY_PUBLIC_KEY, params) == 1 ? pkey
                                                                                           : NULL;
}

static enum waybill_status parse_rsa(struct crypto *crypto, struct slice octets,
                                     struct public_key *key, enum key_problem *problem)
{
    struct der_rsa rsa;
    *problem = der_rsa_parse(octets, &rsa) ? judge_rsa(&rsa) : KEY_MALFORMED;
    if (*problem != KEY_FINE)
        return WAYBILL_OK;
    key->exponent = exponent_of(&rsa);
    key->handle.bits = (unsigned)bits_of(rsa.modulus);
    key->handle.pkey = make_rsa(crypto, &rsa, key->exponent);
    return key->handle.pkey ? WAYBILL_OK : libcrypto_failure();
}

/* All octets of the right number are a key, of which libcrypto learns more as it verifies. */
static enum waybill_status parse_raw(struct slice octets, struct key_handle *handle,
                                     enum key_problem *problem)
{
    const struct key_shape *shape = &key_shapes[handle->kind];
    *problem = octets.n == shape->public_octets ? KEY_FINE : KEY_MALFORMED;
    if (*problem != KEY_FINE)
        return WAYBILL_OK;
    handle->pkey = EVP_PKEY_new_raw_public_key_ex(NULL, shape->name, NULL, octets.p, octets.n);
    return handle->pkey ? WAYBILL_OK : libcrypto_failure();
}

static enum waybill_status parse(struct crypto *crypto, struct slice octets, struct public_key *key,
                                 enum key_problem *problem)
{
    *problem = KEY_UNAVAILABLE;
    if (!crypto_has(crypto, key->handle.kind))
        return WAYBILL_OK;
    return key->handle.kind == KEY_RSA ? parse_rsa(crypto, octets, key, problem)
                                       : parse_raw(octets, &key->handle, problem);
}

enum waybill_status public_key_parse(struct crypto *crypto, enum key_kind kind, struct slice octets,
                                     struct public_key **out, enum key_problem *problem)
{
    *out = NULL;
    struct public_key parsed = {.handle = key_handle_new(kind)};
    enum waybill_status status = parse(crypto, octets, &parsed, problem);
    if (status != WAYBILL_OK || *problem != KEY_FINE)
        return status;
    struct public_key *key = malloc(sizeof *key);
    if (!key) {
        key_handle_free(&parsed.handle);
        return WAYBILL_NOMEM;
    }
    *key = parsed;
    *out = key;
    return WAYBILL_OK;
}

void public_key_free(struct public_key *key)
{
    if (!key)
        return;
    key_handle_free(&key->handle);
    free(key);
}

enum key_kind public_key_kind(const struct public_key *key)
{
    return key->handle.kind;
}

unsigned public_key_bits(const struct public_key *key)
{
    return key->handle.bits;
}

uint32_t public_key_exponent(const struct public_key *key)
{
    return key->exponent;
}

static bool ready(struct key_handle *handle, const struct algorithm *algorithm)
{
    return handle->kind == KEY_RSA
               ? key_handle_ready_rsa(handle, algorithm->digest, EVP_PKEY_verify_init_ex)
               : key_handle_ready_pure(handle, EVP_DigestVerifyInit_ex);
}

static int verify(struct key_handle *handle, struct slice octets, struct slice signature)
{
    return handle->kind == KEY_RSA
               ? EVP_PKEY_verify(handle->rsa, signature.p, signature.n, octets.p, octets.n)
               : EVP_DigestVerify(handle->pure, signature.p, signature.n, octets.p, octets.n);
}

/* Zero is a bad signature, unless it is one that could not be looked at for want of memory. */
static enum waybill_status attempt(struct key_handle *handle, const struct algorithm *algorithm,
                                   struct slice octets, struct slice signature, bool *good)
{
    if (!ready(handle, algorithm))
        return libcrypto_failure();
    int verdict = verify(handle, octets, signature);
    *good = verdict == 1;
    if (*good)
        return WAYBILL_OK;
    enum waybill_status failure = libcrypto_failure();
    return verdict == 0 && failure != WAYBILL_NOMEM ? WAYBILL_OK : failure;
}

static bool has_memory(void)
{
    EVP_MD_CTX *probe = EVP_MD_CTX_new();
    EVP_MD_CTX_free(probe);
    return probe != NULL;
}

enum waybill_status public_key_verify(struct public_key *key, const struct algorithm *algorithm,
                                      struct slice digest, struct slice signature, bool *good)
{
    struct key_handle *handle = &key->handle;
    *good = false;
    if (!key_handle_fits(handle, algorithm, digest))
        return WAYBILL_MISUSE;
    if (signature.n != key_handle_signature_octets(handle))
        return WAYBILL_OK;
    enum waybill_status status = attempt(handle, algorithm, digest, signature, good);
    if (status != WAYBILL_OK || *good || handle->kind == KEY_RSA)
        return status;
    /* Unlike RSA, libcrypto's Ed25519 does not say that memory ran out: its answer is that of a bad
     * signature. Bad is what is bad twice while there is memory. */
    status = attempt(handle, algorithm, digest, signature, good);
    return status == WAYBILL_OK && !*good && !has_memory() ? WAYBILL_NOMEM : status;
}
