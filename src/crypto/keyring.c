#include "crypto/keyring.h"

#include "base/base64.h"
#include "crypto/libcrypto.h"

#include <openssl/rand.h>
#include <stdlib.h>

/* Octets of text a kept key may have on average: one of RSA 4096 has 736 in base64, one of
 * ML-DSA-44 1,752. */
#define TEXT_OCTETS ((size_t)2048)

struct held {
    struct held *chain;         /* of the same slot */
    struct held *newer, *older; /* by the last look-up */
    uint64_t hash;
    enum key_kind kind;
    enum key_problem problem;
    struct public_key *key;
    size_t n;
    uint8_t text[];
};

struct keyring {
    struct crypto *crypto;
    EVP_MAC_CTX *hasher;
    uint8_t secret[16];
    size_t most, size, octets;
    uint64_t parsed;
    struct held *newest, *oldest;
    size_t mask; /* of a hash: its slot */
    struct held **slots;
};

/* Whoever publishes keys chooses their texts. With a hash they can foresee they could put them all
 * into one chain; libcrypto's SipHash with a secret costs as little. */
static EVP_MAC_CTX *hasher_new(void)
{
    EVP_MAC *siphash = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
    EVP_MAC_CTX *hasher = siphash ? EVP_MAC_CTX_new(siphash) : NULL;
    EVP_MAC_free(siphash);
    return hasher;
}

static enum waybill_status hash_of(struct keyring *ring, struct slice text, uint64_t *out)
{
    uint64_t hash[2];
    size_t n;
    if (EVP_MAC_init(ring->hasher, ring->secret, sizeof ring->secret, NULL) != 1 ||
        EVP_MAC_update(ring->hasher, text.p, text.n) != 1 ||
        EVP_MAC_final(ring->hasher, (uint8_t *)hash, &n, sizeof hash) != 1)
        return libcrypto_failure();
    *out = hash[0];
    return WAYBILL_OK;
}

enum waybill_status keyring_new(struct crypto *crypto, size_t most, struct keyring **out)
{
    *out = NULL;
    if (most == 0)
        return WAYBILL_MISUSE;
    struct keyring *ring = calloc(1, sizeof *ring);
    if (!ring)
        return WAYBILL_NOMEM;
    size_t slots = 1;
    while (slots < most)
        slots *= 2;
    *ring = (struct keyring){.crypto = crypto, .most = most, .mask = slots - 1};
    ring->slots = calloc(slots, sizeof(struct held *));
    ring->hasher = hasher_new();
    if (ring->slots && ring->hasher && RAND_bytes(ring->secret, sizeof ring->secret) == 1) {
        *out = ring;
        return WAYBILL_OK;
    }
    enum waybill_status failure = ring->slots ? libcrypto_failure() : WAYBILL_NOMEM;
    keyring_free(ring);
    return failure;
}

static void held_free(struct held *held)
{
    public_key_free(held->key);
    free(held);
}

void keyring_free(struct keyring *ring)
{
    if (!ring)
        return;
    for (struct held *h = ring->newest; h;) {
        struct held *older = h->older;
        held_free(h);
        h = older;
    }
    EVP_MAC_CTX_free(ring->hasher);
    free(ring->slots);
    free(ring);
}

static struct held **slot_of(struct keyring *ring, uint64_t hash)
{
    return &ring->slots[hash & ring->mask];
}

static struct held *look_up(struct keyring *ring, uint64_t hash, enum key_kind kind,
                            struct slice text)
{
    for (struct held *h = *slot_of(ring, hash); h; h = h->chain)
        if (h->hash == hash && h->kind == kind && slice_eq(slice_of(h->text, h->n), text))
            return h;
    return NULL;
}

static void unlink_by_age(struct keyring *ring, struct held *held)
{
    *(held->newer ? &held->newer->older : &ring->newest) = held->older;
    *(held->older ? &held->older->newer : &ring->oldest) = held->newer;
}

static void link_newest(struct keyring *ring, struct held *held)
{
    held->newer = NULL;
    held->older = ring->newest;
    *(ring->newest ? &ring->newest->newer : &ring->oldest) = held;
    ring->newest = held;
}

static void drop_oldest(struct keyring *ring)
{
    struct held *held = ring->oldest;
    struct held **link = slot_of(ring, held->hash);
    while (*link != held)
        link = &(*link)->chain;
    *link = held->chain;
    unlink_by_age(ring, held);
    ring->size--;
    ring->octets -= held->n;
    held_free(held);
}

/* Room for n octets of text more; there is always room for one key. */
static void make_room(struct keyring *ring, size_t n)
{
    while (ring->size >= ring->most ||
           (ring->size > 0 && ring->octets + n > ring->most * TEXT_OCTETS))
        drop_oldest(ring);
}

static void hold(struct keyring *ring, struct held *held)
{
    make_room(ring, held->n);
    struct held **slot = slot_of(ring, held->hash);
    held->chain = *slot;
    *slot = held;
    link_newest(ring, held);
    ring->size++;
    ring->octets += held->n;
}

static enum waybill_status parse(struct keyring *ring, struct held *held)
{
    struct arena scratch = arena_new();
    struct slice octets;
    enum waybill_status status =
        base64_decode(&scratch, slice_of(held->text, held->n), BASE64_FWS, &octets);
    ring->parsed++;
    if (status == WAYBILL_OK)
        status = public_key_parse(ring->crypto, held->kind, octets, &held->key, &held->problem);
    else if (status == WAYBILL_SYNTAX)
        status = WAYBILL_OK; /* no base64 is no key: a verdict */
    arena_free(&scratch);
    return status;
}

static enum waybill_status add(struct keyring *ring, uint64_t hash, enum key_kind kind,
                               struct slice text, struct held **out)
{
    struct held *held = malloc(sizeof *held + text.n);
    if (!held)
        return WAYBILL_NOMEM;
    *held = (struct held){.hash = hash, .kind = kind, .problem = KEY_MALFORMED, .n = text.n};
    if (text.n)
        memcpy(held->text, text.p, text.n);
    enum waybill_status status = parse(ring, held);
    if (status != WAYBILL_OK) {
        held_free(held);
        return status;
    }
    hold(ring, held);
    *out = held;
    return WAYBILL_OK;
}

enum waybill_status keyring_find(struct keyring *ring, enum key_kind kind, struct slice text,
                                 struct public_key **out, enum key_problem *problem)
{
    *out = NULL;
    *problem = KEY_MALFORMED;
    uint64_t hash = 0;
    enum waybill_status status = hash_of(ring, text, &hash);
    if (status != WAYBILL_OK)
        return status;
    struct held *held = look_up(ring, hash, kind, text);
    if (held) {
        unlink_by_age(ring, held);
        link_newest(ring, held);
    } else {
        status = add(ring, hash, kind, text, &held);
        if (status != WAYBILL_OK)
            return status;
    }
    *out = held->key;
    *problem = held->problem;
    return WAYBILL_OK;
}

size_t keyring_size(const struct keyring *ring)
{
    return ring->size;
}

uint64_t keyring_parsed(const struct keyring *ring)
{
    return ring->parsed;
}
