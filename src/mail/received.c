#include "mail/received.h"

#include "base/cursor.h"

static bool is_word_octet(uint8_t c)
{
    return !octet_is_fws(c) && c != '(' && c != ')' && c != '"' && c != ';';
}

/* Behind the quote that begins a quoted-string, or the parenthesis that begins a comment: to its
 * end, or to the end of all where it has none. */
static void pass_over(struct cursor *c, uint8_t open, uint8_t close)
{
    for (size_t depth = 1; depth > 0 && !cursor_done(c);) {
        int octet = cursor_take(c);
        if (octet == '\\')
            cursor_take(c);
        else if (octet == close)
            depth--;
        else if (octet == open)
            depth++;
    }
}

struct slice received_by(struct slice value)
{
    struct cursor c = cursor_new(value);
    bool behind_by = false;
    while (!cursor_done(&c) && cursor_peek(&c) != ';') {
        struct slice word = cursor_while(&c, is_word_octet);
        if (behind_by && word.n)
            return word;
        if (word.n)
            behind_by = slice_ieq(word, SLICE("by"));
        else if (cursor_accept(&c, '('))
            pass_over(&c, '(', ')');
        else if (cursor_accept(&c, '"'))
            pass_over(&c, '"', '"');
        else
            cursor_take(&c);
    }
    return (struct slice){NULL, 0};
}
