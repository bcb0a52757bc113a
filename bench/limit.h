/*
 * limit.h: the least that libcrypto can do for a message.
 *
 * Key operations on parsed keys and SHA-256 of the octets that must be hashed: the body once, the
 * header fields of each DKIM and ARC message signature once, of an ARC set what its seal adds to
 * the one before, of DKIM2 what limit_dkim2.c says. Parsing, canonical forms, answers and the
 * record are free.
 */
#ifndef BENCH_LIMIT_H
#define BENCH_LIMIT_H

#include "mail/header.h"
#include "measure.h"
#include "world.h"

struct limit_work {
    struct limit_key {
        EVP_PKEY_CTX *verify, *sign; /* RSA, ready */
        EVP_MD_CTX *verify_pure, *sign_pure;
        uint8_t signature[512];
        size_t n;
    } key;
    bool pure; /* Ed25519 */
    size_t verifications, signatures;
    EVP_MD *sha256;
    EVP_MD_CTX *digest;
    struct slice octets; /* as many as the longest of: */
    size_t hashes[256];
    size_t n;
};

/* For a message that holds all signatures in question, the new ones too. It is kept by reference.
 */
void limit_new(struct limit_work *limit, const struct world *world, enum bench_key key,
               struct slice message);
void limit_free(struct limit_work *limit);

struct operation limit_operation(struct limit_work *limit);

/* --- inside ----------------------------------------------------------------------------------- */

/* One more hash, of so many octets. */
void limit_add_hash(struct limit_work *limit, size_t octets);

/* Adds what the hops of DKIM2 take, with the body; false: there are none. */
bool limit_dkim2(struct limit_work *limit, const struct world *world, struct arena *arena,
                 struct header *header, struct slice body);

#endif
