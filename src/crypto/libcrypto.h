/*
 * crypto/libcrypto.h: what the files of this room share, and nobody else sees.
 */
#ifndef CRYPTO_LIBCRYPTO_H
#define CRYPTO_LIBCRYPTO_H

#include "crypto/crypto.h"
#include "waybill/key.h"

#include <openssl/evp.h>

struct crypto {
    EVP_MD *digests[DIGEST_KINDS];
    struct digest_context *idle; /* to be used again */
    bool has[KEY_KINDS];
    EVP_PKEY_CTX *rsa_numbers; /* makes RSA keys from their numbers, one after the other */
};

/* How libcrypto calls a kind of digest, and how long its values are. */
struct digest_shape {
    const char *name;
    size_t octets;
};

extern const struct digest_shape digest_shapes[DIGEST_KINDS];

/* How libcrypto calls a kind of key, and how long its parts are. */
struct key_shape {
    const char *name;
    unsigned bits;           /* 0: differs from key to key, or there is no such number */
    size_t public_octets;    /* 0: no raw form */
    size_t signature_octets; /* 0: differs from key to key */
    const char *context;     /* what a signature is bound to, where the kind knows this; or NULL */
};

extern const struct key_shape key_shapes[KEY_KINDS];

/* Why libcrypto failed: WAYBILL_NOMEM where it says so, else WAYBILL_CRYPTO. Empties its queue of
 * errors, which would grow for ever otherwise. */
enum waybill_status libcrypto_failure(void);

/*
 * A key made ready for one kind of operation, verification or signing. Making a context and looking
 * up its algorithms costs up to a third of an RSA verification, so both are kept with the key.
 */
struct key_handle {
    enum key_kind kind;
    unsigned bits;
    EVP_PKEY *pkey;
    EVP_PKEY_CTX *rsa;       /* set to `digest` */
    enum digest_kind digest; /* DIGEST_KINDS: not set yet */
    EVP_MD_CTX *pure;        /* for the kinds that take the octets as they are */
};

static inline struct key_handle key_handle_new(enum key_kind kind)
{
    return (struct key_handle){.kind = kind, .bits = key_shapes[kind].bits, .digest = DIGEST_KINDS};
}

/* Frees what the handle holds, not the handle. */
void key_handle_free(struct key_handle *handle);

/* Whether this key can work with the algorithm on octets of this length. */
bool key_handle_fits(const struct key_handle *handle, const struct algorithm *algorithm,
                     struct slice octets);

/* Octets of every signature of this key. */
size_t key_handle_signature_octets(const struct key_handle *handle);

/* Makes handle->rsa ready for PKCS1-v1_5 with the digest; init is EVP_PKEY_verify_init_ex or
 * EVP_PKEY_sign_init_ex, the same for each call on one handle. */
bool key_handle_ready_rsa(struct key_handle *handle, enum digest_kind digest,
                          int (*init)(EVP_PKEY_CTX *, const OSSL_PARAM[]));

/* Makes handle->pure ready for one operation; init is EVP_DigestVerifyInit_ex or
 * EVP_DigestSignInit_ex. */
bool key_handle_ready_pure(struct key_handle *handle,
                           int (*init)(EVP_MD_CTX *, EVP_PKEY_CTX **, const char *, OSSL_LIB_CTX *,
                                       const char *, EVP_PKEY *, const OSSL_PARAM[]));

/*
 * A private key of *pkey, which it takes from the caller in any case. What no verifier would accept
 * is WAYBILL_REFUSED, with the sentence.
 */
enum waybill_status private_key_new(struct crypto *crypto, enum key_kind kind, EVP_PKEY *pkey,
                                    struct waybill_key **out, char why[160]);

/* Puts a sentence into why, unless that is NULL, and returns the status. */
enum waybill_status private_key_refuse(enum waybill_status status, char why[160],
                                       const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
