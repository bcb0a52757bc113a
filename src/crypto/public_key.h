/*
 * crypto/public_key.h: public keys, and whether they made a signature.
 */
#ifndef CRYPTO_PUBLIC_KEY_H
#define CRYPTO_PUBLIC_KEY_H

#include "crypto/crypto.h"

struct public_key;

/* Why octets are no key that can be used: a verdict, not an error. */
enum key_problem {
    KEY_FINE,
    KEY_MALFORMED,   /* the octets are no key of that kind */
    KEY_TOO_SHORT,   /* RSA under LIMIT_RSA_BITS_LEAST */
    KEY_TOO_LONG,    /* RSA over LIMIT_RSA_BITS_MOST */
    KEY_EXPONENT,    /* RSA exponent even, under 3 or over LIMIT_RSA_EXPONENT_BITS */
    KEY_EVEN,        /* RSA modulus even */
    KEY_UNAVAILABLE, /* the libcrypto that runs has no such algorithm */
};

/*
 * A key from the octets that p= holds after base64: for RSA a SubjectPublicKeyInfo or an
 * RSAPublicKey (RFC 6376 section 3.6.1 and its erratum), for Ed25519 the 32 octets of RFC 8463
 * section 4, for ML-DSA-44 its 1,312 octets.
 * OK: *problem says whether there is a key; *out is NULL unless it is KEY_FINE. The limits of
 * base/limits.h are applied before libcrypto sees the numbers.
 */
enum waybill_status public_key_parse(struct crypto *crypto, enum key_kind kind, struct slice octets,
                                     struct public_key **out, enum key_problem *problem);
void public_key_free(struct public_key *key);

enum key_kind public_key_kind(const struct public_key *key);
/* Bits of the RSA modulus; 256 for Ed25519; 0 where the kind has no such number. */
unsigned public_key_bits(const struct public_key *key);
/* The exponent of an RSA key; 0 where the kind has none. */
uint32_t public_key_exponent(const struct public_key *key);
/* A clause for a reason: "the RSA key is shorter than 1024 bits"; static text, no final stop. */
const char *key_problem_text(enum key_problem problem);

/*
 * Whether `signature` is the key's over `digest`: RSASSA-PKCS1-v1_5 (RFC 8017) for RSA, Ed25519
 * over the digest's octets as its message for Ed25519 (RFC 8463 section 3). ML-DSA-44 is pure:
 * there `digest` is all the octets that are signed, of any number. A signature of the wrong length
 * is simply not good. WAYBILL_MISUSE: the algorithm is not one of this key or is recognised only,
 * or the digest is not as long as its kind. An error that libcrypto tells from a verdict is
 * WAYBILL_CRYPTO or NOMEM.
 */
enum waybill_status public_key_verify(struct public_key *key, const struct algorithm *algorithm,
                                      struct slice digest, struct slice signature, bool *good);

#endif
