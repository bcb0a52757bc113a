#include "cli/page.h"

#include "base/cursor.h"
#include "base/limits.h"

#include <stdarg.h>
#include <stdio.h>

/* Where left texts begin. */
enum { LEFT_COLUMN = 2 };

size_t page_width(struct slice text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += (text.p[i] & 0xC0) != 0x80;
    return n;
}

static const char *const tones[] = {
    [TONE_PLAIN] = "",        [TONE_STRONG] = "\x1b[1m", [TONE_DIM] = "\x1b[2m",
    [TONE_GOOD] = "\x1b[32m", [TONE_BAD] = "\x1b[31m",   [TONE_WARN] = "\x1b[33m"};

void page_put(struct page *page, enum tone tone, struct slice text)
{
    bool coloured = page->colour && tone != TONE_PLAIN;
    if (coloured)
        buffer_add_str(page->out, tones[tone]);
    buffer_add(page->out, text);
    if (coloured)
        buffer_add_str(page->out, "\x1b[0m");
    page->column += page_width(text);
}

void page_tab(struct page *page, size_t column)
{
    for (; page->column < column; page->column++)
        buffer_add_octet(page->out, ' ');
}

void page_end(struct page *page)
{
    buffer_add_octet(page->out, '\n');
    page->column = 0;
}

void page_start(struct page *page)
{
    if (page->left[0].p) {
        page_tab(page, LEFT_COLUMN);
        page_put(page, page->left_tone[0], page->left[0]);
        for (size_t i = 1; i < PAGE_LEFT_LINES; i++) {
            page->left[i - 1] = page->left[i];
            page->left_tone[i - 1] = page->left_tone[i];
        }
        page->left[PAGE_LEFT_LINES - 1] = (struct slice){NULL, 0};
        if (page->column >= page->indent)
            page_end(page);
    }
    page_tab(page, page->indent);
}

/* A new line where `width` columns more do not fit this one; else the space between words. */
static void make_room(struct page *page, size_t width)
{
    bool begins = page->column <= page->indent;
    if (!begins && page->column + 1 + width > PAGE_COLUMNS) {
        page_end(page);
        page_start(page);
    } else if (!begins) {
        page_put(page, TONE_PLAIN, SLICE(" "));
    }
}

static bool is_no_space(uint8_t c)
{
    return c != ' ';
}

/* The part of text that takes at most so many columns. */
static struct slice cut_to(struct slice text, size_t columns)
{
    size_t n = 0;
    while (n < text.n && (columns > 0 || (text.p[n] & 0xC0) == 0x80))
        columns -= (text.p[n++] & 0xC0) != 0x80;
    return slice_sub(text, 0, n);
}

/* A word that no line has room for is broken where the line ends. */
static void put_word(struct page *page, enum tone tone, struct slice word)
{
    size_t line = PAGE_COLUMNS - page->indent;
    while (page_width(word) > line) {
        struct slice part = cut_to(word, line);
        make_room(page, line);
        page_put(page, tone, part);
        word = slice_from(word, part.n);
    }
    if (word.n > 0) {
        make_room(page, page_width(word));
        page_put(page, tone, word);
    }
}

static void put_words(struct page *page, enum tone tone, struct slice safe)
{
    struct cursor c = cursor_new(safe);
    while (!cursor_done(&c)) {
        put_word(page, tone, cursor_while(&c, is_no_space));
        cursor_take(&c);
    }
}

/* Escaped first: what makes it safe may make it longer. */
static void put_escaped(struct page *page, enum tone tone, struct slice text, bool whole)
{
    struct buffer safe = buffer_new(LIMIT_FIELD_WRITTEN);
    buffer_add_escaped(&safe, text);
    size_t width = page_width(buffer_slice(&safe));
    if (whole && width <= PAGE_COLUMNS - page->indent) {
        make_room(page, width);
        page_put(page, tone, buffer_slice(&safe));
    } else {
        put_words(page, tone, buffer_slice(&safe));
    }
    if (safe.status == WAYBILL_NOMEM)
        page->out->status = WAYBILL_NOMEM;
    buffer_free(&safe);
}

void page_words(struct page *page, enum tone tone, struct slice text)
{
    put_escaped(page, tone, text, false);
}

void page_phrase(struct page *page, enum tone tone, struct slice text)
{
    put_escaped(page, tone, text, true);
}

void page_say(struct page *page, enum tone tone, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    page_words(page, tone, slice_str(text));
}
