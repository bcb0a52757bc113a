#include "milter/field.h"

/* Whether the octet is there. */
static bool has(struct slice s, size_t at, uint8_t octet)
{
    return at < s.n && s.p[at] == octet;
}

static bool folds_at(struct slice value, size_t lf)
{
    return lf + 1 < value.n && octet_is_wsp(value.p[lf + 1]);
}

/* The next LF that folds without a CR before it; the length where there is none. */
static size_t find_bare_fold(struct slice value, size_t from)
{
    size_t lf = slice_find(value, '\n', from);
    while (lf < value.n && (!folds_at(value, lf) || (lf > 0 && has(value, lf - 1, '\r'))))
        lf = slice_find(value, '\n', lf + 1);
    return lf;
}

enum waybill_status milter_field_arrives(struct slice value, bool leading_space,
                                         struct buffer *room, struct slice *out)
{
    size_t from = 0, lf = find_bare_fold(value, 0);
    *out = value;
    if (leading_space && lf == value.n)
        return WAYBILL_OK;
    room->n = 0;
    if (!leading_space)
        buffer_add_octet(room, ' ');
    for (; lf < value.n; lf = find_bare_fold(value, lf + 1)) {
        buffer_add(room, slice_sub(value, from, lf - from));
        buffer_add_octet(room, '\r');
        from = lf;
    }
    buffer_add(room, slice_from(value, from));
    *out = buffer_slice(room);
    return room->status;
}

void milter_field_leaves(struct slice value, bool leading_space, struct buffer *to)
{
    if (!leading_space && value.n > 1 && has(value, 0, ' '))
        value = slice_from(value, 1);
    size_t from = 0;
    for (size_t cr = slice_find(value, '\r', 0); cr < value.n;
         cr = slice_find(value, '\r', cr + 1)) {
        if (!has(value, cr + 1, '\n'))
            continue;
        buffer_add(to, slice_sub(value, from, cr - from));
        from = cr + 1;
    }
    buffer_add(to, slice_from(value, from));
}

/* A lone CR is a line end to some. */
static bool lines_fold(struct slice value)
{
    for (size_t cr = slice_find(value, '\r', 0); cr < value.n; cr = slice_find(value, '\r', cr + 1))
        if (!has(value, cr + 1, '\n'))
            return false;
    for (size_t lf = slice_find(value, '\n', 0); lf < value.n; lf = slice_find(value, '\n', lf + 1))
        if (!folds_at(value, lf))
            return false;
    return true;
}

bool milter_field_is_safe(struct slice name, struct slice value)
{
    static const uint8_t barred[] = {'\0', '\r', '\n', ':'};
    for (size_t i = 0; i < sizeof barred; i++)
        if (slice_find(name, barred[i], 0) < name.n)
            return false;
    return name.n > 0 && slice_find(value, '\0', 0) == value.n && lines_fold(value);
}
