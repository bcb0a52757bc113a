#include "dkim2/diff.h"

#include "base/limits.h"
#include "dkim2/diff_search.h"

/* --- what both have at their ends ------------------------------------------------------------- */

enum { BLOCK = 4096 };

static size_t same_at_start(struct slice a, struct slice b)
{
    size_t most = a.n < b.n ? a.n : b.n, n = 0;
    while (most - n >= BLOCK && memcmp(a.p + n, b.p + n, BLOCK) == 0)
        n += BLOCK;
    while (n < most && a.p[n] == b.p[n])
        n++;
    return n;
}

static size_t same_at_end(struct slice a, struct slice b)
{
    size_t most = a.n < b.n ? a.n : b.n, n = 0;
    while (most - n >= BLOCK && memcmp(a.p + a.n - n - BLOCK, b.p + b.n - n - BLOCK, BLOCK) == 0)
        n += BLOCK;
    while (n < most && a.p[a.n - n - 1] == b.p[b.n - n - 1])
        n++;
    return n;
}

/* Offset behind the first line end at or after `from`; s.n where there is none. */
static size_t line_end(struct slice s, size_t from)
{
    size_t lf = from;
    while ((lf = slice_find(s, '\n', lf)) < s.n && !(lf > from && s.p[lf - 1] == '\r'))
        lf++;
    return lf < s.n ? lf + 1 : s.n;
}

static bool begins_line(struct slice s, size_t at)
{
    return at == 0 || (at >= 2 && s.p[at - 1] == '\n' && s.p[at - 2] == '\r');
}

static bool ends_line(struct slice s, size_t at)
{
    return at == s.n || slice_starts(slice_from(s, at), SLICE("\r\n"));
}

static uint64_t count_lines(struct slice s)
{
    uint64_t n = 0;
    for (size_t at = 0; at < s.n; at = line_end(s, at))
        n++;
    return n;
}

/* Takes the lines that both begin with off them; how many they are. */
static uint64_t cut_start(struct slice *a, struct slice *b)
{
    size_t n = same_at_start(*a, *b), line = n;
    while (!begins_line(*a, line))
        line--;
    /* The last of them may be without its end in one of the two. */
    bool whole = line < n && ends_line(*a, n) && ends_line(*b, n);
    uint64_t lines = count_lines(slice_sub(*a, 0, line)) + whole;
    *a = slice_from(*a, whole ? n + 2 : line);
    *b = slice_from(*b, whole ? n + 2 : line);
    return lines;
}

/* The same of the lines that both end with. */
static uint64_t cut_end(struct slice *a, struct slice *b)
{
    size_t n = same_at_end(*a, *b);
    if (!begins_line(*a, a->n - n) || !begins_line(*b, b->n - n))
        n = a->n - line_end(*a, a->n - n);
    uint64_t lines = count_lines(slice_from(*a, a->n - n));
    a->n -= n;
    b->n -= n;
    return lines;
}

/* --- lines ------------------------------------------------------------------------------------ */

static enum waybill_status split(struct arena *arena, struct slice text, uint64_t first, uint64_t n,
                                 struct diff_lines *out)
{
    *out = (struct diff_lines){text, first, arena_array(arena, (size_t)n + 1, sizeof(uint32_t)), 0};
    if (!out->starts)
        return WAYBILL_NOMEM;
    for (size_t at = 0; at < text.n; at = line_end(text, at))
        out->starts[out->n++] = (uint32_t)at;
    out->starts[out->n] = (uint32_t)text.n;
    return WAYBILL_OK;
}

static struct slice line_at(const struct diff_lines *lines, size_t i)
{
    size_t from = lines->starts[i];
    struct slice line = slice_sub(lines->text, from, lines->starts[i + 1] - from);
    if (line.n >= 2 && line.p[line.n - 1] == '\n' && line.p[line.n - 2] == '\r')
        line.n -= 2;
    return line;
}

struct slice diff_line(const struct diff *diff, uint64_t line)
{
    return line_at(&diff->before, (size_t)(line - diff->before.first));
}

/* --- equal lines have equal numbers ----------------------------------------------------------- */

/* Lines of the text before by their octets. A line that is not found within a few probes counts as
 * one that stands nowhere else: whoever chooses the lines cannot choose the time. */
struct table {
    const struct diff_lines *lines;
    uint32_t *hashes; /* of each line */
    uint32_t *slots;  /* number of a line and 1; 0: free */
    uint32_t mask;
};

enum { PROBES = 64 };

static uint32_t hash_of(struct slice s)
{
    const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t h = s.n * odd, word;
    size_t at = 0;
    for (; s.n - at >= sizeof word; at += sizeof word) {
        memcpy(&word, s.p + at, sizeof word);
        h = (h ^ word) * odd;
        h ^= h >> 32;
    }
    for (; at < s.n; at++)
        h = (h ^ s.p[at]) * odd;
    return (uint32_t)(h >> 32);
}

