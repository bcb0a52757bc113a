#include "spf/macro.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "dns/name.h"

/* "%" and what it begins. */
struct macro {
    struct slice literal; /* of %%, %_ and %-; of all others empty */
    uint8_t letter;       /* in lower case */
    bool escape;          /* the letter was a capital */
    bool reverse;
    size_t parts; /* how many on the right are wanted; 0: all */
    struct slice delimiters;
};

/* --- reading ---------------------------------------------------------------------------------- */

static const struct {
    uint8_t octet;
    struct slice literal;
} escapes[] = {{'%', SLICE("%")}, {'_', SLICE(" ")}, {'-', SLICE("%20")}};

static bool is_delimiter(uint8_t c)
{
    return slice_find(SLICE(".-+,/_="), c, 0) < 7;
}

/* 1*DIGIT, not zero (section 7.3); more than any name has parts is as many as that. */
static bool take_parts(struct cursor *c, struct macro *m)
{
    struct slice digits = cursor_while(c, octet_is_digit);
    uint64_t value = 0;
    if (digits.n == 0)
        return true;
    for (size_t i = 0; i < digits.n && value < LIMIT_SPF_EXPANDED; i++)
        value = value * 10 + (uint64_t)(digits.p[i] - '0');
    m->parts = (size_t)value;
    return value > 0;
}

/* "{" macro-letter transformers *delimiter "}" (section 7.1), its brace taken. */
static bool take_braced(struct cursor *c, struct macro *m)
{
    int letter = cursor_take(c);
    if (letter == CURSOR_END || !octet_is_alpha((uint8_t)letter))
        return false;
    m->letter = octet_lower((uint8_t)letter);
    m->escape = m->letter != letter;
    if (slice_find(SLICE("slodiphcrtv"), m->letter, 0) == 11 || !take_parts(c, m))
        return false;
    m->reverse = cursor_accept(c, 'r') || cursor_accept(c, 'R');
    m->delimiters = cursor_while(c, is_delimiter);
    return cursor_accept(c, '}');
}

/* What stands behind "%". */
static bool take_macro(struct cursor *c, struct macro *m)
{
    *m = (struct macro){.letter = 0};
    int octet = cursor_take(c);
    if (octet == '{')
        return take_braced(c, m);
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++)
        if (octet == escapes[i].octet)
            m->literal = escapes[i].literal;
    return m->literal.n > 0;
}

/* macro-literal: what is visible. */
static bool all_visible(struct slice text, bool spaces)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < (spaces ? 0x20 : 0x21) || text.p[i] > 0x7E)
            return false;
    return true;
}

/* Walks the text; *tail is the literal after its last macro. */
static bool walk(struct slice text, enum macro_place place, struct slice *tail)
{
    struct cursor c = cursor_new(text);
    struct macro m;
    for (;;) {
        *tail = cursor_until(&c, '%');
        if (!all_visible(*tail, place == MACRO_IN_EXPLANATION))
            return false;
        if (!cursor_accept(&c, '%'))
            return true;
        if (!take_macro(&c, &m))
            return false;
        if (place == MACRO_IN_NAME && m.letter && slice_find(SLICE("crt"), m.letter, 0) < 3)
            return false;
    }
}

bool macro_is_string(struct slice text, enum macro_place place)
{
    struct slice tail;
    return walk(text, place, &tail);
}

bool macro_is_toplabel(struct slice label)
{
    size_t digits = 0;
    if (label.n == 0 || label.p[0] == '-' || label.p[label.n - 1] == '-')
        return false;
    for (size_t i = 0; i < label.n; i++) {
        if (!octet_is_alpha(label.p[i]) && !octet_is_digit(label.p[i]) && label.p[i] != '-')
            return false;
        digits += octet_is_digit(label.p[i]);
    }
    return digits < label.n;
}

/* What stands behind the last dot; the whole where there is none. */
static struct slice last_label(struct slice name)
{
    size_t from = name.n;
    while (from > 0 && name.p[from - 1] != '.')
        from--;
    return slice_from(name, from);
}

bool macro_is_domain_spec(struct slice text)
{
    struct slice tail;
    if (text.n == 0 || !walk(text, MACRO_IN_NAME, &tail))
        return false;
    if (tail.n == 0)
        return true;
    tail = name_without_dot(tail);
    struct slice label = last_label(tail);
    return label.n < tail.n && macro_is_toplabel(label);
}

bool macro_needs_validated(struct slice text)
{
    struct cursor c = cursor_new(text);
    struct macro m;
    for (;;) {
        cursor_until(&c, '%');
        if (!cursor_accept(&c, '%') || !take_macro(&c, &m))
            return false;
        if (m.letter == 'p')
            return true;
    }
}

/* --- expanding -------------------------------------------------------------------------------- */

/* Section 7.3: of a capital, what RFC 3986 does not call unreserved is escaped. */
static void add_octets(struct buffer *out, const struct macro *m, struct slice octets)
{
    if (!m->escape) {
        buffer_add(out, octets);
        return;
    }
    for (size_t i = 0; i < octets.n && out->status == WAYBILL_OK; i++) {
        uint8_t c = octets.p[i];
        if (octet_is_alpha(c) || octet_is_digit(c) || slice_find(SLICE("-._~"), c, 0) < 4)
            buffer_add_octet(out, c);
        else
            buffer_printf(out, "%%%02X", c);
    }
}

