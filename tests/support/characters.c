#include "support/characters.h"

#include "base/buffer.h"
#include "support/support.h"

struct slice octets_of(struct arena *arena, const json_t *string)
{
    if (!json_is_string(string))
        return (struct slice){NULL, 0};
    const uint8_t *utf8 = (const uint8_t *)json_string_value(string);
    size_t n = json_string_length(string), out = 0;
    uint8_t *octets = arena_alloc(arena, n + 1);
    must(octets != NULL, "no memory");
    for (size_t i = 0; i < n; i++) {
        uint8_t c = utf8[i];
        must(c <= 0xC3, "a character beyond U+00FF");
        octets[out++] = c < 0x80 ? c : (uint8_t)(c << 6 | (utf8[++i] & 0x3F));
    }
    return slice_of(octets, out);
}

json_t *characters_of(struct slice octets)
{
    struct buffer utf8 = buffer_new(2 * octets.n + 1);
    for (size_t i = 0; i < octets.n; i++) {
        uint8_t c = octets.p[i];
        if (c >= 0x80)
            buffer_add_octet(&utf8, (uint8_t)(0xC0 | c >> 6));
        buffer_add_octet(&utf8, c < 0x80 ? c : (uint8_t)(0x80 | (c & 0x3F)));
    }
    must(utf8.status == WAYBILL_OK, "no memory");
    json_t *string = octets.p ? json_stringn(utf8.p ? (char *)utf8.p : "", utf8.n) : json_null();
    buffer_free(&utf8);
    return string;
}
