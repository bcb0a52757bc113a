#include "base/line.h"

#include "base/limits.h"

static bool is_plain(struct slice value)
{
    for (size_t i = 0; i < value.n; i++) {
        uint8_t c = value.p[i];
        if (c < '!' || c > '~' || c == '"' || c == '\\' || c == '=')
            return false;
    }
    return value.n > 0;
}

/* Octets that one octet takes between quotation marks. */
static size_t width(uint8_t c)
{
    if (c < ' ' || c > '~')
        return 4;
    return c == '"' || c == '\\' ? 2 : 1;
}

/* The part that is shown: no escape is cut in two. */
static struct slice shown(struct slice value)
{
    size_t i = 0, octets = 0;
    while (i < value.n && octets + width(value.p[i]) <= LIMIT_SHOWN_OCTETS)
        octets += width(value.p[i++]);
    return slice_sub(value, 0, i);
}

static void add_quoted(struct buffer *line, struct slice value)
{
    struct slice part = shown(value);
    buffer_add_octet(line, '"');
    for (size_t i = 0; i < part.n; i++) {
        uint8_t c = part.p[i];
        if (width(c) == 4) {
            buffer_printf(line, "\\x%02X", (unsigned)c);
            continue;
        }
        if (width(c) == 2)
            buffer_add_octet(line, '\\');
        buffer_add_octet(line, c);
    }
    buffer_add_str(line, part.n < value.n ? "\\...\"" : "\"");
}

static void add_value(struct buffer *line, struct slice value)
{
    if (value.n <= LIMIT_SHOWN_OCTETS && is_plain(value))
        buffer_add(line, value);
    else
        add_quoted(line, value);
}

void line_start(struct buffer *line, struct slice id)
{
    add_value(line, id);
    buffer_add_octet(line, ':');
}

void line_add(struct buffer *line, const char *key, struct slice value)
{
    buffer_printf(line, " %s=", key);
    add_value(line, value);
}

void line_add_number(struct buffer *line, const char *key, uint64_t number)
{
    buffer_printf(line, " %s=", key);
    buffer_add_number(line, number);
}
