#include "mail/encoded_word.h"

#include "base/base64.h"
#include "base/cursor.h"
#include "base/utf8.h"

enum charset { CHARSET_UTF8, CHARSET_LATIN1, CHARSET_UNKNOWN };

/* The parts of "=?charset?encoding?text?=". */
struct word {
    struct slice charset, text;
    uint8_t encoding;
};

static enum charset charset_of(struct slice name)
{
    static const struct {
        const char *name;
        enum charset charset;
    } known[] = {
        {"utf-8", CHARSET_UTF8}, {"us-ascii", CHARSET_UTF8}, {"iso-8859-1", CHARSET_LATIN1}};
    struct slice bare = slice_sub(name, 0, slice_find(name, '*', 0)); /* RFC 2231 section 5 */
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (slice_ieq(bare, slice_str(known[i].name)))
            return known[i].charset;
    return CHARSET_UNKNOWN;
}

static bool take_word(struct cursor *c, struct word *out)
{
    size_t from = c->at;
    struct slice encoding;
    if (cursor_accept(c, '=') && cursor_accept(c, '?')) {
        out->charset = cursor_until(c, '?');
        cursor_take(c);
        encoding = cursor_until(c, '?');
        cursor_take(c);
        out->text = cursor_until(c, '?');
        out->encoding = encoding.n == 1 ? octet_lower(encoding.p[0]) : 0;
        if (cursor_accept(c, '?') && cursor_accept(c, '=') &&
            (out->encoding == 'b' || out->encoding == 'q'))
            return true;
    }
    c->at = from;
    return false;
}

static int hex(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Section 4.2; a '=' without two hex digits stands for itself. */
static void decode_q(struct buffer *out, struct slice text)
{
    struct cursor c = cursor_new(text);
    while (!cursor_done(&c)) {
        int octet = cursor_take(&c);
        if (octet == '=' && c.at + 2 <= text.n) {
            int high = hex(text.p[c.at]), low = hex(text.p[c.at + 1]);
            if (high >= 0 && low >= 0) {
                octet = high * 16 + low;
                c.at += 2;
            }
        }
        buffer_add_octet(out, octet == '_' ? ' ' : (uint8_t)octet);
    }
}

static bool decode(struct buffer *out, const struct word *word)
{
    if (word->encoding == 'q') {
        decode_q(out, word->text);
        return out->status == WAYBILL_OK;
    }
    struct arena arena = arena_new();
    struct slice octets;
    bool fine = base64_decode(&arena, word->text, BASE64_STRICT, &octets) == WAYBILL_OK;
    if (fine)
        buffer_add(out, octets);
    arena_free(&arena);
    return fine;
}

static void add_latin1(struct buffer *out, struct slice octets)
{
    for (size_t i = 0; i < octets.n; i++) {
        uint8_t c = octets.p[i];
        if (c < 0x80) {
            buffer_add_octet(out, c);
        } else {
            buffer_add_octet(out, (uint8_t)(0xC0 | c >> 6));
            buffer_add_octet(out, (uint8_t)(0x80 | (c & 0x3F)));
        }
    }
}

/* False: the word cannot be shown decoded. */
static bool show_word(struct buffer *out, const struct word *word)
{
    enum charset charset = charset_of(word->charset);
    struct buffer octets = buffer_new(word->text.n + 1);
    bool fine = charset != CHARSET_UNKNOWN && decode(&octets, word) &&
                (charset == CHARSET_LATIN1 || utf8_valid(buffer_slice(&octets)));
    if (fine && charset == CHARSET_LATIN1)
        add_latin1(out, buffer_slice(&octets));
    else if (fine)
        buffer_add(out, buffer_slice(&octets));
    buffer_free(&octets);
    return fine;
}

/* The word where the cursor stands, decoded, unless it is none or cannot be shown. */
static bool take_shown(struct cursor *c, struct buffer *word)
{
    size_t from = c->at;
    struct word parts;
    word->n = 0;
    if (take_word(c, &parts) && show_word(word, &parts))
        return true;
    c->at = from;
    return false;
}

static bool is_bare(uint8_t c)
{
    return c != '=' && !octet_is_fws(c);
}

/* At least one octet, up to where another word may begin. */
static void add_bare(struct cursor *c, struct buffer *out)
{
    buffer_add_octet(out, (uint8_t)cursor_take(c));
    buffer_add(out, cursor_while(c, is_bare));
}

void encoded_word_show(struct buffer *out, struct slice value)
{
    struct cursor c = cursor_new(slice_trim(value));
    struct buffer word = buffer_new(4 * value.n + 4);
    bool after_word = false;
    while (!cursor_done(&c)) {
        bool space = cursor_while(&c, octet_is_fws).n > 0;
        bool is_word = take_shown(&c, &word);
        if (space && !(is_word && after_word)) /* section 6.2 */
            buffer_add_octet(out, ' ');
        if (is_word)
            buffer_add(out, buffer_slice(&word));
        else
            add_bare(&c, out);
        after_word = is_word;
    }
    if (word.status == WAYBILL_NOMEM)
        out->status = WAYBILL_NOMEM;
    buffer_free(&word);
}
