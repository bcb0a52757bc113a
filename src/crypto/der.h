/*
 * crypto/der.h: as much of DER (X.690) as an RSA public key needs.
 *
 * Lengths are exact, definite and as short as they can be (X.690 section 10.1).
 */
#ifndef CRYPTO_DER_H
#define CRYPTO_DER_H

#include "base/cursor.h"

enum der_tag {
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_SEQUENCE = 0x30,
};

/* Takes the value with this tag that comes next; its contents into *out. False takes nothing of
 * use: the octets are not what was expected. */
bool der_take(struct cursor *c, enum der_tag tag, struct slice *out);

/* Takes an INTEGER that is not negative: its octets, the highest first, without leading zeros. */
bool der_take_unsigned(struct cursor *c, struct slice *out);

/* The two numbers of an RSA key, as der_take_unsigned gives them. */
struct der_rsa {
    struct slice modulus, exponent;
};

/* From a SubjectPublicKeyInfo (RFC 5280 section 4.1) with rsaEncryption or from an RSAPublicKey
 * (RFC 8017 appendix A.1.1) and nothing behind it. The slices point into `octets`. */
bool der_rsa_parse(struct slice octets, struct der_rsa *out);

#endif
