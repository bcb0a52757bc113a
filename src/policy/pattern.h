/*
 * policy/pattern.h: texts of an operator whose lines begin with a pattern of domains.
 *
 * A pattern is a domain, or "*." and a domain: all names below it, but not it itself. '#' begins a
 * comment. Trust and key files are such texts.
 */
#ifndef POLICY_PATTERN_H
#define POLICY_PATTERN_H

#include "base/arena.h"
#include "base/cursor.h"
#include "waybill/answers.h"

/*
 * "*.example.org" stands in an index as ".example.org": each of these is what is left of a name
 * from one of its dots on, so that a look-up makes no new text.
 */
struct pattern {
    struct slice key;
    const char *text; /* in A-labels and lower case */
};

/* A text while it is read. */
struct pattern_reader {
    struct cursor text, words; /* the words of the line */
    size_t line;
    struct arena *arena; /* of the patterns */
    struct waybill_text_error *error;
};

static inline struct pattern_reader pattern_reader_new(struct slice text, struct arena *arena,
                                                       struct waybill_text_error *error)
{
    return (struct pattern_reader){cursor_new(text), {{NULL, 0}, 0}, 0, arena, error};
}

/* On to the next line that has a word; false at the end of the text. */
bool pattern_line(struct pattern_reader *reader);

/* The next word of the line; empty at its end. */
struct slice pattern_word(struct pattern_reader *reader);

/* The next word of the line as a pattern. WAYBILL_SYNTAX fills *error. */
enum waybill_status pattern_read(struct pattern_reader *reader, struct pattern *out);

/*
 * The key behind this one, empty at the end. Those of a domain, the closest pattern first: the
 * domain itself, then what is left of it from each of its dots on.
 */
struct slice pattern_key_after(struct slice key);

#endif
