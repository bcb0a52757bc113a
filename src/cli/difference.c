#include "cli/difference.h"

#include "base/arena.h"
#include "base/limits.h"
#include "mail/encoded_word.h"
#include "mail/whole.h"

/* Where the name of a field stands, and the sign before a line of it. */
enum { TITLE_COLUMN = 5, SIGN_COLUMN = 7, TEXT_COLUMN = 9 };
/* Lines of one run that are shown: the rest is counted. */
enum { LINES_SHOWN = 12 };

/* --- lines ------------------------------------------------------------------------------------ */

/* The part of escaped text that a line has room for, with a mark where it is cut. */
static void put_cut(struct page *page, enum tone tone, struct slice text)
{
    size_t room = PAGE_COLUMNS - TEXT_COLUMN, n = 0, columns = 0;
    bool whole = page_width(text) <= room;
    for (; n < text.n; n++) {
        bool starts = (text.p[n] & 0xC0) != 0x80;
        if (starts && !whole && columns == room - 1)
            break;
        columns += starts;
    }
    page_put(page, tone, slice_sub(text, 0, n));
    if (!whole)
        page_put(page, TONE_DIM, SLICE("…"));
}

static void put_line(struct page *page, const char *sign, enum tone tone, struct slice text)
{
    struct buffer safe = buffer_new(LIMIT_HEADER_OCTETS);
    buffer_add_escaped(&safe, slice_sub(text, 0, LIMIT_LINE_OCTETS));
    page_tab(page, SIGN_COLUMN);
    page_put(page, tone, slice_str(sign));
    if (safe.n > 0)
        page_tab(page, TEXT_COLUMN);
    put_cut(page, tone, buffer_slice(&safe));
    page_end(page);
    if (safe.status != WAYBILL_OK)
        page->out->status = safe.status;
    buffer_free(&safe);
}

static void put_note(struct page *page, const char *what, uint64_t n)
{
    page_tab(page, TEXT_COLUMN);
    page->indent = TEXT_COLUMN;
    page_say(page, TONE_DIM, "%llu %s%s", (unsigned long long)n, n == 1 ? "line " : "lines ", what);
    page_end(page);
}

static void put_title(struct page *page, struct slice name)
{
    page_tab(page, TITLE_COLUMN);
    page->indent = TITLE_COLUMN;
    page_words(page, TONE_DIM, name);
    page_end(page);
}

/* --- a body ----------------------------------------------------------------------------------- */

/* The lines of a body, one after the other. */
struct lines {
    struct slice rest;
    uint64_t passed;
};

static bool next_line(struct lines *lines, struct slice *out)
{
    if (lines->rest.n == 0)
        return false;
    size_t lf = slice_find(lines->rest, '\n', 0);
    *out = slice_trim(slice_sub(lines->rest, 0, lf));
    out->p = lines->rest.p;
    out->n = lf > 0 && lf < lines->rest.n && lines->rest.p[lf - 1] == '\r' ? lf - 1 : lf;
    lines->rest = slice_from(lines->rest, lf + 1);
    lines->passed++;
    return true;
}

/* Lines that came, up to but not with the number `until`. */
static void put_added(struct page *page, struct lines *lines, uint64_t until)
{
    struct slice line;
    uint64_t shown = 0, more = 0;
    while (lines->passed + 1 < until && next_line(lines, &line)) {
        if (shown < LINES_SHOWN)
            put_line(page, "+", TONE_GOOD, line);
        more += shown == LINES_SHOWN;
        shown += shown < LINES_SHOWN;
    }
    if (more)
        put_note(page, "more were added", more);
}

static void put_removed(struct page *page, const struct recipe_step *step)
{
    for (size_t i = 0; i < step->n && i < LINES_SHOWN; i++)
        put_line(page, "-", TONE_BAD, step->literals[i]);
    if (step->n > LINES_SHOWN)
        put_note(page, "more were removed", step->n - LINES_SHOWN);
}

/* What was removed is shown before what came in its place. */
static void write_body(struct page *page, struct slice body, const struct recipe *recipe)
{
    const struct recipe_list *list = &recipe->body;
    struct lines lines = {body, 0};
    struct slice line;
    put_title(page, SLICE("Body"));
    if (recipe->null_body) {
        page->indent = TEXT_COLUMN;
        page_start(page);
        page_words(page, TONE_WARN, SLICE("changed, and nobody is to know how it was"));
        page_end(page);
        return;
    }
    for (size_t i = 0; i < list->n; i++) {
        const struct recipe_step *step = &list->steps[i];
        if (!step->copies) {
            put_removed(page, step);
            continue;
        }
        put_added(page, &lines, step->first);
        uint64_t kept = 0;
        while (lines.passed < step->last && next_line(&lines, &line))
            kept++;
        put_note(page, "as they were", kept);
    }
    put_added(page, &lines, UINT64_MAX);
}

/* --- fields ----------------------------------------------------------------------------------- */

static void put_value(struct page *page, const char *sign, enum tone tone, struct slice value)
{
    struct buffer text = buffer_new(LIMIT_HEADER_OCTETS);
    encoded_word_show(&text, slice_sub(value, 0, LIMIT_LINE_OCTETS));
    put_line(page, sign, tone, slice_trim(buffer_slice(&text)));
    if (text.status != WAYBILL_OK)
        page->out->status = text.status;
    buffer_free(&text);
}

/* Whether the field of a number is copied. Fields are numbered from the bottom (spec-06
 * section 5.1) and asked for from the top: *left is the number of steps that may still copy one. */
static bool is_copied(const struct recipe_list *list, uint64_t number, size_t *left)
{
    while (*left > 0 && (!list->steps[*left - 1].copies || list->steps[*left - 1].first > number))
        --*left;
    return *left > 0 && number <= list->steps[*left - 1].last;
}

static void write_field(struct page *page, const struct header *header,
                        const struct recipe_field *field)
{
    struct names_range range = header_find(header, field->name);
    size_t left = field->list.n;
    put_title(page, range.n ? header_at(header, range.first)->name : field->name);
    for (size_t i = field->list.n; i > 0; i--) {
        const struct recipe_step *step = &field->list.steps[i - 1];
        for (size_t k = step->copies ? 0 : step->n; k > 0; k--)
            put_value(page, "-", TONE_BAD, step->literals[k - 1]);
    }
    for (size_t i = 0; i < range.n; i++)
        if (!is_copied(&field->list, range.n - i, &left))
            put_value(page, "+", TONE_GOOD, header_at(header, range.first + i)->value);
}

/* ---------------------------------------------------------------------------------------------- */

enum waybill_status difference_write(struct page *page, struct slice after,
                                     const struct recipe *recipe)
{
    struct arena arena = arena_new();
    struct header header;
    struct slice body;
    enum waybill_status status = whole_read(&arena, after, &header, &body);
    for (size_t i = 0; i < recipe->n_fields && status == WAYBILL_OK; i++)
        write_field(page, &header, &recipe->fields[i]);
    if (status == WAYBILL_OK && recipe->has_body)
        write_body(page, body, recipe);
    arena_free(&arena);
    return status;
}
