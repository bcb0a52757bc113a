#include "transit/token.h"

#include "base/base64.h"
#include "base/cursor.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

enum {
    HMAC_OCTETS = 32,
    /* RFC 2104 section 5 lets it be cut to half and more; of so many octets base64 leaves no bits
     * over, so that a MAC has one text. */
    MAC_OCTETS = 18,
    MAC_TEXT_OCTETS = 24,
    TIME_DIGITS = 13,
};

static const struct slice version = SLICE_INIT("v1");

const char *transit_verdict_text(enum transit_verdict verdict)
{
    static const char *const texts[] = {
        [TRANSIT_GOOD] = "good",
        [TRANSIT_MALFORMED] = "malformed",
        [TRANSIT_FORGED] = "forged",
        [TRANSIT_EXPIRED] = "expired",
    };
    return texts[verdict];
}

static bool is_hex(uint8_t c)
{
    return octet_is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool is_base64(uint8_t c)
{
    return octet_is_alpha(c) || octet_is_digit(c) || c == '+' || c == '/';
}

static bool is_all(struct slice text, size_t n, bool (*class)(uint8_t))
{
    struct cursor c = cursor_new(text);
    return cursor_while(&c, class).n == n && cursor_done(&c);
}

bool transit_is_id(struct slice text)
{
    return is_all(text, TRANSIT_ID_OCTETS, is_hex);
}

/* --- the MAC -----------------------------------------------------------------------------------
 */

static enum waybill_status add_mac(struct slice key, struct slice text, struct buffer *out)
{
    uint8_t mac[HMAC_OCTETS];
    size_t n = 0;
    if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key.p, key.n, text.p, text.n, mac,
                   sizeof mac, &n))
        return WAYBILL_CRYPTO;
    base64_encode(out, slice_of(mac, MAC_OCTETS));
    return out->status;
}

static enum waybill_status compare(struct slice key, struct slice text, struct slice mac,
                                   bool *same)
{
    uint8_t room[MAC_TEXT_OCTETS];
    struct buffer ours = buffer_over(room, sizeof room);
    enum waybill_status status = add_mac(key, text, &ours);
    *same = status == WAYBILL_OK && CRYPTO_memcmp(ours.p, mac.p, MAC_TEXT_OCTETS) == 0;
    return status;
}

static enum waybill_status is_ours(const struct transit_keys *keys, struct slice text,
                                   struct slice mac, bool *ours)
{
    enum waybill_status status = compare(keys->now, text, mac, ours);
    if (status == WAYBILL_OK && !*ours && keys->before.p)
        status = compare(keys->before, text, mac, ours);
    return status;
}

/* --- writing -----------------------------------------------------------------------------------
 */

enum waybill_status transit_token_write(const struct transit_keys *keys, const char *id,
                                        int64_t expires, struct buffer *out)
{
    uint8_t room[TRANSIT_TOKEN_OCTETS];
    struct buffer token = buffer_over(room, sizeof room);
    if (keys->now.n == 0 || !transit_is_id(slice_str(id)) || expires < 0)
        return WAYBILL_MISUSE;
    buffer_add(&token, version);
    buffer_add_octet(&token, '.');
    buffer_add_str(&token, id);
    buffer_add_octet(&token, '.');
    buffer_add_number(&token, (uint64_t)expires);
    if (token.status != WAYBILL_OK || token.n + 1 + MAC_TEXT_OCTETS > sizeof room)
        return WAYBILL_MISUSE;
    struct slice text = buffer_slice(&token);
    buffer_add_octet(&token, '.');
    enum waybill_status status = add_mac(keys->now, text, &token);
    buffer_add(out, buffer_slice(&token));
    return status == WAYBILL_OK ? out->status : status;
}

/* --- reading -----------------------------------------------------------------------------------
 */

struct token {
    struct slice text; /* what the MAC is of */
    struct slice id, mac;
    uint64_t expires;
};

static bool parse(struct slice value, struct token *out)
{
    struct cursor c = cursor_new(slice_trim(value));
    if (!slice_eq(cursor_until(&c, '.'), version) || !cursor_accept(&c, '.'))
        return false;
    out->id = cursor_until(&c, '.');
    if (!transit_is_id(out->id) || !cursor_accept(&c, '.'))
        return false;
    struct slice digits = cursor_until(&c, '.');
    out->text = cursor_since(&c, 0);
    if (!slice_number(digits, TIME_DIGITS, &out->expires) || !cursor_accept(&c, '.'))
        return false;
    out->mac = cursor_rest(&c);
    return is_all(out->mac, MAC_TEXT_OCTETS, is_base64);
}

enum waybill_status transit_token_read(const struct transit_keys *keys, struct slice value,
                                       int64_t now, char id[TRANSIT_ID_OCTETS + 1],
                                       enum transit_verdict *out)
{
    struct token token;
    bool ours;
    id[0] = '\0';
    *out = TRANSIT_MALFORMED;
    if (keys->now.n == 0)
        return WAYBILL_MISUSE;
    if (!parse(value, &token))
        return WAYBILL_OK;
    enum waybill_status status = is_ours(keys, token.text, token.mac, &ours);
    *out = TRANSIT_FORGED;
    if (status != WAYBILL_OK || !ours)
        return status;
    *out = now > (int64_t)token.expires ? TRANSIT_EXPIRED : TRANSIT_GOOD;
    memcpy(id, token.id.p, TRANSIT_ID_OCTETS);
    id[TRANSIT_ID_OCTETS] = '\0';
    return WAYBILL_OK;
}
