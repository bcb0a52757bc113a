#include "mail/taglist.h"

#include "base/cursor.h"
#include "base/utf8.h"

#include <stdlib.h>

/* Room for any tag list in use. What is longer is read twice, so that its array is as long as the
 * tags that are there, not as the semicolons that somebody sent. */
enum { FEW = 16 };

static bool is_name_octet(uint8_t c)
{
    return octet_is_alpha(c) || octet_is_digit(c) || c == '_';
}

static bool is_fold(struct cursor ahead)
{
    return cursor_accept(&ahead, '\r') && cursor_accept(&ahead, '\n') &&
           (cursor_accept(&ahead, ' ') || cursor_accept(&ahead, '\t'));
}

/* What is wrong, or NULL: this and the functions below. */
static const char *pass_fws(struct cursor *c)
{
    for (;;) {
        int next = cursor_peek(c);
        if (next == ' ' || next == '\t')
            c->at++;
        else if (is_fold(*c))
            c->at += 2;
        else
            return next == '\r' || next == '\n' ? "a CR or LF that folds no line" : NULL;
    }
}

static const char *name_error(struct slice name, int behind)
{
    if (name.n == 0)
        return behind == ';'   ? "an empty tag"
               : behind == '=' ? "a tag without a name"
                               : "an octet that no tag name has";
    if (!octet_is_alpha(name.p[0]))
        return "a tag name that begins with no letter";
    if (behind == '=')
        return NULL;
    return behind == ';' || behind == CURSOR_END ? "a tag without '='"
                                                 : "an octet that no tag name has";
}

enum { BLOCK = 16 };

/* Whether a block is printable ASCII and SP only, as most are. */
static inline bool is_plain(const uint8_t *p)
{
    uint8_t other = 0;
    for (size_t k = 0; k < BLOCK; k++) /* of known length, which compilers vectorise */
        other |= (uint8_t)(p[k] < ' ' || p[k] > '~');
    return other == 0;
}

/* tag-value of RFC 6376 section 3.2 with the UTF-8 of RFC 8616 section 5; ';' is not in it. */
static const char *value_error(struct slice value)
{
    for (size_t i = 0; i < value.n;) {
        uint8_t c = value.p[i];
        if (value.n - i >= BLOCK && is_plain(value.p + i)) {
            i += BLOCK;
        } else if ((uint8_t)(c - ' ') <= '~' - ' ' || c == '\t') {
            i++;
        } else if (c >= 0x80) {
            size_t n = utf8_length(slice_from(value, i));
            if (n == 0)
                return "octets that are not UTF-8";
            i += n;
        } else if (is_fold((struct cursor){value, i})) {
            i += 2;
        } else {
            return c == '\r' || c == '\n' ? "a CR or LF that folds no line"
                                          : "an octet that no tag value has";
        }
    }
    return NULL;
}

static const char *read_tag(struct cursor *c, struct tag *tag)
{
    size_t from = c->at;
    tag->name = cursor_while(c, is_name_octet);
    const char *why = pass_fws(c);
    if (why)
        return why;
    why = name_error(tag->name, cursor_peek(c));
    if (why)
        return why;
    cursor_take(c);
    tag->raw = cursor_until(c, ';');
    tag->value = slice_trim(tag->raw);
    tag->span = cursor_since(c, from);
    return value_error(tag->raw);
}

/* How many tags stand before the end or the first error; the first `room` of them are written. */
static size_t read_tags(struct slice text, struct tag *tags, size_t room, const char **why)
{
    struct cursor c = cursor_new(text);
    for (size_t n = 0;; n++) {
        struct tag tag;
        *why = pass_fws(&c);
        if (*why || cursor_done(&c))
            return n;
        *why = read_tag(&c, &tag);
        if (*why)
            return n;
        if (n < room)
            tags[n] = tag;
        cursor_take(&c);
    }
}

static enum waybill_status read_list(struct arena *arena, struct slice text, struct taglist *out)
{
    struct tag few[FEW];
    out->n = read_tags(text, few, FEW, &out->why);
    out->tags = arena_array(arena, out->n, sizeof *out->tags);
    if (!out->tags) {
        out->n = 0;
        return WAYBILL_NOMEM;
    }
    if (out->n > FEW)
        read_tags(text, out->tags, out->n, &out->why);
    else if (out->n > 0)
        memcpy(out->tags, few, out->n * sizeof few[0]);
    return WAYBILL_OK;
}

/* The place of the first tag whose name stood before, or n. */
static size_t repeated_of_few(const struct tag *tags, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (tags[i].name.p[0] == tags[j].name.p[0] && slice_eq(tags[i].name, tags[j].name))
                return i;
    return n;
}

static int by_name_and_place(const void *left, const void *right)
{
    const struct tag *a = *(const struct tag *const *)left, *b = *(const struct tag *const *)right;
    int order = slice_cmp(a->name, b->name);
    return order ? order : (a > b) - (a < b);
}

static enum waybill_status repeated_of_many(struct arena *arena, const struct tag *tags, size_t n,
                                            size_t *first)
{
    const struct tag **sorted = arena_array(arena, n, sizeof *sorted);
    if (!sorted)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < n; i++)
        sorted[i] = &tags[i];
    qsort(sorted, n, sizeof *sorted, by_name_and_place);
    *first = n;
    for (size_t i = 1; i < n; i++) {
        size_t place = (size_t)(sorted[i] - tags);
        if (place < *first && slice_eq(sorted[i - 1]->name, sorted[i]->name))
            *first = place;
    }
    return WAYBILL_OK;
}

enum waybill_status taglist_parse(struct arena *arena, struct slice text, struct taglist *out)
{
    enum waybill_status status = read_list(arena, text, out);
    if (status != WAYBILL_OK)
        return status;
    size_t first = 0;
    if (out->n <= FEW)
        first = repeated_of_few(out->tags, out->n);
    else if (repeated_of_many(arena, out->tags, out->n, &first) != WAYBILL_OK)
        return WAYBILL_NOMEM;
    if (first < out->n) {
        out->n = first;
        out->why = "a tag stands twice";
    } else if (out->n == 0 && !out->why) {
        out->why = "no tag at all";
    }
    return out->why ? WAYBILL_SYNTAX : WAYBILL_OK;
}

const struct tag *taglist_find(const struct taglist *list, const char *name)
{
    struct slice wanted = slice_str(name);
    for (size_t i = 0; i < list->n; i++)
        if (list->tags[i].name.p[0] == wanted.p[0] && slice_eq(list->tags[i].name, wanted))
            return &list->tags[i];
    return NULL;
}

bool taglist_element(struct slice *rest, bool *done, struct slice *out)
{
    if (*done)
        return false;
    size_t colon = slice_find(*rest, ':', 0);
    *out = slice_trim(slice_sub(*rest, 0, colon));
    *done = colon == rest->n;
    *rest = slice_from(*rest, colon + 1);
    return true;
}
