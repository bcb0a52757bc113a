#include "dkim2/tags.h"

#include "base/cursor.h"

const char dkim2_no_memory[] = "";

static bool is_name_octet(uint8_t c)
{
    return octet_is_alpha(c) || octet_is_digit(c) || c == '_';
}

static bool is_tag_octet(uint8_t c)
{
    return c > ' ' && c <= '~';
}

enum { BLOCK = 16 };

static bool is_plain(const uint8_t *p)
{
    uint8_t other = 0;
    for (size_t k = 0; k < BLOCK; k++) /* of known length, which compilers vectorise */
        other |= (uint8_t)!is_tag_octet(p[k]);
    return other == 0;
}

static void pass_tag_octets(struct cursor *c)
{
    while (c->all.n - c->at >= BLOCK && is_plain(c->all.p + c->at))
        c->at += BLOCK;
    cursor_while(c, is_tag_octet);
}

/* x-tag-char and FWS; a CR LF folds a line where white space follows. */
static bool is_value(struct slice value)
{
    struct cursor c = cursor_new(value);
    for (pass_tag_octets(&c); !cursor_done(&c); pass_tag_octets(&c)) {
        int octet = cursor_take(&c);
        if (octet == '\r' && cursor_accept(&c, '\n'))
            octet = cursor_take(&c);
        if (octet != ' ' && octet != '\t')
            return false;
    }
    return true;
}

/* Of octets that tags have, without FWS at both ends. */
static const char *read_tag(struct slice text, struct dkim2_tag *tag)
{
    struct cursor c = cursor_new(text);
    tag->name = cursor_while(&c, is_name_octet);
    cursor_while(&c, octet_is_fws);
    if (tag->name.n == 0 || !octet_is_alpha(tag->name.p[0]))
        return "a tag without a name";
    if (!cursor_accept(&c, '='))
        return "a tag without '='";
    tag->value = slice_trim(cursor_rest(&c));
    return NULL;
}

static const char *add_tag(struct dkim2_tags *tags, struct slice text)
{
    struct dkim2_tag tag;
    const char *why = read_tag(text, &tag);
    if (why)
        return why;
    if (tags->n == LIMIT_DKIM2_TAGS)
        return "more tags than are read";
    for (size_t i = 0; i < tags->n; i++)
        if (slice_ieq(tags->all[i].name, tag.name))
            return "a tag stands twice";
    tags->all[tags->n++] = tag;
    return NULL;
}

void dkim2_tags_parse(struct slice value, struct dkim2_tags *out)
{
    struct cursor c = cursor_new(value);
    out->n = 0;
    out->why = NULL;
    out->no_final_semicolon = false;
    while (!cursor_done(&c) && !out->why) {
        struct slice part = cursor_until(&c, ';');
        bool ended = cursor_accept(&c, ';');
        struct slice text = slice_trim(part);
        bool fine = is_value(part);
        if (fine && text.n == 0)
            continue;
        out->why = fine ? add_tag(out, text) : "an octet that no tag has";
        out->no_final_semicolon = !ended;
    }
}

const struct dkim2_tag *dkim2_tags_find(const struct dkim2_tags *tags, struct slice name)
{
    for (size_t i = 0; i < tags->n; i++)
        if (slice_ieq(tags->all[i].name, name))
            return &tags->all[i];
    return NULL;
}

const char *dkim2_tags_read(const struct dkim2_tags *tags, const struct dkim2_row *rows, size_t n,
                            void *self, const struct dkim2_row **missing)
{
    const char *first = NULL;
    *missing = NULL;
    for (size_t i = 0; i < n && first != dkim2_no_memory; i++) {
        const struct dkim2_tag *tag = dkim2_tags_find(tags, rows[i].name);
        bool absent = !tag && rows[i].required;
        const char *why = absent ? "a tag is missing" : tag ? rows[i].read(self, tag->value) : NULL;
        if (!why || (first && why != dkim2_no_memory))
            continue;
        first = why;
        *missing = absent ? &rows[i] : NULL;
    }
    return first;
}

bool dkim2_list_next(struct slice *rest, bool *done, uint8_t separator, struct slice *out)
{
    if (*done)
        return false;
    size_t end = slice_find(*rest, separator, 0);
    *out = slice_trim(slice_sub(*rest, 0, end));
    *done = end == rest->n;
    *rest = slice_from(*rest, end + 1);
    return true;
}

size_t dkim2_list_count(struct slice value, uint8_t separator)
{
    size_t n = 1;
    for (size_t at = slice_find(value, separator, 0); at < value.n;
         at = slice_find(value, separator, at + 1))
        n++;
    return n;
}

bool dkim2_number(struct slice digits, uint64_t *out)
{
    uint64_t number = 0;
    for (size_t i = 0; i < digits.n; i++) {
        if (!octet_is_digit(digits.p[i]))
            return false;
        unsigned digit = digits.p[i] - '0';
        bool fits = number <= (UINT64_MAX - digit) / 10;
        number = fits ? number * 10 + digit : UINT64_MAX;
    }
    *out = number;
    return digits.n > 0;
}

bool dkim2_is_word(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_name_octet(s.p[i]) && s.p[i] != '-')
            return false;
    return s.n > 0;
}
