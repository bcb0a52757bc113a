#include "authres/authres.h"

#include "authres/scan.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <stdio.h>

enum {
    LAST_COLUMN = 78,
    /* "ARC-Authentication-Results: i=50; ", the most that stands before the value. */
    FIRST_COLUMN = 34,
    /* Octets of one text as written, so that a line that nowhere breaks stays under 998 with its
     * indent, its names and the next ';'. */
    MOST_WRITTEN = 900,
};

static const char next_method[] = "  ";
static const char next_word[] = "    ";

static void put(struct authres_writer *w, struct slice s)
{
    buffer_add(w->out, s);
    w->column += s.n;
}

static void put_str(struct authres_writer *w, const char *text)
{
    put(w, slice_str(text));
}

static void new_line(struct authres_writer *w, const char *indent)
{
    buffer_add_str(w->out, "\r\n");
    w->column = 0;
    put_str(w, indent);
}

/* --- a text between its marks ----------------------------------------------------------------- */

struct marked {
    struct slice text;
    char open, close;
    const char *special; /* what is written as a quoted-pair */
    bool utf8;           /* whether RFC 6532 text stands as it is */
    bool cut;            /* whether the text has more than this */
    size_t written;      /* octets of the text as written, once it is fitted */
};

static struct marked quoted(struct slice text)
{
    return (struct marked){text, '"', '"', "\"\\", true, false, 0};
}

static struct marked comment(struct slice text)
{
    return (struct marked){text, '(', ')', "()\\", false, false, 0};
}

struct element {
    uint8_t octets[5];
    size_t n;     /* of them */
    size_t taken; /* octets of the text it stands for */
};

/* How the character at offset i of the text is written. */
static struct element element_at(const struct marked *m, size_t i)
{
    static const char digits[] = "0123456789ABCDEF";
    uint8_t c = m->text.p[i];
    if (c >= ' ' && c < 0x7F) {
        if (strchr(m->special, c))
            return (struct element){{'\\', c}, 2, 1};
        return (struct element){{c}, 1, 1};
    }
    struct slice rest = slice_from(m->text, i);
    size_t n = m->utf8 ? utf8_printable(rest) : 0;
    struct element e = {{'\\', '\\', 'x', (uint8_t)digits[c >> 4], (uint8_t)digits[c & 15]}, 5, 1};
    if (n > 0) {
        memcpy(e.octets, rest.p, n);
        e.n = e.taken = n;
    }
    return e;
}

/* Leaves what may be written: `most` octets, and MOST_WRITTEN as written. */
static void fit(struct marked *m, size_t most)
{
    for (size_t i = 0; i < m->text.n;) {
        struct element e = element_at(m, i);
        if (i + e.taken > most || m->written + e.n > MOST_WRITTEN) {
            m->text = slice_sub(m->text, 0, i);
            m->cut = true;
            return;
        }
        m->written += e.n;
        i += e.taken;
    }
}

/* Columns behind the last word: its dots, its mark and a ';'. */
static size_t tail_width(const struct marked *m)
{
    return (m->cut ? 3 : 0) + 2;
}

/* Columns from offset i to the next space, or to the end with what stands behind it. */
static size_t word_width(const struct marked *m, size_t i)
{
    size_t width = 0;
    do {
        if (i >= m->text.n)
            return width + tail_width(m);
        struct element e = element_at(m, i);
        width += e.n;
        i += e.taken;
    } while (i >= m->text.n || m->text.p[i] != ' ');
    return width;
}

/* RFC 5322 section 3.2.2: no line of white space only, so a run of spaces breaks at its last. */
static bool may_break(struct slice text, size_t i)
{
    return i > 0 && i + 1 < text.n && text.p[i] == ' ' && text.p[i + 1] != ' ';
}

static void put_marked(struct authres_writer *w, const struct marked *m)
{
    put(w, slice_of(&m->open, 1));
    for (size_t i = 0; i < m->text.n;) {
        if (may_break(m->text, i) && w->column + word_width(m, i) > LAST_COLUMN)
            new_line(w, "");
        struct element e = element_at(m, i);
        put(w, slice_of(e.octets, e.n));
        i += e.taken;
    }
    if (m->cut)
        put_str(w, "...");
    put(w, slice_of(&m->close, 1));
}

/* --- what needs no quotes --------------------------------------------------------------------- */

static bool is_token(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!authres_is_token_octet(s.p[i]))
            return false;
    return s.n > 0;
}

