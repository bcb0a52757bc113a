/*
 * crypto/crypto.h: libcrypto, fetched once.
 *
 * One an engine: the digests, the signature algorithms that this libcrypto has, and a store of
 * digest contexts to use again. Belongs to one thread at a time, like its engine.
 */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include "base/slice.h"
#include "crypto/algorithm.h"
#include "waybill/status.h"

struct crypto;

enum { DIGEST_OCTETS_MOST = 64 };

/* A digest under way. The holder ends it with digest_final or digest_drop. */
struct digest {
    struct digest_context *context; /* NULL: none under way */
    enum digest_kind kind;
    uint64_t octets; /* fed so far */
};

struct digest_value {
    uint8_t octets[DIGEST_OCTETS_MOST];
    size_t n;
};

enum waybill_status crypto_new(struct crypto **out);
void crypto_free(struct crypto *crypto);

/* Whether keys of this kind can be used with the libcrypto that runs: found at run time. */
bool crypto_has(const struct crypto *crypto, enum key_kind kind);

enum waybill_status digest_start(struct crypto *crypto, enum digest_kind kind, struct digest *out);
enum waybill_status digest_update(struct digest *d, struct slice octets);
/* A second digest that goes on from where `d` stands. */
enum waybill_status digest_fork(struct crypto *crypto, const struct digest *d, struct digest *out);
/* The value; the digest is no longer under way, its context goes back to the store. */
enum waybill_status digest_final(struct crypto *crypto, struct digest *d, struct digest_value *out);
/* Gives up a digest; one that is not under way is fine. */
void digest_drop(struct crypto *crypto, struct digest *d);

static inline struct slice digest_slice(const struct digest_value *v)
{
    return slice_of(v->octets, v->n);
}

#endif
