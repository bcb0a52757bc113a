#include "support/custody_forge.h"

#include "base/base64.h"
#include "crypto/private_key.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIELDS_MOST = 4096, ROOM = 64 << 20 };

/* --- a message, cut -------------------------------------------------------------------------- */

struct line {
    struct slice name, value; /* the value with its folds, without the final CRLF */
    size_t place;
};

struct cut {
    struct line lines[FIELDS_MOST];
    size_t n;
    struct slice body;
};

/* The end of the field that begins at `at`: behind the CRLF that no white space follows. */
static size_t end_of_field(struct slice m, size_t at)
{
    for (size_t i = at; i + 1 < m.n; i++)
        if (m.p[i] == '\r' && m.p[i + 1] == '\n' &&
            (i + 2 >= m.n || (m.p[i + 2] != ' ' && m.p[i + 2] != '\t')))
            return i + 2;
    return m.n;
}

static struct cut *cut_message(struct slice m)
{
    struct cut *c = calloc(1, sizeof *c);
    must(c != NULL, "no memory");
    size_t at = 0;
    while (at < m.n && m.p[at] != '\r') {
        size_t end = end_of_field(m, at), colon = slice_find(m, ':', at);
        must(c->n < FIELDS_MOST && colon < end, "no field to be cut");
        c->lines[c->n] = (struct line){slice_trim(slice_sub(m, at, colon - at)),
                                       slice_sub(m, colon + 1, end - 2 - colon - 1), c->n};
        c->n++;
        at = end;
    }
    c->body = slice_from(m, at + 2);
    return c;
}

static bool has_prefix(struct slice name, const char *prefix)
{
    struct slice p = slice_str(prefix);
    return slice_ieq(slice_sub(name, 0, p.n), p);
}

static bool is_ignored(struct slice name)
{
    return slice_ieq(name, SLICE("Received")) || slice_ieq(name, SLICE("DKIM-Signature")) ||
           slice_ieq(name, SLICE("Message-Instance")) ||
           slice_ieq(name, SLICE("DKIM2-Signature")) || has_prefix(name, "x-");
}

static void add_lower(struct buffer *out, struct slice name)
{
    for (size_t i = 0; i < name.n; i++)
        buffer_add_octet(out, octet_lower(name.p[i]));
    buffer_add_octet(out, ':');
}

/* --- section 6 -------------------------------------------------------------------------------- */

/* Unfolded, white space as one SP, none at the ends. */
static void add_collapsed(struct buffer *out, struct slice value)
{
    bool any = false, space = false;
    for (size_t i = 0; i < value.n; i++) {
        uint8_t c = value.p[i];
        if (c == ' ' || c == '\t') {
            space = true;
        } else if (c != '\r' && c != '\n') {
            if (space && any)
                buffer_add_octet(out, ' ');
            buffer_add_octet(out, c);
            any = true;
            space = false;
        }
    }
}

/* By name; of one name the lowest first. */
static int by_name(const void *left, const void *right)
{
    const struct line *a = left, *b = right;
    int order = slice_casecmp(a->name, b->name);
    return order ? order : (a->place < b->place) - (a->place > b->place);
}

struct buffer model_header(struct slice message)
{
    struct buffer out = buffer_new(ROOM);
    struct cut *c = cut_message(message);
    qsort(c->lines, c->n, sizeof c->lines[0], by_name);
    for (size_t i = 0; i < c->n; i++) {
        if (is_ignored(c->lines[i].name))
            continue;
        add_lower(&out, c->lines[i].name);
        add_collapsed(&out, c->lines[i].value);
        buffer_add_str(&out, "\r\n");
    }
    free(c);
    return out;
}

struct buffer model_body_hashed(struct slice message)
{
    struct buffer out = buffer_new(ROOM);
    struct cut *c = cut_message(message);
    size_t n = c->body.n;
    while (n >= 2 && c->body.p[n - 2] == '\r' && c->body.p[n - 1] == '\n')
        n -= 2;
    buffer_add(&out, slice_sub(c->body, 0, n));
    buffer_add_str(&out, "\r\n");
    free(c);
    return out;
}

/* --- section 9.6 ------------------------------------------------------------------------------ */

