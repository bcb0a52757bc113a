#include "limit.h"

#include "mail/canon.h"
#include "mail/taglist.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

static const uint8_t digest_of_nothing[32] = {1};

/* --- which octets must be hashed ---------------------------------------------------------------
 */

struct survey {
    struct limit_work *limit;
    struct arena arena;
    struct header header;
    struct slice body;
};

void limit_add_hash(struct limit_work *limit, size_t octets)
{
    must(limit->n < sizeof limit->hashes / sizeof limit->hashes[0] && octets <= limit->octets.n,
         "counting hashes");
    limit->hashes[limit->n++] = octets;
}

/* Where the blank line begins, and how many fields stand before it. */
static size_t header_end(struct slice message, size_t *fields)
{
    size_t at = 0;
    for (*fields = 0; at < message.n && message.p[at] != '\r';) {
        *fields += !octet_is_wsp(message.p[at]);
        at = slice_find(message, '\n', at) + 1;
    }
    return at;
}

static void survey_open(struct survey *s, struct slice message)
{
    size_t fields;
    size_t end = header_end(message, &fields);
    s->arena = arena_new();
    must(header_parse(&s->arena, slice_sub(message, 0, end), fields, &s->header) == WAYBILL_OK,
         "header_parse");
    s->body = slice_from(message, end + 2);
}

static size_t field_octets(struct survey *s, struct field *field, enum canon form)
{
    struct slice octets;
    must(canon_field(&s->arena, field, form, &octets) == WAYBILL_OK, "canon_field");
    return octets.n;
}

static size_t own_octets(struct survey *s, struct field *field, const struct taglist *tags,
                         enum canon form)
{
    struct slice octets;
    must(canon_field_without(&s->arena, field, form, taglist_find(tags, "b")->raw, &octets) ==
             WAYBILL_OK,
         "canon_field_without");
    return octets.n;
}

/* Section 5.4.2 of RFC 6376: of a repeated name the last field first, each once. */
static size_t named_octets(struct survey *s, struct slice names, enum canon form)
{
    size_t octets = 0, n = 0;
    bool done = false;
    struct slice seen[256];
    for (struct slice name; taglist_element(&names, &done, &name); n++) {
        must(n < 256, "reading h=");
        seen[n] = name;
        size_t before = 0;
        for (size_t i = 0; i < n; i++)
            before += slice_ieq(seen[i], name);
        struct names_range range = header_find(&s->header, name);
        if (before < range.n)
            octets +=
                field_octets(s, header_at(&s->header, range.first + range.n - 1 - before), form);
    }
    return octets;
}

static void parse_tags(struct survey *s, const struct field *field, struct taglist *tags)
{
    must(taglist_parse(&s->arena, field->value, tags) == WAYBILL_OK, "reading a signature");
}

static enum canon form_of(const struct taglist *tags)
{
    const struct tag *c = taglist_find(tags, "c");
    return c && slice_starts(c->value, SLICE("relaxed")) ? CANON_RELAXED : CANON_SIMPLE;
}

static enum canon add_signatures(struct survey *s, const char *name)
{
    struct names_range range = header_find(&s->header, slice_str(name));
    enum canon form = CANON_RELAXED;
    for (size_t i = 0; i < range.n; i++) {
        struct field *field = header_at(&s->header, range.first + i);
        struct taglist tags;
        parse_tags(s, field, &tags);
        form = form_of(&tags);
        limit_add_hash(s->limit, named_octets(s, taglist_find(&tags, "h")->value, form) +
                                     own_octets(s, field, &tags, form));
    }
    return form;
}

/* A seal's digest goes on from that of the set below, which has the seal below with its b=. */
static void add_seals(struct survey *s)
{
    static const char *const names[] = {"ARC-Authentication-Results", "ARC-Message-Signature"};
    struct names_range seals = header_find(&s->header, SLICE("ARC-Seal"));
    for (size_t i = 0; i < seals.n; i++) { /* the newest stands on top */
        struct field *seal = header_at(&s->header, seals.first + i);
        struct taglist tags;
        parse_tags(s, seal, &tags);
        size_t octets = own_octets(s, seal, &tags, CANON_RELAXED);
        for (size_t k = 0; k < 2; k++) {
            struct names_range range = header_find(&s->header, slice_str(names[k]));
            octets += field_octets(s, header_at(&s->header, range.first + i), CANON_RELAXED);
        }
        limit_add_hash(s->limit, octets + (i ? field_octets(s, seal, CANON_RELAXED) : 0));
    }
}

static enum waybill_status count_run(void *self, struct slice run)
{
    *(size_t *)self += run.n;
    return WAYBILL_OK;
}

static void add_body(struct survey *s, enum canon form)
{
    size_t octets = 0;
    struct canon_body body = {.form = form, .sink = {count_run, &octets}};
    must(canon_body_update(&body, s->body) == WAYBILL_OK && canon_body_final(&body) == WAYBILL_OK,
         "canon_body");
    limit_add_hash(s->limit, octets);
}

