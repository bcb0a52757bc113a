#include "crypto/private_key.h"

#include "base/base64.h"
#include "base/limits.h"
#include "crypto/libcrypto.h"

#include <openssl/pem.h>

enum { SEED_OCTETS = 32 }; /* RFC 8032 section 5.1.5 */

/* What stands in a PEM file that is given by mistake, and what to do then. */
static const struct {
    const char *mark;
    const char *why;
} mistakes[] = {
    {"PUBLIC KEY-----", "this is a public key: give the private key that belongs to it"},
    {"-----BEGIN CERTIFICATE", "this is a certificate: give the private key that belongs to it"},
    {"-----BEGIN OPENSSH", "this is an OpenSSH key: make one with 'waybill key new'"},
    {"PRIVATE KEY-----",
     "the private key is damaged or of a kind libcrypto does not know: make a new one"},
    {NULL, "no private key in this PEM text: make one with 'waybill key new'"},
};

static bool contains(struct slice text, const char *mark)
{
    struct slice wanted = slice_str(mark);
    size_t at = slice_find(text, wanted.p[0], 0);
    while (at < text.n && !slice_starts(slice_from(text, at), wanted))
        at = slice_find(text, wanted.p[0], at + 1);
    return at < text.n;
}

static const char *mistake_of(struct slice text)
{
    size_t i = 0;
    while (mistakes[i].mark && !contains(text, mistakes[i].mark))
        i++;
    return mistakes[i].why;
}

/* Called for encrypted keys only; a service has nobody to ask. */
static int no_passphrase(char *out, int size, int writing, void *asked)
{
    (void)out, (void)size, (void)writing;
    *(bool *)asked = true;
    return -1;
}

/* The kind of a key that DKIM can use. */
static bool kind_of(const EVP_PKEY *pkey, enum key_kind *out)
{
    for (size_t i = 0; i < KEY_KINDS; i++) {
        if (EVP_PKEY_is_a(pkey, key_shapes[i].name)) {
            *out = (enum key_kind)i;
            return true;
        }
    }
    return false;
}

static enum waybill_status refuse_kind(EVP_PKEY *pkey, char why[160])
{
    const char *name = EVP_PKEY_get0_type_name(pkey);
    private_key_refuse(WAYBILL_REFUSED, why, "a key of type %.40s: use an RSA or Ed25519 key",
                       name ? name : "unknown");
    EVP_PKEY_free(pkey);
    return WAYBILL_REFUSED;
}

static enum waybill_status decode_pem(struct slice text, EVP_PKEY **out, char why[160])
{
    BIO *bio = BIO_new_mem_buf(text.p, (int)text.n);
    if (!bio)
        return libcrypto_failure();
    bool asked = false;
    *out = PEM_read_bio_PrivateKey_ex(bio, NULL, no_passphrase, &asked, NULL, NULL);
    BIO_free(bio);
    enum waybill_status failure = libcrypto_failure(); /* decoders leave errors on success, too */
    if (*out)
        return WAYBILL_OK;
    if (failure == WAYBILL_NOMEM)
        return failure;
    if (asked)
        return private_key_refuse(WAYBILL_SYNTAX, why,
                                  "the key is encrypted: write it without a pass phrase, with "
                                  "'openssl pkey -in OLD -out NEW'");
    return private_key_refuse(WAYBILL_SYNTAX, why, "%s", mistake_of(text));
}

static enum waybill_status read_pem(struct crypto *crypto, struct slice text,
                                    struct waybill_key **out, char why[160])
{
    EVP_PKEY *pkey;
    enum waybill_status status = decode_pem(text, &pkey, why);
    if (status != WAYBILL_OK)
        return status;
    enum key_kind kind;
    if (!kind_of(pkey, &kind))
        return refuse_kind(pkey, why);
    return private_key_new(crypto, kind, pkey, out, why);
}

static EVP_PKEY *seed_key(struct slice seed)
{
    return EVP_PKEY_new_raw_private_key_ex(NULL, key_shapes[KEY_ED25519].name, NULL, seed.p,
                                           seed.n);
}

/* RFC 8463 appendix A.2: the seed in base64, and nothing around it. */
static enum waybill_status read_seed(struct crypto *crypto, struct slice text,
                                     struct waybill_key **out, char why[160])
{
    struct arena scratch = arena_new();
    struct slice seed = {NULL, 0};
    enum waybill_status status = base64_decode(&scratch, text, BASE64_FWS, &seed);
    bool decoded = status == WAYBILL_OK && seed.n == SEED_OCTETS;
    EVP_PKEY *pkey = decoded ? seed_key(seed) : NULL;
    if (seed.n)
        OPENSSL_cleanse((void *)seed.p, seed.n);
    arena_free(&scratch);
    if (pkey)
        return private_key_new(crypto, KEY_ED25519, pkey, out, why);
    if (decoded)
        return libcrypto_failure();
    if (status == WAYBILL_NOMEM)
        return status;
    return private_key_refuse(WAYBILL_SYNTAX, why,
                              "neither PEM nor the base64 of 32 octets (Ed25519): make a key with "
                              "'waybill key new'");
}

enum waybill_status private_key_read(struct crypto *crypto, struct slice octets,
                                     struct waybill_key **out, char why[160])
{
    *out = NULL;
    if (octets.n > LIMIT_KEY_FILE_OCTETS)
        return private_key_refuse(WAYBILL_SYNTAX, why,
                                  "more than %zu octets are no private key: give the key's file",
                                  LIMIT_KEY_FILE_OCTETS);
    return contains(octets, "-----BEGIN") ? read_pem(crypto, octets, out, why)
                                          : read_seed(crypto, octets, out, why);
}