/* dot-atom-text of RFC 5322 section 3.2.3. */
static bool is_dot_atom(struct slice s)
{
    uint8_t before = '.';
    for (size_t i = 0; i < s.n; before = s.p[i++]) {
        uint8_t c = s.p[i];
        bool atom =
            octet_is_alpha(c) || octet_is_digit(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
        if (c == '.' ? before == '.' : !atom)
            return false;
    }
    return before != '.';
}

/* domain-name of RFC 6376 section 3.5: two labels or more. */
static bool is_domain(struct slice s)
{
    uint8_t before = '.';
    size_t dots = 0;
    for (size_t i = 0; i < s.n; before = s.p[i++]) {
        uint8_t c = s.p[i];
        bool edge = before == '.' || before == '-';
        if (c == '.' ? edge : c == '-' ? before == '.' : !octet_is_alpha(c) && !octet_is_digit(c))
            return false;
        dots += c == '.';
    }
    return dots > 0 && before != '.' && before != '-';
}

static bool is_plain_value(struct slice s)
{
    size_t at = slice_find(s, '@', 0);
    if (at == s.n)
        return is_token(s);
    return (at == 0 || is_dot_atom(slice_sub(s, 0, at))) && is_domain(slice_from(s, at + 1));
}

/* --- the field -------------------------------------------------------------------------------- */

/* Before a word of so many columns. */
static void separate(struct authres_writer *w, size_t width)
{
    if (w->column + 1 + width > LAST_COLUMN)
        new_line(w, next_word);
    else
        put_str(w, " ");
}

/* What stands before a value: "ptype.property=", "reason=", or nothing before a comment. */
struct label {
    const char *ptype, *property;
};

static size_t label_width(struct label l)
{
    return (l.ptype ? strlen(l.ptype) + 1 : 0) + (l.property ? strlen(l.property) + 1 : 0);
}

static void put_label(struct authres_writer *w, struct label l)
{
    if (l.ptype)
        put_str(w, l.ptype);
    if (l.property) {
        put_str(w, ".");
        put_str(w, l.property);
    }
    if (l.ptype)
        put_str(w, "=");
}

static void put_plain(struct authres_writer *w, struct label l, struct slice value)
{
    separate(w, label_width(l) + value.n + 1);
    put_label(w, l);
    put(w, value);
}

/* A text that has room on a line of its own is not parted. */
static void put_labelled(struct authres_writer *w, struct label l, const struct marked *m)
{
    size_t before = label_width(l) + 1, whole = before + m->written + tail_width(m);
    bool parted = sizeof next_word - 1 + whole > LAST_COLUMN;
    separate(w, parted ? before + word_width(m, 0) : whole);
    put_label(w, l);
    put_marked(w, m);
}

void authres_begin(struct authres_writer *w, struct buffer *out, struct slice authserv_id)
{
    *w = (struct authres_writer){out, FIRST_COLUMN};
    struct marked m = quoted(authserv_id);
    if (is_token(authserv_id))
        put(w, authserv_id);
    else
        put_marked(w, &m);
}

void authres_method(struct authres_writer *w, const char *method, const char *result)
{
    put_str(w, ";");
    new_line(w, next_method);
    put_str(w, method);
    put_str(w, "=");
    put_str(w, result);
}

void authres_reason(struct authres_writer *w, struct slice reason)
{
    struct label l = {"reason", NULL};
    struct marked m = quoted(reason);
    fit(&m, LIMIT_SHOWN_OCTETS);
    if (!m.cut && is_token(reason))
        put_plain(w, l, reason);
    else
        put_labelled(w, l, &m);
}

void authres_comment(struct authres_writer *w, struct slice text)
{
    struct marked m = comment(text);
    fit(&m, LIMIT_SHOWN_OCTETS);
    if (text.n > 0)
        put_labelled(w, (struct label){NULL, NULL}, &m);
}

void authres_property(struct authres_writer *w, const char *ptype, const char *property,
                      struct slice value)
{
    struct label l = {ptype, property};
    struct marked m = quoted(value);
    char left_out[LIMIT_SHOWN_OCTETS];
    fit(&m, SIZE_MAX);
    if (m.cut) {
        snprintf(left_out, sizeof left_out, "%s.%s of %zu octets left out", ptype, property,
                 value.n);
        authres_comment(w, slice_str(left_out));
    } else if (is_plain_value(value)) {
        put_plain(w, l, value);
    } else {
        put_labelled(w, l, &m);
    }
}

void authres_raw(struct authres_writer *w, struct slice resinfo)
{
    put_str(w, ";");
    new_line(w, next_method);
    for (size_t i = 0; i < resinfo.n; i++) {
        if (resinfo.p[i] == '\n')
            new_line(w, i + 1 < resinfo.n && octet_is_wsp(resinfo.p[i + 1]) ? "" : " ");
        else if (resinfo.p[i] != '\r')
            put(w, slice_sub(resinfo, i, 1));
    }
}

void authres_none(struct authres_writer *w)
{
    put_str(w, "; none");
}
