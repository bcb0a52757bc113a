/*
 * world.h: what every measure needs: an engine, keys and the answers that publish them.
 *
 * A benchmark has nothing to recover: what cannot go wrong ends the program with a sentence.
 */
#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include "base/buffer.h"
#include "waybill/answers.h"
#include "waybill/engine.h"
#include "waybill/key.h"
#include "waybill/question.h"

#include <openssl/evp.h>

/* 2026-11-01, for t= and for the check alike: the same messages in every run. */
enum { BENCH_NOW = 1793491200 };
#define BENCH_DOMAIN "author.example"
#define BENCH_AUTHSERV "mx.receiver.example"

enum bench_key { BENCH_RSA, BENCH_ED25519, BENCH_RSA_OTHER, BENCH_KEYS };

struct world {
    struct waybill_engine *engine;
    struct world_key {
        const char *selector;
        struct waybill_key *key;
        EVP_PKEY *pkey; /* the same key for who asks libcrypto directly */
        char *record;
    } keys[BENCH_KEYS];
    struct waybill_answers *answers; /* to what is no key */
};

/* Ends the program unless `fine`. */
void must(bool fine, const char *what);

void world_open(struct world *world);
void world_close(struct world *world);

/* What the DNS would say: a key's record for SELECTOR._domainkey of any domain, else what the
 * answers say. */
struct waybill_answer world_answer(const struct world *world,
                                   const struct waybill_question *question,
                                   struct waybill_datum *datum);

/* Writes the private keys as PEM into a directory, for the peers. */
void world_write_keys(const struct world *world, const char *directory);

/* Puts octets into DIRECTORY/NAME.SUFFIX. */
void write_file(const char *directory, const char *name, const char *suffix, struct slice octets);

#endif
