#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* What an octet is, where it is no digit. */
enum { NEITHER = 64, PADDING = 65, SPACE = 66 };

/* clang-format off */
static const uint8_t values[256] = {
    64, 64, 64, 64, 64, 64, 64, 64, 64, 66, 66, 64, 64, 66, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    66, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 62, 64, 64, 64, 63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, 64, 65, 64, 64,
    64,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 64, 64, 64, 64, 64,
    64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64};
/* clang-format on */

/* A text under way: octets decoded so far, and the digits that make none yet. */
struct decoding {
    struct slice text;
    size_t at;
    uint8_t *octets;
    size_t n;
    uint32_t bits;
    unsigned digits; /* in bits: 0 to 3 */
    size_t padding;
};

static void put(uint8_t *octets, uint32_t bits)
{
    octets[0] = (uint8_t)(bits >> 16);
    octets[1] = (uint8_t)(bits >> 8);
    octets[2] = (uint8_t)bits;
}

/* Digits by fours, up to the first four that are not all digits. In variables of its own: for all a
 * compiler knows, what is written might be *d. */
static void take_quartets(struct decoding *d)
{
    const struct slice text = d->text;
    uint8_t *const octets = d->octets;
    size_t at = d->at, n = d->n;
    for (; text.n - at >= 4; at += 4, n += 3) {
        const uint8_t *t = text.p + at;
        uint32_t a = values[t[0]], b = values[t[1]], c = values[t[2]], e = values[t[3]];
        if ((a | b | c | e) >= NEITHER)
            break;
        put(octets + n, a << 18 | b << 12 | c << 6 | e);
    }
    d->at = at;
    d->n = n;
}

static bool take_octet(struct decoding *d, enum base64_rule rule)
{
    uint8_t value = values[d->text.p[d->at++]];
    if (value == SPACE && rule == BASE64_FWS)
        return true;
    if (value == PADDING) {
        d->padding++;
        return true;
    }
    if (value >= NEITHER || d->padding > 0)
        return false;
    d->bits = d->bits << 6 | value;
    d->digits = (d->digits + 1) % 4;
    if (d->digits == 0) {
        put(d->octets + d->n, d->bits);
        d->n += 3;
    }
    return true;
}

/* The last two or three digits, whose bits beyond whole octets must be zero. */
static bool finish(struct decoding *d)
{
    if (d->digits == 1 || d->padding != (d->digits ? 4 - d->digits : 0))
        return false;
    unsigned over = d->digits == 2 ? 4 : d->digits == 3 ? 2 : 0;
    if (d->bits & ((1u << over) - 1))
        return false;
    if (d->digits == 3)
        d->octets[d->n++] = (uint8_t)(d->bits >> 10);
    if (d->digits >= 2)
        d->octets[d->n++] = (uint8_t)(d->bits >> over);
    return true;
}

enum waybill_status base64_decode(struct arena *arena, struct slice text, enum base64_rule rule,
                                  struct slice *out)
{
    struct decoding d = {.text = text, .octets = arena_alloc(arena, text.n / 4 * 3 + 3)};
    if (!d.octets)
        return WAYBILL_NOMEM;
    while (d.at < text.n) {
        if (d.digits == 0 && d.padding == 0)
            take_quartets(&d);
        if (d.at < text.n && !take_octet(&d, rule))
            return WAYBILL_SYNTAX;
    }
    if (!finish(&d))
        return WAYBILL_SYNTAX;
    *out = slice_of(d.octets, d.n);
    return WAYBILL_OK;
}

void base64_encode(struct buffer *out, struct slice octets)
{
    for (size_t i = 0; i < octets.n; i += 3) {
        size_t here = octets.n - i < 3 ? octets.n - i : 3;
        uint32_t bits = (uint32_t)octets.p[i] << 16;
        if (here > 1)
            bits |= (uint32_t)octets.p[i + 1] << 8;
        if (here > 2)
            bits |= octets.p[i + 2];
        for (size_t d = 0; d < 4; d++)
            buffer_add_octet(out, d <= here ? (uint8_t)alphabet[bits >> (18 - 6 * d) & 63] : '=');
    }
}
