#include "dns/zone_entry.h"

#include "base/text_error.h"
#include "dns/answer_set.h"

struct zone_entries zone_entries_new(struct arena *arena, struct slice text,
                                     struct waybill_text_error *error)
{
    return (struct zone_entries){
        .arena = arena, .cursor = cursor_new(text), .line = 1, .error = error};
}

static bool grow(struct zone_entries *e)
{
    size_t capacity = e->capacity ? e->capacity * 2 : 32;
    struct zone_word *words = arena_array(e->arena, capacity, sizeof *words);
    if (!words)
        return false;
    if (e->n)
        memcpy(words, e->words, e->n * sizeof *words);
    e->words = words;
    e->capacity = capacity;
    return true;
}

static enum waybill_status add_word(struct zone_entries *e, struct slice raw)
{
    if (e->n == e->capacity && !grow(e))
        return WAYBILL_NOMEM;
    e->words[e->n++] = (struct zone_word){raw, e->line};
    return WAYBILL_OK;
}

static bool is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Takes an octet, an escaped one with its backslash. False at the end of the line. */
static bool take(struct cursor *c)
{
    cursor_accept(c, '\\');
    if (cursor_done(c) || cursor_peek(c) == '\n')
        return false;
    cursor_take(c);
    return true;
}

static enum waybill_status read_quoted(struct zone_entries *e)
{
    struct cursor *c = &e->cursor;
    cursor_take(c);
    size_t from = c->at;
    while (cursor_peek(c) != '"') {
        if (!take(c))
            return text_error(e->error, e->line,
                              "a quoted string without end: close it on its line");
    }
    enum waybill_status status = add_word(e, cursor_since(c, from));
    cursor_take(c);
    return status;
}

static bool ends_word(int c)
{
    return c == CURSOR_END || is_blank(c) || c == '\n' || c == ';' || c == '"' || c == '(' ||
           c == ')';
}

static enum waybill_status read_word(struct zone_entries *e)
{
    struct cursor *c = &e->cursor;
    size_t from = c->at;
    while (!ends_word(cursor_peek(c))) {
        if (!take(c))
            return text_error(e->error, e->line,
                              "a backslash at the end of the line: put what it escapes after it");
    }
    return add_word(e, cursor_since(c, from));
}

static enum waybill_status close_parenthesis(struct zone_entries *e)
{
    if (e->depth == 0)
        return text_error(e->error, e->line, "\")\" without \"(\": open it before, or quote it");
    e->depth--;
    cursor_take(&e->cursor);
    return WAYBILL_OK;
}

/* Reads what stands next within an entry. */
static enum waybill_status read_part(struct zone_entries *e)
{
    struct cursor *c = &e->cursor;
    switch (cursor_peek(c)) {
    case ';':
        cursor_until(c, '\n');
        return WAYBILL_OK;
    case '"':
        return read_quoted(e);
    case '(':
        e->depth++;
        cursor_take(c);
        return WAYBILL_OK;
    case ')':
        return close_parenthesis(e);
    case '\n':
        e->line++;
        cursor_take(c);
        return WAYBILL_OK;
    default:
        if (!is_blank(cursor_peek(c)))
            return read_word(e);
        cursor_take(c);
        return WAYBILL_OK;
    }
}

/* Up to and with the line end that no parentheses enclose. */
static enum waybill_status read_entry(struct zone_entries *e)
{
    size_t first_line = e->line;
    e->indented = is_blank(cursor_peek(&e->cursor));
    while (!cursor_done(&e->cursor)) {
        bool ends = e->depth == 0 && cursor_peek(&e->cursor) == '\n';
        enum waybill_status status = read_part(e);
        if (status != WAYBILL_OK || ends)
            return status;
    }
    if (e->depth > 0)
        return text_error(e->error, first_line, "\"(\" without \")\": close it, or quote it");
    return WAYBILL_OK;
}

enum waybill_status zone_entries_next(struct zone_entries *e)
{
    enum waybill_status status = WAYBILL_OK;
    e->n = 0;
    while (status == WAYBILL_OK && e->n == 0 && !cursor_done(&e->cursor))
        status = read_entry(e);
    return status;
}

/* RFC 1035 section 5.1: \DDD is the octet of that decimal number, \X the octet X. */
static bool take_escaped(struct cursor *c, uint8_t *out)
{
    if (!octet_is_digit((uint8_t)cursor_peek(c))) {
        *out = (uint8_t)cursor_take(c);
        return true;
    }
    uint64_t number;
    if (!slice_number(slice_sub(c->all, c->at, 3), 3, &number) || c->all.n - c->at < 3 ||
        number > UINT8_MAX)
        return false;
    c->at += 3;
    *out = (uint8_t)number;
    return true;
}

bool zone_unescape(struct slice raw, bool is_name, uint8_t *out, size_t *n)
{
    struct cursor c = cursor_new(raw);
    *n = 0;
    while (!cursor_done(&c)) {
        uint8_t octet;
        bool escaped = cursor_accept(&c, '\\');
        if (!escaped)
            octet = (uint8_t)cursor_take(&c);
        else if (!take_escaped(&c, &octet) || (is_name && octet == '.'))
            return false;
        out[(*n)++] = octet;
    }
    return true;
}
