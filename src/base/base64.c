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

enum waybill_status base64_decode(struct arena *arena, struct slice text, enum base64_rule rule,
                                  struct slice *out)
{
    uint8_t *p = arena_alloc(arena, text.n / 4 * 3 + 3);
    if (!p)
        return WAYBILL_NOMEM;
    size_t n = 0, digits = 0, padding = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t value = values[text.p[i]];
        if (value == SPACE && rule == BASE64_FWS)
            continue;
        if (value == PADDING) {
            padding++;
            continue;
        }
        if (value >= NEITHER || padding > 0)
            return WAYBILL_SYNTAX;
        bits = bits << 6 | value;
        if (++digits % 4 == 0) {
            p[n++] = (uint8_t)(bits >> 16);
            p[n++] = (uint8_t)(bits >> 8);
            p[n++] = (uint8_t)bits;
        }
    }
    size_t over = digits % 4;
    if (over == 1 || padding != (over ? 4 - over : 0))
        return WAYBILL_SYNTAX;
    if (over == 2) {
        if (bits & 0xF)
            return WAYBILL_SYNTAX;
        p[n++] = (uint8_t)(bits >> 4);
    } else if (over == 3) {
        if (bits & 0x3)
            return WAYBILL_SYNTAX;
        p[n++] = (uint8_t)(bits >> 10);
        p[n++] = (uint8_t)(bits >> 2);
    }
    *out = slice_of(p, n);
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
