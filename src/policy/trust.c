#include "policy/trust.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/nearest.h"
#include "base/text_error.h"
#include "dns/name.h"

#include <stdlib.h>

/*
 * A pattern "*.example.org" is kept in the index as ".example.org": each of these is what is left
 * of a name from one of its dots on, so that a look-up makes no new text.
 */
struct trusted {
    struct slice key;
    struct waybill_trust_line said;
};

static const struct role {
    const char *name;
    enum waybill_trust_role role;
} roles[] = {{"sealer", WAYBILL_TRUST_SEALER}, {"signer", WAYBILL_TRUST_SIGNER}};

enum { ROLES = sizeof roles / sizeof *roles };

static const unsigned ALL_ROLES = WAYBILL_TRUST_SEALER | WAYBILL_TRUST_SIGNER;

/* One text while it is read. */
struct reader {
    struct trust_text *text;
    size_t capacity, line;
    struct waybill_text_error *error;
};

#define FAIL(r, ...) text_error((r)->error, (r)->line, __VA_ARGS__)

/* --- a line ----------------------------------------------------------------------------------- */

static bool is_wsp(uint8_t c)
{
    return octet_is_wsp(c);
}

static bool is_word(uint8_t c)
{
    return !octet_is_wsp(c);
}

/* The next word of a line; empty at its end. */
static struct slice take_word(struct cursor *c)
{
    cursor_while(c, is_wsp);
    return cursor_while(c, is_word);
}

static enum waybill_status read_role(struct reader *r, struct slice word, unsigned *out)
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

/* What follows the label in which the last '*' stands is what was meant. */
static enum waybill_status fail_star(struct reader *r, struct slice word)
{
    size_t star = 0;
    for (size_t at = slice_find(word, '*', 0); at < word.n; at = slice_find(word, '*', at + 1))
        star = at;
    struct slice rest = slice_from(word, slice_find(word, '.', star) + 1);
    struct slice shown = text_shown(word);
    if (!name_is_domain(rest))
        return FAIL(r, "'%.*s': '*' stands only for what is before a domain: name the domains",
                    SLICE_ARGS(shown));
    return FAIL(r, "'%.*s': '*' stands only for the first label: write *.%.*s", SLICE_ARGS(shown),
                SLICE_ARGS(text_shown(rest)));
}

/* The domain of a pattern, in A-labels; *below where "*." stands before it. */
static enum waybill_status read_pattern(struct reader *r, struct slice word, bool *below,
                                        struct slice *domain)
{
    *below = slice_starts(word, SLICE("*."));
    struct slice name = name_without_dot(*below ? slice_from(word, 2) : word);
    if (slice_find(name, '*', 0) < name.n)
        return fail_star(r, word);
    enum waybill_status status =
        name_is_domain(name) ? name_to_ascii(&r->text->arena, name, domain) : WAYBILL_SYNTAX;
    if (status != WAYBILL_SYNTAX)
        return status;
    return FAIL(r, "'%.*s': no domain: write one as in example.org, or *.example.org",
                SLICE_ARGS(text_shown(word)));
}

/* The pattern in A-labels, and its part that the index has. */
static bool keep_pattern(struct reader *r, bool below, struct slice domain, struct trusted *out)
{
    const struct slice parts[] = {below ? SLICE("*.") : SLICE(""), domain};
    struct slice whole;
    if (!arena_join(&r->text->arena, parts, 2, &whole))
        return false;
    out->key = slice_from(whole, below ? 1 : 0);
    out->said.pattern = (const char *)whole.p;
    return true;
}

/* A text over the limit tells where, as one that is malformed does. */
static enum waybill_status fail_patterns(struct reader *r)
{
    FAIL(r, "over %zu patterns: leave out what a '*.' pattern covers", LIMIT_TRUST_PATTERNS);
    return WAYBILL_LIMIT;
}

static struct trusted *line_add(struct reader *r)
{
    struct trust_text *text = r->text;
    if (text->n == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : 64;
        struct trusted *more = arena_array(&text->arena, capacity, sizeof *more);
        if (!more)
            return NULL;
        if (text->n)
            memcpy(more, text->lines, text->n * sizeof *more);
        text->lines = more;
        r->capacity = capacity;
    }
    return &text->lines[text->n++];
}

static enum waybill_status read_words(struct reader *r, struct slice pattern, struct cursor *c)
{
    struct slice domain;
    bool below;
    unsigned said = 0;
    enum waybill_status status = read_pattern(r, pattern, &below, &domain);
    for (struct slice word; status == WAYBILL_OK && (word = take_word(c)).n > 0;)
        status = read_role(r, word, &said);
    if (status != WAYBILL_OK)
        return status;
    if (r->text->n == LIMIT_TRUST_PATTERNS)
        return fail_patterns(r);
    struct trusted *line = line_add(r);
    if (!line || !keep_pattern(r, below, domain, line))
        return WAYBILL_NOMEM;
    line->said.line = r->line;
    line->said.roles = said ? said : ALL_ROLES;
    return WAYBILL_OK;
}

static enum waybill_status read_line(struct reader *r, struct slice line)
{
    struct cursor c = cursor_new(slice_trim(slice_sub(line, 0, slice_find(line, '#', 0))));
    struct slice pattern = take_word(&c);
    r->line++;
    return pattern.n > 0 ? read_words(r, pattern, &c) : WAYBILL_OK;
}

/* --- a text ----------------------------------------------------------------------------------- */

static enum waybill_status read_text(struct reader *r, struct slice text)
{
    if (text.n > LIMIT_TRUST_OCTETS) {
        FAIL(r, "over %zu octets: leave out what a '*.' pattern covers", LIMIT_TRUST_OCTETS);
        return WAYBILL_LIMIT;
    }
    struct cursor c = cursor_new(text);
    while (!cursor_done(&c)) {
        enum waybill_status status = read_line(r, cursor_until(&c, '\n'));
        if (status != WAYBILL_OK)
            return status;
        cursor_take(&c);
    }
    if (r->text->n == 0)
        return WAYBILL_OK;
    return names_make(&r->text->arena, &r->text->lines->key, sizeof *r->text->lines, r->text->n,
                      &r->text->index);
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
    struct reader r = {new, 0, 0, error};
    enum waybill_status status = read_text(&r, text);
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

/* The key behind this one: from the next dot on; empty at the end. */
static struct slice key_after(struct slice key)
{
    return slice_from(key, slice_find(key, '.', key.n > 0 && key.p[0] == '.' ? 1 : 0));
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
            w->key = key_after(w->key);
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
