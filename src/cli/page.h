/*
 * cli/page.h: text in columns for a terminal of 80: a narrow left column, a label, and what wraps.
 */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include "base/buffer.h"

enum tone { TONE_PLAIN, TONE_STRONG, TONE_DIM, TONE_GOOD, TONE_BAD, TONE_WARN };

enum { PAGE_COLUMNS = 80, PAGE_LEFT_LINES = 2 };

/* Left texts come on the first lines of a row; whatever is printed there is safe already. */
struct page {
    struct buffer *out;
    bool colour;
    size_t column;                      /* where the next character goes, from 0 */
    size_t indent;                      /* where a wrapped line goes on */
    struct slice left[PAGE_LEFT_LINES]; /* still to be printed at the start of lines */
    enum tone left_tone[PAGE_LEFT_LINES];
};

/* Columns that text takes: its UTF-8 characters. */
size_t page_width(struct slice text);

/* Text as it stands, on this line. */
void page_put(struct page *page, enum tone tone, struct slice text);
/* Spaces up to a column; none if it is passed already. */
void page_tab(struct page *page, size_t column);
/* Words of text, each escaped, wrapped to `indent`; a space before each that does not begin a line.
 */
void page_words(struct page *page, enum tone tone, struct slice text);
/* The same, but the whole text goes to the next line where it does not fit this one. */
void page_phrase(struct page *page, enum tone tone, struct slice text);
/* page_words of a formatted text. */
void page_say(struct page *page, enum tone tone, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Ends the line. */
void page_end(struct page *page);
/* A line that starts with the next left text, if there is one, and goes on at `indent`: on the next
 * line, where the left text reaches that far. */
void page_start(struct page *page);

#endif
