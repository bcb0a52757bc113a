/*
 * crypto/keyring.h: public keys kept parsed, found by their text.
 *
 * Decoding a key may cost as much as seven verifications with it, so an engine keeps the last
 * LIMIT_KEYS_KEPT, the one not asked for longest out. Keys that cannot be used are kept as well,
 * with their problem. Texts are kept whole; where they are unusually long fewer are kept, so that
 * what a keyring holds is bounded whatever a DNS says.
 */
#ifndef CRYPTO_KEYRING_H
#define CRYPTO_KEYRING_H

#include "crypto/public_key.h"

struct keyring;

/* `most` keys at the most; LIMIT_KEYS_KEPT in an engine, fewer in a test. */
enum waybill_status keyring_new(struct crypto *crypto, size_t most, struct keyring **out);
void keyring_free(struct keyring *keyring);

/*
 * The key whose p= has this base64 text (RFC 6376: white space inside is allowed). *out is NULL
 * unless *problem is KEY_FINE; it belongs to the keyring and is valid until the next keyring_find.
 */
enum waybill_status keyring_find(struct keyring *keyring, enum key_kind kind, struct slice text,
                                 struct public_key **out, enum key_problem *problem);

/* Keys held now; look-ups that had to parse since keyring_new. */
size_t keyring_size(const struct keyring *keyring);
uint64_t keyring_parsed(const struct keyring *keyring);

#endif
