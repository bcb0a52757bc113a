/*
 * One octet that chooses the kind, then a key as p= has it after base64.
 */
#include "base/base64.h"
#include "base/limits.h"
#include "crypto/keyring.h"

#include <openssl/err.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void try_key(struct public_key *key, enum key_kind kind)
{
    unsigned bits = public_key_bits(key);
    must(public_key_kind(key) == kind);
    must(kind != KEY_RSA || (bits >= LIMIT_RSA_BITS_LEAST && bits <= LIMIT_RSA_BITS_MOST));
    const uint8_t signature[LIMIT_RSA_BITS_MOST / 8] = {0, 1};
    struct slice digest = SLICE("a digest that has 32 octets, yes");
    bool good;
    must(public_key_verify(key, algorithm_of_kind(kind), digest, slice_of(signature, 1), &good) ==
             WAYBILL_OK &&
         !good);
    size_t n = kind == KEY_RSA ? (bits + 7) / 8 : 64;
    must(public_key_verify(key, algorithm_of_kind(kind), digest, slice_of(signature, n), &good) ==
         WAYBILL_OK);
}

/* A keyring says the same, the first time and again. */
static void try_ring(struct crypto *crypto, enum key_kind kind, struct slice octets,
                     enum key_problem expected)
{
    struct buffer text = buffer_new(octets.n * 2 + 4);
    struct keyring *ring;
    base64_encode(&text, octets);
    must(keyring_new(crypto, 1, &ring) == WAYBILL_OK);
    for (size_t again = 0; again < 2; again++) {
        struct public_key *key;
        enum key_problem problem;
        must(keyring_find(ring, kind, buffer_slice(&text), &key, &problem) == WAYBILL_OK);
        must(problem == expected && (key != NULL) == (problem == KEY_FINE));
    }
    must(keyring_parsed(ring) == 1);
    keyring_free(ring);
    buffer_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct crypto *crypto;
    if (!crypto)
        must(crypto_new(&crypto) == WAYBILL_OK);
    if (size == 0)
        return 0;
    enum key_kind kind = (enum key_kind)(data[0] % KEY_KINDS);
    struct slice octets = slice_from(slice_of(data, size), 1);
    struct public_key *key;
    enum key_problem problem;
    must(public_key_parse(crypto, kind, octets, &key, &problem) == WAYBILL_OK);
    must((key != NULL) == (problem == KEY_FINE));
    if (key)
        try_key(key, kind);
    public_key_free(key);
    try_ring(crypto, kind, octets, problem);
    must(ERR_peek_error() == 0);
    return 0;
}
