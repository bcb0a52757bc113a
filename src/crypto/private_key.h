/*
 * crypto/private_key.h: what a signer does with its key. The rest of a key is waybill/key.h.
 */
#ifndef CRYPTO_PRIVATE_KEY_H
#define CRYPTO_PRIVATE_KEY_H

#include "base/arena.h"
#include "crypto/crypto.h"
#include "waybill/key.h"

/* Behind waybill_key_read and waybill_key_make, which add the engine. */
enum waybill_status private_key_read(struct crypto *crypto, struct slice octets,
                                     struct waybill_key **out, char why[160]);
enum waybill_status private_key_make(struct crypto *crypto, enum key_kind kind, unsigned bits,
                                     struct waybill_key **out, char why[160]);

enum key_kind private_key_kind(const struct waybill_key *key);

/* The public half as p= wants it after base64: SubjectPublicKeyInfo for RSA, raw otherwise. */
enum waybill_status private_key_public(const struct waybill_key *key, struct arena *arena,
                                       struct slice *out);

/* The signature over a digest, as public_key_verify wants it and with its WAYBILL_MISUSE, in the
 * arena. */
enum waybill_status private_key_sign(struct waybill_key *key, const struct algorithm *algorithm,
                                     struct slice digest, struct arena *arena, struct slice *out);

#endif
