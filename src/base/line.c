#include "base/line.h"

#include "base/limits.h"

static const char cut_mark[] = "\\...";

static bool is_graphic(uint8_t c)
{
    return c >= '!' && c <= '~' && c != '"' && c != '\\';
}

static bool is_plain(struct slice value)
{
    for (size_t i = 0; i < value.n; i++)
        if (!is_graphic(value.p[i]) || value.p[i] == '=')
            return false;
    return value.n > 0 && value.n <= LIMIT_SHOWN_OCTETS;
}

/* The octets as they stand in quotation marks, as far as they fit `most`. */
static void add_quoted(struct buffer *line, struct slice value, size_t most)
{
    size_t shown = 0;
    buffer_add_octet(line, '"');
    for (size_t i = 0; i < value.n; i++) {
        uint8_t c = value.p[i];
        bool as_it_is = is_graphic(c) || c == ' ';
        shown += as_it_is ? 1 : sizeof "\\xHH" - 1;
        if (shown > most) {
            buffer_add_str(line, cut_mark);
            break;
        }
        if (as_it_is)
            buffer_add_octet(line, c);
        else
            buffer_printf(line, "\\x%02X", (unsigned)c);
    }
    buffer_add_octet(line, '"');
}

static void add_value(struct buffer *line, struct slice value)
{
    if (is_plain(value))
        buffer_add(line, value);
    else
        add_quoted(line, value, LIMIT_SHOWN_OCTETS);
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
