/*
 * crypto/algorithm.h: the signature algorithms, in one table.
 *
 * What a= may say, what a key record's k= must then say, how octets become a signature. A new
 * algorithm is a row.
 */
#ifndef CRYPTO_ALGORITHM_H
#define CRYPTO_ALGORITHM_H

#include "base/slice.h"

enum digest_kind {
    DIGEST_SHA256,
    DIGEST_SHA512,
    DIGEST_KINDS,
};

enum key_kind {
    KEY_RSA,
    KEY_ED25519,
    KEY_MLDSA44,
    KEY_KINDS,
};

struct algorithm {
    const char *name; /* the value of a=, in lower case */
    enum key_kind key;
    enum digest_kind digest;
    bool recognised_only; /* known by name, never evaluated: rsa-sha1 (RFC 8301 section 3.1) */
    bool dkim;            /* DKIM and ARC know it (RFC 6376, 8463) */
    bool dkim2;           /* DKIM2 knows it */
    bool pure;            /* signs the octets themselves, not their digest */
};

/* The row of a name, which compares exactly, in lower case; NULL where there is none. */
const struct algorithm *algorithm_find(struct slice name);
/* The row that signs with a key of this kind, whichever protocol knows it; never NULL. */
const struct algorithm *algorithm_of_kind(enum key_kind kind);
/* The row that signs with a key of this kind for DKIM and ARC; NULL where there is none. */
const struct algorithm *algorithm_of_key(enum key_kind kind);

/* "rsa", "ed25519", "mldsa44": the value of k=. */
const char *key_kind_text(enum key_kind kind);
/* The kind that k= names; false: an unknown one. */
bool key_kind_find(struct slice name, enum key_kind *out);
/* "sha256", "sha512". */
const char *digest_kind_text(enum digest_kind kind);

#endif