static bool table_new(struct arena *arena, const struct diff_lines *lines, struct table *out)
{
    size_t slots = 64;
    while (slots < 2 * lines->n)
        slots *= 2;
    *out = (struct table){lines, arena_array(arena, lines->n, sizeof(uint32_t)),
                          arena_array(arena, slots, sizeof(uint32_t)), (uint32_t)slots - 1};
    return out->hashes && out->slots;
}

/* The slot of a line, or a free one; NULL: neither is near. */
static uint32_t *slot_of(const struct table *t, struct slice line, uint32_t hash)
{
    for (uint32_t i = 0; i < PROBES; i++) {
        uint32_t *slot = &t->slots[(hash + i) & t->mask];
        if (*slot == 0 ||
            (t->hashes[*slot - 1] == hash && slice_eq(line_at(t->lines, *slot - 1), line)))
            return slot;
    }
    return NULL;
}

static void number_before(struct table *t, uint32_t *numbers)
{
    for (size_t i = 0; i < t->lines->n; i++) {
        struct slice line = line_at(t->lines, i);
        t->hashes[i] = hash_of(line);
        uint32_t *slot = slot_of(t, line, t->hashes[i]);
        if (slot && *slot == 0)
            *slot = (uint32_t)i + 1;
        numbers[i] = slot ? *slot - 1 : (uint32_t)i;
    }
}

static void number_after(const struct table *t, const struct diff_lines *after, uint32_t *numbers)
{
    for (size_t i = 0; i < after->n; i++) {
        struct slice line = line_at(after, i);
        uint32_t *slot = slot_of(t, line, hash_of(line));
        numbers[i] = slot && *slot ? *slot - 1 : DIFF_NOWHERE;
    }
}

/* --- the whole -------------------------------------------------------------------------------- */

static void add_run(struct diff *diff, uint64_t before, uint64_t after, uint64_t n)
{
    struct diff_run *last = diff->n_runs ? &diff->runs[diff->n_runs - 1] : NULL;
    if (n == 0)
        return;
    if (last && last->before + last->n == before && last->after + last->n == after)
        last->n += n;
    else
        diff->runs[diff->n_runs++] = (struct diff_run){before, after, n};
}

static size_t count_runs(const uint32_t *match, size_t n)
{
    size_t runs = 0;
    for (size_t i = 0; i < n; i++)
        runs += match[i] && (i == 0 || !match[i - 1] || match[i] != match[i - 1] + 1);
    return runs;
}

/* The memory of the table and of the lines of the text after is given back before the search. */
static enum waybill_status number_both(const struct diff_lines *before, struct slice after,
                                       struct diff_numbers *a, struct diff_numbers *b)
{
    struct arena own = arena_new();
    struct diff_lines lines;
    struct table table;
    enum waybill_status status = split(&own, after, before->first, b->n, &lines);
    if (status == WAYBILL_OK && !table_new(&own, before, &table))
        status = WAYBILL_NOMEM;
    if (status == WAYBILL_OK) {
        number_before(&table, a->all);
        number_after(&table, &lines, b->all);
    }
    arena_free(&own);
    return status;
}

/* match[i] becomes a line of the text after and 1, or stays 0. */
static enum waybill_status search(const struct diff_lines *before, struct slice after,
                                  size_t n_after, uint32_t *match)
{
    struct arena own = arena_new();
    struct diff_numbers a = {arena_array(&own, before->n, sizeof(uint32_t)), before->n};
    struct diff_numbers b = {arena_array(&own, n_after, sizeof(uint32_t)), n_after};
    enum waybill_status status = a.all && b.all ? WAYBILL_OK : WAYBILL_NOMEM;
    if (status == WAYBILL_OK)
        status = number_both(before, after, &a, &b);
    if (status == WAYBILL_OK)
        status = diff_search(&own, &a, &b, match);
    arena_free(&own);
    return status;
}

enum waybill_status diff_texts(struct arena *arena, struct slice before, struct slice after,
                               struct diff *out)
{
    *out = (struct diff){0};
    if (before.n > UINT32_MAX || after.n > UINT32_MAX)
        return WAYBILL_LIMIT;
    uint64_t start = cut_start(&before, &after), end = cut_end(&before, &after);
    uint64_t n = count_lines(before), n_after = count_lines(after);
    enum waybill_status status = split(arena, before, start, n, &out->before);
    uint32_t *match = arena_array(arena, (size_t)n, sizeof *match);
    if (status != WAYBILL_OK || !match)
        return WAYBILL_NOMEM;
    out->lines = start + n + end;
    if (n <= LIMIT_DIFF_LINES && n_after <= LIMIT_DIFF_LINES)
        status = search(&out->before, after, (size_t)n_after, match);
    out->runs = arena_array(arena, count_runs(match, (size_t)n) + 2, sizeof *out->runs);
    if (!out->runs)
        return WAYBILL_NOMEM;
    add_run(out, 0, 0, start);
    for (uint32_t i = 0; i < n; i++)
        if (match[i])
            add_run(out, start + i, start + match[i] - 1, 1);
    add_run(out, start + n, start + n_after, end);
    return status;
}
