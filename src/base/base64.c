#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int value_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (octet_is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

enum waybill_status base64_decode(struct arena *arena, struct slice text, enum base64_rule rule,
                                  struct slice *out)
{
    uint8_t *p = arena_alloc(arena, text.n / 4 * 3 + 3);
    if (!p)
        return WAYBILL_NOMEM;
    size_t n = 0, digits = 0, padding = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        if (rule == BASE64_FWS && octet_is_fws(c))
            continue;
        if (c == '=') {
            padding++;
            continue;
        }
        int value = value_of(c);
        if (value < 0 || padding > 0)
            return WAYBILL_SYNTAX;
        bits = bits << 6 | (uint32_t)value;
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
