/* Messages of random shape. */
#include "support/support.h"

static const char *const words[] = {
    "bread", "a", "Lorem", "x=y", "caf\xC3\xA9", "\xE9t\xE9", "<b@example.org>", "(note)", "\"q\"",
    ";",     ":", "--",    "=20", "\x7F",        ".",         "0123456789",      "%s",     "\\",
};

static const char *const spaces[] = {" ", "  ", "\t", " \t ", "   "};
static const char *const folds[] = {"\r\n ", "\r\n\t", " \r\n  ", "\t\r\n \t"};
static const char *const names[] = {"Subject",   "To",      "Cc",           "X-Note",
                                    "Received",  "subject", "List-Id",      "Comments",
                                    "Reply-To ", "X-",      "Content-Type", "DKIM-Signature-Note"};

/* What good messages do not have: lone line ends, NUL, white space in bad places. */
static const char *const odd[] = {"\r", "\n", " \r", "\r ", "\n\t", "\r\r\n", " \n", "\x01"};

#define PICK(p, list) (list)[prng_below((p), sizeof(list) / sizeof((list)[0]))]

static void add_oddity(struct prng *p, struct buffer *out)
{
    if (prng_below(p, 8) == 0)
        buffer_add_octet(out, 0);
    else
        buffer_add_str(out, PICK(p, odd));
}

static void add_words(struct prng *p, bool strange, bool foldable, struct buffer *out)
{
    for (size_t n = prng_below(p, 9); n > 0; n--) {
        buffer_add_str(out, PICK(p, words));
        if (foldable && prng_below(p, 4) == 0)
            buffer_add_str(out, PICK(p, folds));
        else
            buffer_add_str(out, PICK(p, spaces));
        if (strange && prng_below(p, 6) == 0)
            add_oddity(p, out);
    }
    /* A fold of nothing but white space at a field's end would be a line that some take for the
     * end of the header. */
    buffer_add_str(out, "end");
}

static void add_field(struct prng *p, bool strange, const char *name, struct buffer *out)
{
    buffer_add_str(out, name);
    buffer_add_str(out, prng_below(p, 3) ? ": " : ":");
    add_words(p, strange, true, out);
    buffer_add_str(out, prng_below(p, 4) ? "\r\n" : "  \r\n");
}

static void add_header(struct prng *p, bool strange, struct buffer *out)
{
    size_t from = prng_below(p, 6);
    for (size_t i = 0, n = from + prng_below(p, 6); i <= n; i++) {
        if (i == from)
            buffer_add_str(out, "From: Alice <alice@author.example>\r\n");
        add_field(p, strange, PICK(p, names), out);
    }
}

static void add_body(struct prng *p, bool strange, struct buffer *out)
{
    for (size_t lines = prng_below(p, 4) ? prng_below(p, 12) : 0; lines > 0; lines--) {
        if (prng_below(p, 4))
            add_words(p, strange, false, out);
        if (prng_below(p, 3) == 0)
            buffer_add_str(out, PICK(p, spaces));
        buffer_add_str(out, "\r\n");
    }
    for (size_t blank = prng_below(p, 3) ? 0 : prng_below(p, 5); blank > 0; blank--)
        buffer_add_str(out, prng_below(p, 3) ? "\r\n" : " \t\r\n");
    if (prng_below(p, 5) == 0)
        add_words(p, strange, false, out);
}

struct buffer message_of_chance(struct prng *p, bool strange)
{
    struct buffer b = buffer_new(LAB_MESSAGE_OCTETS);
    if (strange && prng_below(p, 8) == 0)
        buffer_add_str(&b, "From alice Mon Jan  1 00:00:00 2024\r\n");
    add_header(p, strange, &b);
    if (strange && prng_below(p, 8) == 0)
        buffer_add_str(&b, "this line is no field\r\n");
    if (!strange || prng_below(p, 8)) {
        buffer_add_str(&b, "\r\n");
        add_body(p, strange, &b);
    }
    must(b.status == WAYBILL_OK, "out of memory");
    return b;
}
