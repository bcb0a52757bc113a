#include "mail/whole.h"

#include "base/limits.h"

/* Where the header is, and where the body begins. */
struct parts {
    size_t from, to, body;
    size_t n_fields;
};

/* Length of the line at `at` with its CRLF; 0: it has none. */
static size_t line_length(struct slice s, size_t at)
{
    size_t lf = at;
    while ((lf = slice_find(s, '\n', lf)) < s.n && !(lf > at && s.p[lf - 1] == '\r'))
        lf++;
    return lf < s.n ? lf + 1 - at : 0;
}

/* False: the last line of the header has no end. */
static bool find_parts(struct slice message, struct parts *out)
{
    *out = (struct parts){0};
    for (size_t at = 0, n; at < message.n; at += n) {
        n = line_length(message, at);
        struct slice line = slice_sub(message, at, n);
        if (n == 0)
            return false;
        out->to = out->body = at;
        if (n == 2) { /* RFC 5322 section 2.1 */
            out->body = at + n;
            return true;
        }
        bool named = header_name_length(line) > 0, folded = octet_is_wsp(line.p[0]);
        if (at == 0 && !named && slice_starts(line, SLICE("From ")))
            out->from = n;
        else if (!folded && named)
            out->n_fields++;
        else if (!folded || out->n_fields == 0)
            return true; /* no field: the body begins with it */
    }
    out->to = out->body = message.n;
    return true;
}

enum waybill_status whole_read(struct arena *arena, struct slice message, struct header *header,
                               struct slice *body)
{
    struct parts parts;
    if (message.n > LIMIT_MESSAGE_OCTETS)
        return WAYBILL_LIMIT;
    if (!find_parts(message, &parts)) {
        const struct slice ended[] = {message, SLICE("\r\n")};
        if (!arena_join(arena, ended, 2, &message))
            return WAYBILL_NOMEM;
        find_parts(message, &parts);
    }
    if (parts.n_fields > LIMIT_HEADER_FIELDS || parts.to > LIMIT_HEADER_OCTETS)
        return WAYBILL_LIMIT;
    if (parts.to < parts.from)
        parts.to = parts.from;
    *body = slice_from(message, parts.body);
    return header_parse(arena, slice_sub(message, parts.from, parts.to - parts.from),
                        parts.n_fields, header);
}
