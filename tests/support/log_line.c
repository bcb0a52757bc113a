#include "support/log_line.h"

static int hex_of(int c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *at = c > 0 ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Behind a backslash: xHH, or the dots that end a value which was cut. */
static bool read_escape(struct cursor *line, struct buffer *value, bool *cut)
{
    if (slice_eq(slice_sub(cursor_rest(line), 0, 4), SLICE("...\""))) {
        line->at += 3;
        *cut = true;
        return true;
    }
    if (!cursor_accept(line, 'x'))
        return false;
    int high = hex_of(cursor_take(line)), low = hex_of(cursor_take(line));
    if (high < 0 || low < 0)
        return false;
    buffer_add_octet(value, (uint8_t)(high << 4 | low));
    return true;
}

static bool read_quoted(struct cursor *line, struct buffer *value, bool *cut)
{
    for (int c; (c = cursor_take(line)) != '"';) {
        if (c < ' ' || c > '~')
            return false;
        if (c != '\\')
            buffer_add_octet(value, (uint8_t)c);
        else if (!read_escape(line, value, cut))
            return false;
    }
    return true;
}

static bool is_plain(uint8_t c)
{
    return c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '=';
}

static bool read_value(struct cursor *line, struct buffer *value, bool *cut)
{
    *cut = false;
    if (cursor_accept(line, '"'))
        return read_quoted(line, value, cut);
    struct slice plain = cursor_while(line, is_plain);
    buffer_add(value, plain);
    return plain.n > 0;
}

bool log_line_start(struct cursor *line, struct buffer *id, bool *cut)
{
    if (!read_value(line, id, cut))
        return false;
    if (cursor_accept(line, ':'))
        return true;
    /* The colon may be the last octet of a plain one. */
    if (id->n == 0 || id->p[id->n - 1] != ':')
        return false;
    id->n--;
    return true;
}

static bool is_of_key(uint8_t c)
{
    return c == '-' || octet_is_digit(c) || (c >= 'a' && c <= 'z');
}

bool log_line_next(struct cursor *line, struct slice *key, struct buffer *value, bool *cut)
{
    if (!cursor_accept(line, ' '))
        return false;
    *key = cursor_while(line, is_of_key);
    return key->n > 0 && cursor_accept(line, '=') && read_value(line, value, cut) &&
           (cursor_done(line) || cursor_peek(line) == ' ');
}

struct slice log_line_value(struct slice text, const char *wanted)
{
    struct cursor line = cursor_new(text);
    struct buffer value = buffer_new(SIZE_MAX);
    struct slice key, found = {NULL, 0};
    bool cut, more = log_line_start(&line, &value, &cut);
    while (more && !found.p) {
        size_t from = line.at;
        more = log_line_next(&line, &key, &value, &cut);
        if (more && slice_eq(key, slice_str(wanted)))
            found = slice_from(cursor_since(&line, from), key.n + 2);
    }
    buffer_free(&value);
    return found;
}