static void add_without_wsp(struct buffer *out, const char *name, struct slice value)
{
    buffer_add_str(out, name);
    for (size_t i = 0; i < value.n; i++)
        if (!octet_is_fws(value.p[i]))
            buffer_add_octet(out, value.p[i]);
    buffer_add_str(out, "\r\n");
}

/* The number of a tag that stands first. */
static unsigned number_of(struct slice value)
{
    unsigned number = 0;
    size_t at = slice_find(value, '=', 0) + 1;
    for (; at < value.n && octet_is_digit(value.p[at]); at++)
        number = number * 10 + value.p[at] - '0';
    return number;
}

static void add_numbered(struct buffer *out, const struct cut *c, const char *name,
                         const char *label, unsigned last)
{
    for (unsigned wanted = 1; wanted <= last; wanted++)
        for (size_t i = 0; i < c->n; i++)
            if (slice_ieq(c->lines[i].name, slice_str(name)) &&
                number_of(c->lines[i].value) == wanted)
                add_without_wsp(out, label, c->lines[i].value);
}

struct buffer model_input(struct slice message, unsigned m, unsigned i, const char *own)
{
    struct buffer out = buffer_new(ROOM);
    struct cut *c = cut_message(message);
    add_numbered(&out, c, "Message-Instance", "message-instance:", m);
    add_numbered(&out, c, "DKIM2-Signature", "dkim2-signature:", i - 1);
    add_without_wsp(&out, "dkim2-signature:", slice_str(own));
    free(c);
    return out;
}

/* --- making ----------------------------------------------------------------------------------- */

