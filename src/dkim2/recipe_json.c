#include "dkim2/recipe_json.h"

#include "base/buffer.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <stdlib.h>

/*
 * A recipe is five deep, {"h":{"name":[{"c":[1,2]}]}}, and of its values the shortest that nest,
 * {"d":[""]}, have five octets a bracket and more. What goes beyond is refused, so that neither the
 * stack nor the memory that it takes is the sender's to choose.
 */
enum { DEPTH_MOST = 5, OCTETS_A_BRACKET = 5, BRACKETS_FREE = 16 };

static const char no_json[] = "the recipe is no JSON";

struct parser {
    struct cursor at;
    struct arena *values, *octets;
    size_t depth, brackets;
    const char *why;
    bool no_memory;
};

static bool fails(struct parser *p, const char *why)
{
    p->why = why;
    return false;
}

static bool lacks_memory(struct parser *p)
{
    p->no_memory = true;
    return false;
}

static void pass_space(struct parser *p)
{
    cursor_while(&p->at, octet_is_fws); /* section 2 has just these */
}

/* --- strings (section 7) ---------------------------------------------------------------------- */

static bool is_plain(uint8_t c)
{
    return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
}

static int hex_digit(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool take_unit(struct cursor *c, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(cursor_take(c));
        if (digit < 0)
            return false;
        *out = *out << 4 | (uint32_t)digit;
    }
    return true;
}

/* Behind "\u". Half of a pair of surrogates is no character. */
static bool take_character(struct cursor *c, uint32_t *out)
{
    uint32_t low;
    if (!take_unit(c, out))
        return false;
    if (*out < 0xD800 || *out > 0xDFFF)
        return true;
    if (*out > 0xDBFF || !cursor_accept(c, '\\') || !cursor_accept(c, 'u') || !take_unit(c, &low) ||
        low < 0xDC00 || low > 0xDFFF)
        return false;
    *out = 0x10000 + ((*out - 0xD800) << 10) + (low - 0xDC00);
    return true;
}

static void add_character(struct buffer *b, uint32_t c)
{
    static const uint8_t leads[] = {0, 0xC0, 0xE0, 0xF0};
    unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    buffer_add_octet(b, (uint8_t)(leads[more] | c >> 6 * more));
    while (more-- > 0)
        buffer_add_octet(b, (uint8_t)(0x80 | (c >> 6 * more & 0x3F)));
}

/* Behind a backslash. */
static bool add_escape(struct cursor *c, struct buffer *b)
{
    static const struct slice marks = SLICE_INIT("\"\\/bfnrt");
    static const char meant[] = "\"\\/\b\f\n\r\t";
    uint32_t character;
    int octet = cursor_take(c);
    if (octet == 'u' && take_character(c, &character)) {
        add_character(b, character);
        return true;
    }
    size_t i = octet == CURSOR_END ? marks.n : slice_find(marks, (uint8_t)octet, 0);
    if (i == marks.n)
        return false;
    buffer_add_octet(b, (uint8_t)meant[i]);
    return true;
}

/* Plain octets, a character or what an escape means. */
static bool add_part(struct cursor *c, struct buffer *b)
{
    buffer_add(b, cursor_while(c, is_plain));
    int octet = cursor_peek(c);
    if (octet == '"')
        return true;
    if (cursor_accept(c, '\\'))
        return add_escape(c, b);
    size_t n = octet >= 0x80 ? utf8_length(cursor_rest(c)) : 0;
    buffer_add(b, slice_sub(cursor_rest(c), 0, n));
    c->at += n;
    return n > 0;
}

/* Octets before the quotation mark that ends the string; what they mean takes no more. */
static size_t string_octets(struct cursor c)
{
    size_t from = c.at;
    for (int octet; (octet = cursor_take(&c)) != CURSOR_END && octet != '"';)
        if (octet == '\\')
            cursor_take(&c);
    return c.at - from;
}

static bool read_string(struct parser *p, struct slice *out)
{
    struct cursor *c = &p->at;
    if (!cursor_accept(c, '"'))
        return fails(p, no_json);
    struct slice plain = cursor_while(c, is_plain);
    if (cursor_accept(c, '"')) {
        *out = plain;
        return true;
    }
    size_t most = plain.n + string_octets(*c);
    struct buffer b = buffer_over(arena_alloc(p->octets, most), most);
    if (!b.p)
        return lacks_memory(p);
    buffer_add(&b, plain);
    while (!cursor_accept(c, '"'))
        if (!add_part(c, &b))
            return fails(p, no_json);
    *out = buffer_slice(&b);
    return true;
}

/* --- numbers (section 6) ---------------------------------------------------------------------- */

static bool pass_digits(struct parser *p)
{
    return cursor_while(&p->at, octet_is_digit).n > 0 || fails(p, no_json);
}

/* Behind the digits of the whole part; false in *more where there is neither. */
static bool pass_fraction(struct parser *p, bool *more)
{
    bool point = cursor_accept(&p->at, '.');
    if (point && !pass_digits(p))
        return false;
    bool power = cursor_accept(&p->at, 'e') || cursor_accept(&p->at, 'E');
    if (power && !cursor_accept(&p->at, '+'))
        cursor_accept(&p->at, '-');
    *more = point || power;
    return !power || pass_digits(p);
}

