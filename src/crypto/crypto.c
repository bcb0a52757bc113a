#include "crypto/libcrypto.h"

#include <openssl/err.h>
#include <stdlib.h>

/* A call of libcrypto's costs more than a copy of what most runs are. */
enum { GATHERED_OCTETS = 512 };

struct digest_context {
    struct digest_context *next;
    EVP_MD_CTX *md;
    size_t n; /* gathered: octets that libcrypto has not seen yet */
    uint8_t gathered[GATHERED_OCTETS];
};

/* FIPS 180-4 figure 1 */
const struct digest_shape digest_shapes[DIGEST_KINDS] = {
    [DIGEST_SHA256] = {"SHA256", 32},
    [DIGEST_SHA512] = {"SHA512", 64},
};

enum waybill_status libcrypto_failure(void)
{
    bool nomem = false;
    for (unsigned long error; (error = ERR_get_error()) != 0;)
        nomem |= ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
    return nomem ? WAYBILL_NOMEM : WAYBILL_CRYPTO;
}

/* Found at run time: a libcrypto older than 3.5 has no ML-DSA. */
static bool find_kind(const char *name)
{
    EVP_KEYMGMT *keys = EVP_KEYMGMT_fetch(NULL, name, NULL);
    EVP_SIGNATURE *signatures = EVP_SIGNATURE_fetch(NULL, name, NULL);
    bool found = keys && signatures;
    EVP_KEYMGMT_free(keys);
    EVP_SIGNATURE_free(signatures);
    return found;
}

static bool fetch(struct crypto *crypto)
{
    for (size_t i = 0; i < DIGEST_KINDS; i++) {
        crypto->digests[i] = EVP_MD_fetch(NULL, digest_shapes[i].name, NULL);
        if (!crypto->digests[i])
            return false;
    }
    crypto->rsa_numbers = EVP_PKEY_CTX_new_from_name(NULL, key_shapes[KEY_RSA].name, NULL);
    if (!crypto->rsa_numbers || EVP_PKEY_fromdata_init(crypto->rsa_numbers) != 1)
        return false;
    for (size_t i = 0; i < KEY_KINDS; i++)
        crypto->has[i] = find_kind(key_shapes[i].name);
    ERR_clear_error();
    return true;
}

enum waybill_status crypto_new(struct crypto **out)
{
    *out = NULL;
    struct crypto *crypto = calloc(1, sizeof *crypto);
    if (!crypto)
        return WAYBILL_NOMEM;
    if (!fetch(crypto)) {
        crypto_free(crypto);
        return libcrypto_failure();
    }
    *out = crypto;
    return WAYBILL_OK;
}

static void context_free(struct digest_context *context)
{
    EVP_MD_CTX_free(context->md);
    free(context);
}

void crypto_free(struct crypto *crypto)
{
    if (!crypto)
        return;
    while (crypto->idle) {
        struct digest_context *context = crypto->idle;
        crypto->idle = context->next;
        context_free(context);
    }
    for (size_t i = 0; i < DIGEST_KINDS; i++)
        EVP_MD_free(crypto->digests[i]);
    EVP_PKEY_CTX_free(crypto->rsa_numbers);
    free(crypto);
}

bool crypto_has(const struct crypto *crypto, enum key_kind kind)
{
    return crypto->has[kind];
}

/* A context from the store, in whatever state it came back, or a new one. */
static struct digest_context *context_take(struct crypto *crypto)
{
    struct digest_context *context = crypto->idle;
    if (context) {
        crypto->idle = context->next;
        return context;
    }
    context = malloc(sizeof *context);
    if (!context)
        return NULL;
    context->md = EVP_MD_CTX_new();
    if (!context->md) {
        free(context);
        return NULL;
    }
    return context;
}

enum waybill_status digest_start(struct crypto *crypto, enum digest_kind kind, struct digest *out)
{
    *out = (struct digest){NULL, kind, 0};
    struct digest_context *context = context_take(crypto);
    if (!context)
        return WAYBILL_NOMEM;
    if (EVP_DigestInit_ex2(context->md, crypto->digests[kind], NULL) != 1) {
        context_free(context);
        return libcrypto_failure();
    }
    context->n = 0;
    out->context = context;
    return WAYBILL_OK;
}

static enum waybill_status hash(struct digest_context *context, struct slice octets)
{
    return octets.n == 0 || EVP_DigestUpdate(context->md, octets.p, octets.n) == 1
               ? WAYBILL_OK
               : libcrypto_failure();
}

static enum waybill_status hash_gathered(struct digest_context *context)
{
    struct slice gathered = slice_of(context->gathered, context->n);
    context->n = 0;
    return hash(context, gathered);
}

enum waybill_status digest_update(struct digest *d, struct slice octets)
{
    struct digest_context *context = d->context;
    enum waybill_status status = WAYBILL_OK;
    d->octets += octets.n;
    if (octets.n > GATHERED_OCTETS - context->n)
        status = hash_gathered(context);
    if (status != WAYBILL_OK || octets.n > GATHERED_OCTETS)
        return status == WAYBILL_OK ? hash(context, octets) : status;
    if (octets.n > 0)
        memcpy(context->gathered + context->n, octets.p, octets.n);
    context->n += octets.n;
    return WAYBILL_OK;
}

enum waybill_status digest_fork(struct crypto *crypto, const struct digest *d, struct digest *out)
{
    *out = (struct digest){NULL, d->kind, d->octets};
    struct digest_context *context = context_take(crypto);
    if (!context)
        return WAYBILL_NOMEM;
    if (EVP_MD_CTX_copy_ex(context->md, d->context->md) != 1) {
        context_free(context);
        return libcrypto_failure();
    }
    context->n = d->context->n;
    memcpy(context->gathered, d->context->gathered, context->n);
    out->context = context;
    return WAYBILL_OK;
}

enum waybill_status digest_final(struct crypto *crypto, struct digest *d, struct digest_value *out)
{
    unsigned n = 0;
    enum waybill_status status = hash_gathered(d->context);
    if (status == WAYBILL_OK && EVP_DigestFinal_ex(d->context->md, out->octets, &n) != 1)
        status = libcrypto_failure();
    out->n = n;
    digest_drop(crypto, d);
    return status;
}

void digest_drop(struct crypto *crypto, struct digest *d)
{
    if (!d->context)
        return;
    d->context->next = crypto->idle;
    crypto->idle = d->context;
    d->context = NULL;
}
