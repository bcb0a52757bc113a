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

static void add_quoted(struct buffer *line, struct slice value)
{
    buffer_add_octet(line, '"');
    for (size_t i = 0; i < value.n; i++) {
        uint8_t c = value.p[i];
        if (c < ' ' || c > '~') {
            buffer_printf(line, "\\x%02X", (unsigned)c);
            continue;
        }
        if (c == '"' || c == '\\')
            buffer_add_octet(line, '\\');
        buffer_add_octet(line, c);
    }
    buffer_add_octet(line, '"');
}

void line_start(struct buffer *line, struct slice id)
{
    id = slice_sub(id, 0, LIMIT_SHOWN_OCTETS);
    if (is_plain(id))
        buffer_add(line, id);
    else
        add_quoted(line, id);
    buffer_add_octet(line, ':');
}

void line_add(struct buffer *line, const char *key, struct slice value)
{
    value = slice_sub(value, 0, LIMIT_SHOWN_OCTETS);
    buffer_printf(line, " %s=", key);
    if (is_plain(value))
        buffer_add(line, value);
    else
        add_quoted(line, value);
}

void line_add_number(struct buffer *line, const char *key, uint64_t number)
{
    buffer_printf(line, " %s=", key);
    buffer_add_number(line, number);
}