static bool read_number(struct parser *p, struct recipe_value *out)
{
    enum { DIGITS_MOST = 19 };
    bool negative = cursor_accept(&p->at, '-'), more;
    struct slice digits = cursor_while(&p->at, octet_is_digit);
    if (digits.n == 0 || (digits.n > 1 && digits.p[0] == '0') || !pass_fraction(p, &more))
        return fails(p, no_json);
    out->kind = more ? RECIPE_OTHER : RECIPE_INTEGER;
    uint64_t most = (uint64_t)INT64_MAX + negative;
    if (!more && (!slice_number(digits, DIGITS_MOST, &out->number) || out->number > most))
        return fails(p, no_json);
    out->number = negative ? 0 : out->number;
    return true;
}

/* --- lists and objects (sections 4 and 5) ----------------------------------------------------- */

static bool read_value(struct parser *p, struct recipe_value *out);

static bool read_member(struct parser *p, bool has_key, struct recipe_value *out)
{
    pass_space(p);
    if (has_key) {
        if (!read_string(p, &out->key))
            return false;
        pass_space(p);
        if (slice_find(out->key, 0, 0) < out->key.n || !cursor_accept(&p->at, ':'))
            return fails(p, no_json);
        pass_space(p);
    }
    return read_value(p, out);
}

static int by_key(const void *a, const void *b)
{
    const struct recipe_value *const *one = a, *const *other = b;
    int order = slice_casecmp((*one)->key, (*other)->key);
    return order ? order : slice_cmp((*one)->key, (*other)->key);
}

/* No key stands twice. */
static bool sort_keys(struct parser *p, struct recipe_value *object)
{
    size_t n = 0;
    object->by_key = arena_array(p->values, object->n, sizeof(struct recipe_value *));
    if (!object->by_key)
        return lacks_memory(p);
    for (struct recipe_value *v = object->first; v; v = v->next)
        object->by_key[n++] = v;
    if (n > 1)
        qsort(object->by_key, n, sizeof(struct recipe_value *), by_key);
    for (size_t i = 1; i < n; i++)
        if (slice_eq(object->by_key[i - 1]->key, object->by_key[i]->key))
            return fails(p, no_json);
    return true;
}

static bool read_members(struct parser *p, uint8_t close, struct recipe_value *out)
{
    struct recipe_value **end = &out->first;
    do {
        *end = arena_alloc(p->values, sizeof **end);
        if (!*end)
            return lacks_memory(p);
        if (!read_member(p, out->kind == RECIPE_OBJECT, *end))
            return false;
        end = &(*end)->next;
        out->n++;
        pass_space(p);
    } while (cursor_accept(&p->at, ','));
    return cursor_accept(&p->at, close) || fails(p, no_json);
}

/* Behind its bracket. */
static bool read_container(struct parser *p, enum recipe_kind kind, struct recipe_value *out)
{
    uint8_t close = kind == RECIPE_OBJECT ? '}' : ']';
    out->kind = kind;
    if (++p->depth > DEPTH_MOST)
        return fails(p, "the recipe is nested too deep");
    if (++p->brackets > p->at.all.n / OCTETS_A_BRACKET + BRACKETS_FREE)
        return fails(p, "the recipe has more lists and objects than any recipe");
    pass_space(p);
    if (!cursor_accept(&p->at, close) && !read_members(p, close, out))
        return false;
    p->depth--;
    return kind == RECIPE_LIST || sort_keys(p, out);
}

/* --- values (section 3) ----------------------------------------------------------------------- */

static bool read_word(struct parser *p, struct recipe_value *out)
{
    static const struct slice words[] = {SLICE_INIT("null"), SLICE_INIT("true"),
                                         SLICE_INIT("false")};
    struct slice word = cursor_while(&p->at, octet_is_alpha);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (slice_eq(word, words[i])) {
            out->kind = i == 0 ? RECIPE_NULL : RECIPE_OTHER;
            return true;
        }
    return fails(p, no_json);
}

static bool read_value(struct parser *p, struct recipe_value *out)
{
    int next = cursor_peek(&p->at);
    if (next == '"') {
        out->kind = RECIPE_STRING;
        return read_string(p, &out->text);
    }
    if (next == '-' || (next != CURSOR_END && octet_is_digit((uint8_t)next)))
        return read_number(p, out);
    if (cursor_accept(&p->at, '{'))
        return read_container(p, RECIPE_OBJECT, out);
    return cursor_accept(&p->at, '[') ? read_container(p, RECIPE_LIST, out) : read_word(p, out);
}

static bool read_whole(struct parser *p, struct recipe_value *out)
{
    if (p->at.all.n > LIMIT_RECIPE_OCTETS)
        return fails(p, "the recipe is too long");
    pass_space(p);
    if (!read_value(p, out))
        return false;
    pass_space(p);
    bool nests = out->kind == RECIPE_OBJECT || out->kind == RECIPE_LIST;
    return (nests && cursor_done(&p->at)) || fails(p, no_json);
}

enum waybill_status recipe_json_read(struct arena *values, struct arena *octets, struct slice json,
                                     struct recipe_value *out, const char **why)
{
    struct parser p = {.at = cursor_new(json), .values = values, .octets = octets};
    *out = (struct recipe_value){0};
    *why = NULL;
    if (read_whole(&p, out))
        return WAYBILL_OK;
    *why = p.why;
    return p.no_memory ? WAYBILL_NOMEM : WAYBILL_SYNTAX;
}