static bool splits(const struct macro *m, uint8_t c)
{
    return m->delimiters.n ? slice_find(m->delimiters, c, 0) < m->delimiters.n : c == '.';
}

/* Parts are numbered from 0; where the one begins that `number` parts precede. */
static size_t part_start(const struct macro *m, struct slice value, size_t number)
{
    size_t at = 0;
    for (; number > 0 && at < value.n; at++)
        number -= splits(m, value.p[at]);
    return at;
}

static size_t count_parts(const struct macro *m, struct slice value)
{
    size_t n = 1;
    for (size_t i = 0; i < value.n; i++)
        n += splits(m, value.p[i]);
    return n;
}

/* Parts joined with ".", from the left. */
static void add_parts(struct buffer *out, const struct macro *m, struct slice value)
{
    for (size_t from = 0, at = 0;; at++) {
        if (at < value.n && !splits(m, value.p[at]))
            continue;
        add_octets(out, m, slice_sub(value, from, at - from));
        if (at == value.n)
            return;
        buffer_add_octet(out, '.');
        from = at + 1;
    }
}

/* The same from the right. */
static void add_parts_reversed(struct buffer *out, const struct macro *m, struct slice value)
{
    for (size_t at = value.n, end = value.n;; at--) {
        if (at > 0 && !splits(m, value.p[at - 1]))
            continue;
        add_octets(out, m, slice_sub(value, at, end - at));
        if (at == 0)
            return;
        buffer_add_octet(out, '.');
        end = at - 1;
    }
}

/* Section 7.3: split, then reversed, then cut to the parts on the right, then joined. Of reversed
 * parts those on the right are those that stood on the left. */
static void add_value(struct buffer *out, const struct macro *m, struct slice value)
{
    if (!m->parts && !m->reverse && !m->delimiters.n) {
        add_octets(out, m, value);
        return;
    }
    size_t n = count_parts(m, value);
    size_t cut = m->parts && m->parts < n ? n - m->parts : 0;
    if (!m->reverse) {
        add_parts(out, m, slice_from(value, part_start(m, value, cut)));
        return;
    }
    size_t end = cut ? part_start(m, value, m->parts) - 1 : value.n;
    add_parts_reversed(out, m, slice_sub(value, 0, end));
}

/* Section 7.3: IPv4 as usual, of IPv6 every half octet is a part. */
static void add_client(struct buffer *out, struct ip client)
{
    if (client.n != IP_V6_OCTETS) {
        char text[IP_TEXT_OCTETS];
        ip_format(client, text);
        buffer_add_str(out, text);
        return;
    }
    for (size_t i = 0; i < IP_V6_OCTETS; i++) {
        const char *hex = "0123456789ABCDEF";
        buffer_add_str(out, i ? "." : "");
        buffer_add_octet(out, (uint8_t)hex[client.octets[i] >> 4]);
        buffer_add_octet(out, '.');
        buffer_add_octet(out, (uint8_t)hex[client.octets[i] & 15]);
    }
}

/* Writes to `room` what has to be made first. */
static struct slice value_of(const struct macro_values *v, uint8_t letter, struct buffer *room)
{
    char text[IP_TEXT_OCTETS];
    switch (letter) {
    case 's':
        return v->sender;
    case 'l':
        return v->local_part;
    case 'o':
        return v->sender_domain;
    case 'd':
        return v->domain;
    case 'h':
        return v->helo;
    case 'p':
        return v->validated;
    case 'r':
        return v->receiver.p ? v->receiver : SLICE("unknown");
    case 'v':
        return v->client.n == IP_V6_OCTETS ? SLICE("ip6") : SLICE("in-addr");
    case 'i':
        add_client(room, v->client);
        return buffer_slice(room);
    case 'c':
        ip_format(v->client, text);
        buffer_add_str(room, text);
        return buffer_slice(room);
    default: /* t */
        buffer_add_number(room, v->now > 0 ? (uint64_t)v->now : 0);
        return buffer_slice(room);
    }
}

void macro_expand(const struct macro_values *values, struct slice text, struct buffer *out)
{
    struct cursor c = cursor_new(text);
    struct macro m;
    for (;;) {
        uint8_t octets[80];
        struct buffer room = buffer_over(octets, sizeof octets);
        buffer_add(out, cursor_until(&c, '%'));
        if (!cursor_accept(&c, '%') || !take_macro(&c, &m) || out->status != WAYBILL_OK)
            return;
        if (m.letter)
            add_value(out, &m, value_of(values, m.letter, &room));
        else
            buffer_add(out, m.literal);
    }
}

struct slice macro_fit_name(struct slice name)
{
    name = name_without_dot(name);
    if (name.n <= LIMIT_NAME_OCTETS)
        return name;
    /* The first dot that leaves no more than the limit behind it. */
    size_t dot = slice_find(name, '.', name.n - LIMIT_NAME_OCTETS - 1);
    return slice_from(name, dot + 1);
}
