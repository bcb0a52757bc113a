#include "policy/trust.h"

#include "base/limits.h"
#include "base/nearest.h"
#include "base/text_error.h"
#include "policy/pattern.h"

#include <stdlib.h>

struct trusted {
    struct slice key; /* of its pattern */
    struct waybill_trust_line said;
};

static const struct role {
    const char *name;
    enum waybill_trust_role role;
} roles[] = {{"sealer", WAYBILL_TRUST_SEALER}, {"signer", WAYBILL_TRUST_SIGNER}};

enum { ROLES = sizeof roles / sizeof *roles };

static const unsigned ALL_ROLES = WAYBILL_TRUST_SEALER | WAYBILL_TRUST_SIGNER;

#define FAIL(r, ...) text_error((r)->error, (r)->line, __VA_ARGS__)

/* --- a line ----------------------------------------------------------------------------------- */

static enum waybill_status read_role(struct pattern_reader *r, struct slice word, unsigned *out)
{
    struct nearest nearest = nearest_new(word);
    for (size_t i = 0; i < ROLES; i++) {
        if (slice_eq(word, slice_str(roles[i].name))) {
            *out |= roles[i].role;
            return WAYBILL_OK;
        }
        nearest_offer(&nearest, roles[i].name);
    }
    struct slice shown = text_shown(word);
    return nearest.name
               ? FAIL(r, "'%.*s': unknown role: did you mean %s?", SLICE_ARGS(shown), nearest.name)
               : FAIL(r, "'%.*s': unknown role: use sealer, signer or both", SLICE_ARGS(shown));
}

static enum waybill_status read_roles(struct pattern_reader *r, unsigned *out)
{
    enum waybill_status status = WAYBILL_OK;
    for (struct slice word; status == WAYBILL_OK && (word = pattern_word(r)).n > 0;)
        status = read_role(r, word, out);
    return status;
}

/* A text over the limit tells where, as one that is malformed does. */
static enum waybill_status fail_patterns(struct pattern_reader *r)
{
    FAIL(r, "over %zu patterns: leave out what a '*.' pattern covers", LIMIT_TRUST_PATTERNS);
    return WAYBILL_LIMIT;
}

static enum waybill_status read_line(struct pattern_reader *r, struct trust_text *text)
{
    struct pattern pattern;
    unsigned said = 0;
    enum waybill_status status = pattern_read(r, &pattern);
    if (status == WAYBILL_OK)
        status = read_roles(r, &said);
    if (status != WAYBILL_OK)
        return status;
    if (text->n == LIMIT_TRUST_PATTERNS)
        return fail_patterns(r);
    struct trusted *lines = arena_grown(&text->arena, text->lines, text->n, sizeof *lines);
    if (!lines)
        return WAYBILL_NOMEM;
    text->lines = lines;
    lines[text->n++] = (struct trusted){
        .key = pattern.key,
        .said = {.pattern = pattern.text, .line = r->line, .roles = said ? said : ALL_ROLES}};
    return WAYBILL_OK;
}

/* --- a text ----------------------------------------------------------------------------------- */

static enum waybill_status read_text(struct pattern_reader *r, struct trust_text *text)
{
    if (r->text.all.n > LIMIT_TRUST_OCTETS) {
        FAIL(r, "over %zu octets: leave out what a '*.' pattern covers", LIMIT_TRUST_OCTETS);
        return WAYBILL_LIMIT;
    }
    while (pattern_line(r)) {
        enum waybill_status status = read_line(r, text);
        if (status != WAYBILL_OK)
            return status;
    }
    if (text->n == 0)
        return WAYBILL_OK;
    return names_make(&text->arena, &text->lines->key, sizeof *text->lines, text->n, &text->index);
}

static void text_free(struct trust_text *text)
{
    arena_free(&text->arena);
    free(text);
}

static void append(struct trust *trust, struct trust_text *text)
{
    struct trust_text **end = &trust->texts;
    while (*end)
        end = &(*end)->next;
    *end = text;
    for (size_t i = 0; i < text->n; i++)
        trust->roles |= text->lines[i].said.roles;
}

enum waybill_status trust_add(struct trust *trust, struct slice text,
                              struct waybill_text_error *error)
{
    struct trust_text *new = calloc(1, sizeof *new);
    *error = (struct waybill_text_error){0, ""};
    if (!new)
        return WAYBILL_NOMEM;
    struct pattern_reader r = pattern_reader_new(text, &new->arena, error);
    enum waybill_status status = read_text(&r, new);
    if (status == WAYBILL_OK && new->n > 0)
        append(trust, new);
    else
        text_free(new);
    return status;
}

void trust_free(struct trust *trust)
{
    while (trust->texts) {
        struct trust_text *next = trust->texts->next;
        text_free(trust->texts);
        trust->texts = next;
    }
    trust->roles = 0;
}

/* --- look-ups --------------------------------------------------------------------------------- */

/* What speaks of a domain, from the closest pattern on: the name itself, then what is left of it
 * from each of its dots on, in every text. */
struct walk {
    const struct trust_text *first, *text;
    struct slice domain, key;
    struct names_range range;
};

static struct walk walk_new(const struct trust *trust, struct slice domain)
{
    struct walk w = {trust->texts, trust->texts, domain, domain, {0, 0}};
    if (w.text)
        w.range = names_find(&w.text->index, domain);
    return w;
}

/* The next line; NULL at the end. */
static const struct trusted *walk_next(struct walk *w)
{
    while (w->text) {
        if (w->range.n > 0) {
            w->range.n--;
            return &w->text->lines[w->text->index.entries[w->range.first++].position];
        }
        w->text = w->text->next;
        if (!w->text) {
            w->key = pattern_key_after(w->key);
            w->text = w->key.n > 0 ? w->first : NULL;
        }
        if (w->text)
            w->range = names_find(&w->text->index, w->key);
    }
    return NULL;
}

bool trust_has(const struct trust *trust, struct slice ascii_domain, unsigned wanted)
{
    struct walk w = walk_new(trust, ascii_domain);
    unsigned found = 0;
    for (const struct trusted *line; (found & wanted) != wanted && (line = walk_next(&w));)
        found |= line->said.roles;
    return (found & wanted) == wanted;
}

size_t trust_lines(const struct trust *trust, struct slice ascii_domain,
                   struct waybill_trust_line *out, size_t most)
{
    struct walk w = walk_new(trust, ascii_domain);
    size_t n = 0;
    for (const struct trusted *line; (line = walk_next(&w)); n++) {
        if (n < most)
            out[n] = line->said;
    }
    return n;
}
