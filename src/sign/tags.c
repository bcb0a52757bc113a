#include "sign/tags.h"

#include "base/base64.h"
#include "base/limits.h"

/* Of a line, of one whose value is not to be broken, and the least part of a long value that is
 * worth beginning on a line. */
enum { COLUMNS = 76, COLUMNS_UNBROKEN = 900, COLUMNS_WORTH = 24 };
/* Characters of base64 that stand for whole octets. */
enum { BASE64_UNIT = 4 };

struct tags_writer tags_begin(struct buffer *out, struct slice name, bool unbroken)
{
    return (struct tags_writer){out, name.n + 2, true, unbroken};
}

/* Where a value of a tag is broken. */
static size_t columns(const struct tags_writer *w)
{
    return w->unbroken ? COLUMNS_UNBROKEN : COLUMNS;
}

static void fold(struct tags_writer *w)
{
    buffer_add_str(w->out, "\r\n ");
    w->column = 1;
}

static void put(struct tags_writer *w, struct slice s)
{
    buffer_add(w->out, s);
    w->column += s.n;
}

/* "; name=", on a new line where `room` columns more would not fit. */
static void start(struct tags_writer *w, const char *name, size_t room)
{
    struct slice tag = slice_str(name);
    if (!w->first) {
        put(w, SLICE(";"));
        if (w->column + 2 + tag.n + room > COLUMNS)
            fold(w);
        else
            put(w, SLICE(" "));
    }
    w->first = false;
    put(w, tag);
    put(w, SLICE("="));
}

void tags_add(struct tags_writer *w, const char *name, struct slice value)
{
    start(w, name, value.n);
    put(w, value);
}

void tags_add_number(struct tags_writer *w, const char *name, uint64_t number)
{
    char digits[24];
    struct buffer b = buffer_over(digits, sizeof digits);
    buffer_add_number(&b, number);
    tags_add(w, name, buffer_slice(&b));
}

void tags_add_list(struct tags_writer *w, const char *name, struct slice value)
{
    start(w, name, COLUMNS);
    while (value.n > 0) {
        size_t n = slice_find(value, ':', 0);
        n += n < value.n;
        if (w->column + n > columns(w) && w->column > 3)
            fold(w);
        put(w, slice_sub(value, 0, n));
        value = slice_from(value, n);
    }
}

/* Base64 up to the end of lines; `after`: columns that are needed behind it. */
static void put_base64(struct tags_writer *w, struct slice text, size_t after)
{
    while (text.n > 0) {
        if (w->column >= columns(w))
            fold(w);
        size_t room = columns(w) - w->column;
        bool crowded = text.n <= room && text.n + after > room && text.n > BASE64_UNIT;
        struct slice line = slice_sub(text, 0, crowded ? text.n - BASE64_UNIT : room);
        put(w, line);
        if (crowded)
            fold(w);
        text = slice_from(text, line.n);
    }
}

/* The text of octets; the caller frees it. */
static struct buffer base64_of(struct tags_writer *w, struct slice octets)
{
    struct buffer text = buffer_new(LIMIT_FIELD_WRITTEN);
    base64_encode(&text, octets);
    if (text.status != WAYBILL_OK)
        w->out->status = text.status;
    return text;
}

void tags_add_base64(struct tags_writer *w, const char *name, struct slice octets, size_t *cut)
{
    struct buffer text = base64_of(w, octets);
    start(w, name, w->unbroken || text.n < COLUMNS ? text.n : COLUMNS_WORTH);
    if (cut)
        *cut = w->out->n;
    put_base64(w, buffer_slice(&text), 0);
    buffer_free(&text);
}

void tags_open(struct tags_writer *w, const char *name, size_t room)
{
    start(w, name, room);
}

void tags_piece(struct tags_writer *w, struct slice text)
{
    put(w, text);
}

void tags_may_fold(struct tags_writer *w, size_t room)
{
    if (w->column + room > COLUMNS && w->column > 1)
        fold(w);
}

void tags_piece_base64(struct tags_writer *w, struct slice octets, size_t after)
{
    struct buffer text = base64_of(w, octets);
    put_base64(w, buffer_slice(&text), after);
    buffer_free(&text);
}

void tags_end(struct tags_writer *w)
{
    put(w, SLICE(";"));
}
