#include "crypto/libcrypto.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

const struct key_shape key_shapes[KEY_KINDS] = {
    [KEY_RSA] = {.name = "RSA"},
    /* RFC 8032 section 5.1.5, 5.1.6 */
    [KEY_ED25519] = {.name = "ED25519", .bits = 256, .public_octets = 32, .signature_octets = 64},
    /* FIPS 204 table 2; the context is dkim2-spec-08's, section 3.4 */
    [KEY_MLDSA44] = {.name = "ML-DSA-44",
                     .public_octets = 1312,
                     .signature_octets = 2420,
                     .context = "DKIM2"},
};

void key_handle_free(struct key_handle *handle)
{
    EVP_PKEY_CTX_free(handle->rsa);
    EVP_MD_CTX_free(handle->pure);
    EVP_PKEY_free(handle->pkey);
}

bool key_handle_fits(const struct key_handle *handle, const struct algorithm *algorithm,
                     struct slice octets)
{
    return algorithm->key == handle->kind && !algorithm->recognised_only &&
           (algorithm->pure || octets.n == digest_shapes[algorithm->digest].octets);
}

size_t key_handle_signature_octets(const struct key_handle *handle)
{
    size_t octets = key_shapes[handle->kind].signature_octets;
    return octets ? octets : ((size_t)handle->bits + 7) / 8; /* RFC 8017 section 8.2.2 step 1 */
}

bool key_handle_ready_rsa(struct key_handle *handle, enum digest_kind digest,
                          int (*init)(EVP_PKEY_CTX *, const OSSL_PARAM[]))
{
    if (handle->digest == digest)
        return true;
    if (!handle->rsa)
        handle->rsa = EVP_PKEY_CTX_new_from_pkey(NULL, handle->pkey, NULL);
    char padding[] = OSSL_PKEY_RSA_PAD_MODE_PKCSV15;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, padding, 0),
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST,
                                         (char *)digest_shapes[digest].name, 0),
        OSSL_PARAM_construct_end(),
    };
    handle->digest = DIGEST_KINDS;
    if (!handle->rsa || init(handle->rsa, params) != 1)
        return false;
    handle->digest = digest;
    return true;
}

bool key_handle_ready_pure(struct key_handle *handle,
                           int (*init)(EVP_MD_CTX *, EVP_PKEY_CTX **, const char *, OSSL_LIB_CTX *,
                                       const char *, EVP_PKEY *, const OSSL_PARAM[]))
{
    if (!handle->pure)
        handle->pure = EVP_MD_CTX_new();
    const char *context = key_shapes[handle->kind].context;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_end(),
        OSSL_PARAM_construct_end(),
    };
    if (context) /* the parameter's name stands in headers of 3.2 and newer only */
        params[0] =
            OSSL_PARAM_construct_octet_string("context-string", (void *)context, strlen(context));
    return handle->pure && init(handle->pure, NULL, NULL, NULL, NULL, handle->pkey, params) == 1;
}
