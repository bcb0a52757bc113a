#include "dmarc/uri.h"

#include "base/cursor.h"
#include "base/limits.h"

/* RFC 3986 section 3.1. */
static bool is_scheme_octet(uint8_t c)
{
    return octet_is_alpha(c) || octet_is_digit(c) || c == '+' || c == '-' || c == '.';
}

static bool is_hex_digit(uint8_t c)
{
    return octet_is_digit(c) || (octet_lower(c) >= 'a' && octet_lower(c) <= 'f');
}

static bool is_one_of(uint8_t c, struct slice octets)
{
    return slice_find(octets, c, 0) < octets.n;
}

/* What stands for itself in any part: unreserved, sub-delims, ':', '@', '/', '?' (section 3.3 and
 * 3.4), without the '!' and ',' that RFC 9989 section 4.8 wants encoded. */
static bool is_common(uint8_t c)
{
    return octet_is_alpha(c) || octet_is_digit(c) || is_one_of(c, SLICE("-._~$&'()*+;=:@/?"));
}

/* hier-part [ "?" query ] [ "#" fragment ] of section 3; brackets are for an IP address in the
 * authority only (section 3.2.2), and nothing looks into them. */
static bool is_rest(struct slice s)
{
    struct cursor c = cursor_new(s);
    bool authority = slice_starts(s, SLICE("//")), fragment = false;
    while (!cursor_done(&c)) {
        uint8_t octet = (uint8_t)cursor_take(&c);
        if (octet == '%') {
            if (cursor_done(&c) || !is_hex_digit((uint8_t)cursor_take(&c)) || cursor_done(&c) ||
                !is_hex_digit((uint8_t)cursor_take(&c)))
                return false;
        } else if (octet == '#') {
            if (fragment)
                return false;
            fragment = true;
        } else if (octet == '[' || octet == ']') {
            if (!authority)
                return false;
        } else if (!is_common(octet)) {
            return false;
        }
        authority = authority && (c.at <= 2 || !is_one_of(octet, SLICE("/?#")));
    }
    return s.n > 0;
}

/* obs-dmarc-report-size = "!" 1*DIGIT [ "k" / "m" / "g" / "t" ] */
static bool is_size(struct slice s)
{
    struct cursor c = cursor_new(s);
    if (!cursor_accept(&c, '!') || cursor_while(&c, octet_is_digit).n == 0)
        return false;
    if (!cursor_done(&c) && is_one_of(octet_lower((uint8_t)cursor_peek(&c)), SLICE("kmgt")))
        cursor_take(&c);
    return cursor_done(&c);
}

bool dmarc_uri_parse(struct slice text, struct dmarc_uri *out)
{
    size_t mark = slice_find(text, '!', 0);
    if (mark < text.n && !is_size(slice_from(text, mark)))
        return false;
    out->text = slice_sub(text, 0, mark);
    struct cursor c = cursor_new(out->text);
    out->scheme = cursor_while(&c, is_scheme_octet);
    if (out->scheme.n == 0 || !octet_is_alpha(out->scheme.p[0]) || !cursor_accept(&c, ':'))
        return false;
    out->rest = cursor_rest(&c);
    return is_rest(out->rest);
}

enum waybill_status dmarc_uris_parse(struct arena *arena, struct slice value,
                                     struct dmarc_uris *out)
{
    struct dmarc_uri kept[LIMIT_DMARC_URIS], uri;
    size_t valid = 0;
    enum waybill_status status = WAYBILL_OK;
    struct cursor c = cursor_new(value);
    do {
        if (!dmarc_uri_parse(slice_trim(cursor_until(&c, ',')), &uri))
            status = WAYBILL_SYNTAX;
        else if (valid++ < LIMIT_DMARC_URIS)
            kept[valid - 1] = uri;
    } while (cursor_accept(&c, ','));
    out->n = valid < LIMIT_DMARC_URIS ? valid : LIMIT_DMARC_URIS;
    out->all = arena_array(arena, out->n, sizeof uri);
    if (!out->all)
        return WAYBILL_NOMEM;
    memcpy(out->all, kept, out->n * sizeof uri);
    return valid > out->n ? WAYBILL_LIMIT : status;
}