/* Adds base64 of the digest, and frees what it was taken of. */
static void add_digest(struct buffer *out, const EVP_MD *kind, struct buffer *octets)
{
    uint8_t value[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    must(octets->status == WAYBILL_OK && EVP_Digest(octets->n ? octets->p : (const uint8_t *)"",
                                                    octets->n, value, &n, kind, NULL) == 1,
         "no digest");
    buffer_free(octets);
    base64_encode(out, slice_of(value, n));
}

void forge_instance(struct buffer *message, unsigned m, const char *recipe)
{
    bool odd = m % 2 == 1;
    const EVP_MD *kind = odd ? EVP_sha256() : EVP_sha512();
    struct buffer field = buffer_new(ROOM);
    struct buffer header = model_header(buffer_slice(message));
    struct buffer body = model_body_hashed(buffer_slice(message));
    buffer_printf(&field, "Message-Instance: m=%u; h=%s:", m, odd ? "sha256" : "sha512");
    add_digest(&field, kind, &header);
    buffer_add_str(&field, ":");
    add_digest(&field, kind, &body);
    buffer_add_str(&field, ";");
    if (recipe) {
        buffer_add_str(&field, " r=");
        base64_encode(&field, slice_str(recipe));
        buffer_add_str(&field, ";");
    }
    buffer_add_str(&field, "\r\n");
    put_on_top(message, buffer_slice(&field));
    buffer_free(&field);
}

static const struct algorithm *algorithm_of(const struct lab *lab, enum lab_key key)
{
    return algorithm_of_kind(private_key_kind(lab->keys[key]));
}

/* What a key signs: the octets, or their digest. */
static struct slice signed_octets(const struct algorithm *algorithm, struct slice input,
                                  uint8_t value[32])
{
    unsigned n = 0;
    if (algorithm->pure)
        return input;
    must(EVP_Digest(input.p, input.n, value, &n, EVP_sha256(), NULL) == 1, "no digest");
    return slice_of(value, n);
}

/* s= with a signature of the input for each key, or with empty ones. */
static void add_sets(struct buffer *out, const struct lab *lab, const struct forged_hop *hop,
                     const struct buffer *input)
{
    struct arena arena = arena_new();
    for (size_t k = 0; k < hop->n_keys; k++) {
        const struct algorithm *algorithm = algorithm_of(lab, hop->keys[k]);
        struct slice signature = {NULL, 0};
        uint8_t value[32];
        if (input)
            must(private_key_sign(lab->keys[hop->keys[k]], algorithm,
                                  signed_octets(algorithm, buffer_slice(input), value), &arena,
                                  &signature) == WAYBILL_OK,
                 "no signature");
        buffer_add_str(out, k == 0 ? "s=" : hop->between ? hop->between : ",");
        buffer_printf(out, "%s:%s:", lab_key_texts[hop->keys[k]].selector, algorithm->name);
        base64_encode(out, signature);
    }
    buffer_add_str(out, ";");
    arena_free(&arena);
}

void forge_hop(const struct lab *lab, const struct forged_hop *hop, struct buffer *message)
{
    struct buffer start = buffer_new(ROOM), own = buffer_new(ROOM), field = buffer_new(ROOM);
    buffer_printf(&start, " i=%u; m=%u; ", hop->i, hop->m);
    buffer_add_str(&start, hop->tags);
    buffer_add_octet(&start, ' ');
    buffer_add(&own, buffer_slice(&start));
    add_sets(&own, lab, hop, NULL);
    buffer_add_octet(&own, '\0');
    struct buffer input = model_input(buffer_slice(message), hop->m, hop->i, (const char *)own.p);
    buffer_add_str(&field, "DKIM2-Signature:");
    buffer_add(&field, buffer_slice(&start));
    add_sets(&field, lab, hop, &input);
    buffer_add_str(&field, "\r\n");
    put_on_top(message, buffer_slice(&field));
    buffer_free(&start);
    buffer_free(&own);
    buffer_free(&input);
    buffer_free(&field);
}

/* --- journeys --------------------------------------------------------------------------------- */

static struct buffer tags_of(const struct forged_step *step)
{
    struct buffer out = buffer_new(ROOM);
    buffer_printf(&out, "t=%lld; d=%s;", (long long)(LAB_NOW - step->before), step->domain);
    if (step->next_domain)
        buffer_printf(&out, " nd=%s;", step->next_domain);
    if (step->mail_from) {
        buffer_add_str(&out, " mf=");
        base64_encode(&out, slice_str(step->mail_from));
        buffer_add_str(&out, ";");
    }
    for (size_t i = 0; i < 2 && step->rcpt_to[i]; i++) {
        buffer_add_str(&out, i ? "," : " rt=");
        base64_encode(&out, slice_str(step->rcpt_to[i]));
    }
    buffer_add_str(&out, step->rcpt_to[0] ? ";" : "");
    buffer_add_str(&out, step->more ? step->more : "");
    buffer_add_octet(&out, '\0');
    return out;
}

void forge_step(const struct lab *lab, const struct forged_step *step, unsigned *i, unsigned *m,
                struct buffer *message)
{
    struct buffer tags = tags_of(step);
    if (step->find)
        replace(message, step->find, step->put);
    if (*m == 0 || step->recipe)
        forge_instance(message, ++*m, step->recipe);
    struct forged_hop hop = {.i = ++*i,
                             .m = *m,
                             .tags = (const char *)tags.p,
                             .keys = {step->n_keys ? step->keys[0] : LAB_ED25519, step->keys[1]},
                             .n_keys = step->n_keys ? step->n_keys : 1,
                             .between = step->between};
    forge_hop(lab, &hop, message);
    buffer_free(&tags);
}

struct buffer forge_journey(const struct lab *lab, const char *message,
                            const struct forged_step *steps, size_t n)
{
    struct buffer out = message_of(message);
    unsigned i = 0, m = 0;
    for (size_t k = 0; k < n; k++)
        forge_step(lab, &steps[k], &i, &m, &out);
    return out;
}

struct buffer forge_tags(int64_t time, const char *domain, const char *mail_from,
                         const char *const *rcpt_to, size_t rcpts)
{
    struct buffer out = buffer_new(ROOM);
    buffer_printf(&out, "t=%lld; d=%s; mf=", (long long)time, domain);
    base64_encode(&out, slice_str(mail_from));
    buffer_add_str(&out, "; rt=");
    for (size_t i = 0; i < rcpts; i++) {
        buffer_add_str(&out, i ? "," : "");
        base64_encode(&out, slice_str(rcpt_to[i]));
    }
    buffer_add_str(&out, ";");
    buffer_add_octet(&out, '\0');
    return out;
}
