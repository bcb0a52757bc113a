#include "authres/scan.h"

#include "base/limits.h"

#include <limits.h>

bool authres_is_token_octet(uint8_t c)
{
    return c > ' ' && c < 0x7F && !memchr("()<>@,;:\\\"/[]?=", c, 15);
}

bool authres_is_value_octet(uint8_t c)
{
    return c > ' ' && c != 0x7F && c != ';' && c != '(' && c != ')' && c != '"';
}

static bool is_keyword_octet(uint8_t c)
{
    return octet_is_alpha(c) || octet_is_digit(c) || c == '-';
}

bool authres_scan_fail(struct authres_scan *s, enum waybill_status status, const char *why)
{
    s->status = status;
    s->why = why;
    return false;
}

static bool fail(struct authres_scan *s, const char *why)
{
    return authres_scan_fail(s, WAYBILL_SYNTAX, why);
}

/* A line end with nothing but the field's end or a new line behind it never folds: who writes the
 * octets again must not make two fields of one. */
static bool scan_fold(struct authres_scan *s)
{
    cursor_accept(&s->c, '\r');
    if (!cursor_accept(&s->c, '\n'))
        return fail(s, "a carriage return without a line feed");
    int next = cursor_peek(&s->c);
    return next == ' ' || next == '\t' || fail(s, "a line end that folds nothing");
}

/* One element of a comment or quoted-string: an octet, a quoted-pair or a line end that folds. */
static bool scan_content(struct authres_scan *s)
{
    int c = cursor_peek(&s->c);
    if (c == '\r' || c == '\n')
        return scan_fold(s);
    if (c == '\\') {
        cursor_take(&s->c);
        c = cursor_peek(&s->c);
    }
    if (c == CURSOR_END)
        return fail(s, "a comment or quoted-string without its end");
    if ((c < ' ' && c != '\t') || c == 0x7F)
        return fail(s, "a control character");
    cursor_take(&s->c);
    return true;
}

static bool scan_comment(struct authres_scan *s)
{
    size_t from = s->c.at, depth = 0;
    do {
        int c = cursor_peek(&s->c);
        if (c == '(' && ++depth > LIMIT_COMMENT_DEPTH)
            return authres_scan_fail(s, WAYBILL_LIMIT, "comments nested too deep");
        if (c == ')')
            depth--;
        if (!scan_content(s))
            return false;
    } while (depth > 0);
    if (s->note_comment && !s->comment.p)
        s->comment = slice_sub(s->c.all, from + 1, s->c.at - from - 2);
    return true;
}

bool authres_scan_cfws(struct authres_scan *s)
{
    bool good = true;
    while (good) {
        switch (cursor_peek(&s->c)) {
        case ' ':
        case '\t':
            cursor_take(&s->c);
            break;
        case '\r':
        case '\n':
            good = scan_fold(s);
            break;
        case '(':
            good = scan_comment(s);
            break;
        default:
            return true;
        }
    }
    return false;
}

bool authres_scan_accept(struct authres_scan *s, uint8_t c, bool *found)
{
    if (!authres_scan_cfws(s))
        return false;
    *found = cursor_accept(&s->c, c);
    return true;
}

bool authres_scan_keyword(struct authres_scan *s, struct slice *out, const char *why)
{
    if (!authres_scan_cfws(s))
        return false;
    struct slice word = cursor_while(&s->c, is_keyword_octet);
    if (word.n == 0 || word.p[word.n - 1] == '-')
        return fail(s, why);
    *out = word;
    return true;
}

bool authres_scan_number(struct authres_scan *s, unsigned *out, const char *why)
{
    if (!authres_scan_cfws(s))
        return false;
    struct slice digits = cursor_while(&s->c, octet_is_digit);
    if (digits.n == 0)
        return fail(s, why);
    uint64_t number;
    bool small = slice_number(digits, 19, &number) && number < UINT_MAX;
    *out = small ? (unsigned)number : UINT_MAX;
    return true;
}

bool authres_scan_quoted(struct authres_scan *s, struct slice *raw)
{
    cursor_take(&s->c);
    size_t from = s->c.at;
    while (cursor_peek(&s->c) != '"')
        if (!scan_content(s))
            return false;
    *raw = cursor_since(&s->c, from);
    cursor_take(&s->c);
    return true;
}

bool authres_scan_value(struct authres_scan *s, struct slice *out, const char *why)
{
    if (!authres_scan_cfws(s))
        return false;
    if (cursor_peek(&s->c) == '"') {
        struct slice raw;
        return authres_scan_quoted(s, &raw) && authres_scan_text(s, raw, out);
    }
    struct slice token = cursor_while(&s->c, authres_is_token_octet);
    if (token.n == 0)
        return fail(s, why);
    *out = token;
    return true;
}

size_t authres_scan_undo(struct slice raw, uint8_t *to)
{
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] == '\r' || raw.p[i] == '\n')
            continue;
        if (raw.p[i] == '\\' && i + 1 < raw.n)
            i++;
        if (to)
            to[n] = raw.p[i];
        n++;
    }
    return n;
}

bool authres_scan_text(struct authres_scan *s, struct slice raw, struct slice *out)
{
    *out = raw;
    if (authres_scan_undo(raw, NULL) == raw.n)
        return true;
    uint8_t *text = arena_alloc(s->arena, raw.n);
    if (!text)
        return authres_scan_fail(s, WAYBILL_NOMEM, "out of memory");
    *out = slice_of(text, authres_scan_undo(raw, text));
    return true;
}
