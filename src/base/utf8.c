#include "base/utf8.h"

struct form {
    uint8_t lead_mask, lead;
    size_t n;
    uint32_t least; /* shorter forms of smaller characters are not well-formed */
};

static const struct form forms[] = {
    {0x80, 0x00, 1, 0}, {0xE0, 0xC0, 2, 0x80}, {0xF0, 0xE0, 3, 0x800}, {0xF8, 0xF0, 4, 0x10000}};

static size_t decode(struct slice s, uint32_t *out)
{
    if (s.n == 0)
        return 0;
    for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
        if ((s.p[0] & forms[f].lead_mask) != forms[f].lead)
            continue;
        if (s.n < forms[f].n)
            return 0;
        uint32_t c = s.p[0] & (uint8_t)~forms[f].lead_mask;
        for (size_t i = 1; i < forms[f].n; i++) {
            if ((s.p[i] & 0xC0) != 0x80)
                return 0;
            c = c << 6 | (s.p[i] & 0x3Fu);
        }
        if (c < forms[f].least || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
            return 0;
        *out = c;
        return forms[f].n;
    }
    return 0;
}

size_t utf8_length(struct slice s)
{
    uint32_t c;
    return decode(s, &c);
}

size_t utf8_printable(struct slice s)
{
    uint32_t c;
    size_t n = decode(s, &c);
    if (n == 0 || c < 0x20 || (c >= 0x7F && c < 0xA0))
        return 0;
    if ((c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E ||
        c == 0x200F || c == 0x061C || c == 0xFEFF)
        return 0;
    return n;
}

bool utf8_valid(struct slice s)
{
    for (size_t i = 0; i < s.n;) {
        size_t n = utf8_length(slice_from(s, i));
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}