/* --- key operations ----------------------------------------------------------------------------
 */

static EVP_PKEY_CTX *ready_rsa(EVP_PKEY *pkey, const EVP_MD *md, int (*init)(EVP_PKEY_CTX *))
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    must(context && init(context) == 1 &&
             EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
             EVP_PKEY_CTX_set_signature_md(context, md) == 1,
         "preparing an RSA key");
    return context;
}

static void sign_rsa(struct limit_key *key)
{
    key->n = sizeof key->signature;
    must(EVP_PKEY_sign(key->sign, key->signature, &key->n, digest_of_nothing,
                       sizeof digest_of_nothing) == 1,
         "EVP_PKEY_sign");
}

static void verify_rsa(struct limit_key *key)
{
    must(EVP_PKEY_verify(key->verify, key->signature, key->n, digest_of_nothing,
                         sizeof digest_of_nothing) == 1,
         "EVP_PKEY_verify");
}

static void sign_pure(struct limit_key *key)
{
    key->n = sizeof key->signature;
    must(EVP_DigestSign(key->sign_pure, key->signature, &key->n, digest_of_nothing,
                        sizeof digest_of_nothing) == 1,
         "EVP_DigestSign");
}

static void verify_pure(struct limit_key *key)
{
    must(EVP_DigestVerify(key->verify_pure, key->signature, key->n, digest_of_nothing,
                          sizeof digest_of_nothing) == 1,
         "EVP_DigestVerify");
}

static void ready_key(struct limit_work *limit, EVP_PKEY *pkey)
{
    struct limit_key *key = &limit->key;
    if (!limit->pure) {
        key->verify = ready_rsa(pkey, limit->sha256, EVP_PKEY_verify_init);
        key->sign = ready_rsa(pkey, limit->sha256, EVP_PKEY_sign_init);
        sign_rsa(key);
        return;
    }
    key->verify_pure = EVP_MD_CTX_new();
    key->sign_pure = EVP_MD_CTX_new();
    must(key->verify_pure && key->sign_pure &&
             EVP_DigestVerifyInit(key->verify_pure, NULL, NULL, NULL, pkey) == 1 &&
             EVP_DigestSignInit(key->sign_pure, NULL, NULL, NULL, pkey) == 1,
         "preparing an Ed25519 key");
    sign_pure(key);
}

/* --- the limit ---------------------------------------------------------------------------------
 */

static void survey(struct limit_work *limit, const struct world *world, struct slice message)
{
    struct survey s = {.limit = limit};
    survey_open(&s, message);
    enum canon form = add_signatures(&s, "DKIM-Signature");
    add_signatures(&s, "ARC-Message-Signature");
    add_seals(&s);
    limit->verifications = limit->n;
    if (!limit_dkim2(limit, world, &s.arena, &s.header, s.body))
        add_body(&s, form);
    arena_free(&s.arena);
}

void limit_new(struct limit_work *limit, const struct world *world, enum bench_key key,
               struct slice message)
{
    *limit = (struct limit_work){.pure = key == BENCH_ED25519,
                                 .octets = message,
                                 .sha256 = EVP_MD_fetch(NULL, "SHA256", NULL),
                                 .digest = EVP_MD_CTX_new()};
    must(limit->sha256 && limit->digest, "EVP_MD_fetch");
    ready_key(limit, world->keys[key].pkey);
    survey(limit, world, message);
}

void limit_free(struct limit_work *limit)
{
    EVP_PKEY_CTX_free(limit->key.verify);
    EVP_PKEY_CTX_free(limit->key.sign);
    EVP_MD_CTX_free(limit->key.verify_pure);
    EVP_MD_CTX_free(limit->key.sign_pure);
    EVP_MD_CTX_free(limit->digest);
    EVP_MD_free(limit->sha256);
}

static void run(void *self)
{
    struct limit_work *limit = self;
    uint8_t value[EVP_MAX_MD_SIZE];
    unsigned n;
    for (size_t i = 0; i < limit->n; i++)
        must(EVP_DigestInit_ex2(limit->digest, limit->sha256, NULL) == 1 &&
                 EVP_DigestUpdate(limit->digest, limit->octets.p, limit->hashes[i]) == 1 &&
                 EVP_DigestFinal_ex(limit->digest, value, &n) == 1,
             "EVP_Digest");
    for (size_t i = 0; i < limit->verifications; i++)
        (limit->pure ? verify_pure : verify_rsa)(&limit->key);
    for (size_t i = 0; i < limit->signatures; i++)
        (limit->pure ? sign_pure : sign_rsa)(&limit->key);
}

struct operation limit_operation(struct limit_work *limit)
{
    return (struct operation){run, limit};
}
