#include "world.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *selector;
    enum waybill_key_kind kind;
} plan[BENCH_KEYS] = {
    [BENCH_RSA] = {"rsa", WAYBILL_KEY_RSA},
    [BENCH_ED25519] = {"ed25519", WAYBILL_KEY_ED25519},
    [BENCH_RSA_OTHER] = {"other", WAYBILL_KEY_RSA},
};

void must(bool fine, const char *what)
{
    if (fine)
        return;
    fprintf(stderr, "bench_waybill: %s failed\n", what);
    exit(70);
}

static EVP_PKEY *pkey_of(const struct waybill_key *key)
{
    char *pem;
    size_t n;
    must(waybill_key_write(key, &pem, &n) == WAYBILL_OK, "writing a key");
    BIO *bio = BIO_new_mem_buf(pem, (int)n);
    EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    must(pkey, "reading a key");
    BIO_free(bio);
    free(pem);
    return pkey;
}

void world_open(struct world *world)
{
    must(waybill_engine_new(&world->engine) == WAYBILL_OK, "waybill_engine_new");
    must((world->answers = waybill_answers_new(WAYBILL_NXDOMAIN)), "waybill_answers_new");
    for (size_t i = 0; i < BENCH_KEYS; i++) {
        struct world_key *k = &world->keys[i];
        size_t n;
        k->selector = plan[i].selector;
        must(waybill_key_make(world->engine, plan[i].kind, 2048, &k->key, NULL) == WAYBILL_OK,
             "waybill_key_make");
        must(waybill_key_record(k->key, &k->record, &n) == WAYBILL_OK, "waybill_key_record");
        k->pkey = pkey_of(k->key);
    }
}

void world_close(struct world *world)
{
    for (size_t i = 0; i < BENCH_KEYS; i++) {
        EVP_PKEY_free(world->keys[i].pkey);
        waybill_key_free(world->keys[i].key);
        free(world->keys[i].record);
    }
    waybill_answers_free(world->answers);
    waybill_engine_free(world->engine);
}

struct waybill_answer world_answer(const struct world *world,
                                   const struct waybill_question *question,
                                   struct waybill_datum *datum)
{
    struct waybill_answer answer = WAYBILL_ANSWER(WAYBILL_NXDOMAIN);
    struct slice name = slice_of(question->name, question->name_octets);
    struct slice selector = slice_sub(name, 0, slice_find(name, '.', 0));
    for (size_t i = 0; i < BENCH_KEYS; i++)
        if (slice_eq(selector, slice_str(world->keys[i].selector))) {
            const char *record = world->keys[i].record;
            *datum = (struct waybill_datum){record, strlen(record)};
            answer.status = WAYBILL_ANSWERED;
            answer.data = datum;
            answer.n = 1;
            return answer;
        }
    must(waybill_answers_find(world->answers, question, &answer) == WAYBILL_OK,
         "waybill_answers_find");
    return answer;
}

void write_file(const char *directory, const char *name, const char *suffix, struct slice octets)
{
    char path[1024];
    int n = snprintf(path, sizeof path, "%s/%s.%s", directory, name, suffix);
    must(n > 0 && (size_t)n < sizeof path, "naming a file");
    FILE *file = fopen(path, "wb");
    must(file && fwrite(octets.p, 1, octets.n, file) == octets.n, path);
    must(fclose(file) == 0, path);
}

void world_write_keys(const struct world *world, const char *directory)
{
    for (size_t i = 0; i < BENCH_KEYS; i++) {
        const struct world_key *k = &world->keys[i];
        char *pem;
        size_t n;
        must(waybill_key_write(k->key, &pem, &n) == WAYBILL_OK, "waybill_key_write");
        write_file(directory, k->selector, "pem", slice_of(pem, n));
        write_file(directory, k->selector, "txt", slice_str(k->record));
        free(pem);
    }
}
