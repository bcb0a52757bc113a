#include "base/buffer.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buffer_free(struct buffer *b)
{
    free(b->p);
    *b = buffer_new(b->ceiling);
}

bool buffer_reserve(struct buffer *b, size_t n)
{
    if (b->status != WAYBILL_OK)
        return false;
    if (n <= b->capacity - b->n)
        return true;
    if (n > b->ceiling - b->n) {
        b->status = WAYBILL_LIMIT;
        return false;
    }
    /* Never above the ceiling: what fits the capacity is let in without another look at it. */
    size_t capacity = b->capacity ? b->capacity : b->ceiling < 256 ? b->ceiling : 256;
    while (capacity - b->n < n)
        capacity = capacity > b->ceiling / 2 ? b->ceiling : capacity * 2;
    uint8_t *p = realloc(b->p, capacity);
    if (!p) {
        b->status = WAYBILL_NOMEM;
        return false;
    }
    b->p = p;
    b->capacity = capacity;
    return true;
}

void buffer_add(struct buffer *b, struct slice s)
{
    if (s.n == 0 || !buffer_reserve(b, s.n))
        return;
    memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
}

void buffer_add_str(struct buffer *b, const char *text)
{
    buffer_add(b, slice_str(text));
}

void buffer_add_octet(struct buffer *b, uint8_t c)
{
    if (buffer_reserve(b, 1))
        b->p[b->n++] = c;
}

void buffer_add_number(struct buffer *b, uint64_t number)
{
    buffer_printf(b, "%" PRIu64, number);
}

void buffer_printf(struct buffer *b, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n > 0)
        buffer_add(b, slice_of(text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1));
}

void buffer_add_escaped(struct buffer *b, struct slice s)
{
    for (size_t i = 0; i < s.n;) {
        size_t n = utf8_printable(slice_from(s, i));
        if (n == 0) {
            buffer_printf(b, "\\x%02X", s.p[i]);
            i++;
        } else if (s.p[i] == '\\') {
            buffer_add_str(b, "\\\\");
            i++;
        } else {
            buffer_add(b, slice_sub(s, i, n));
            i += n;
        }
    }
}
