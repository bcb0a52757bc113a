/*
 * Numbers that stand in one list only are set aside first. Of the others those that stand once in
 * each list are anchors, as many as ascend in both. Between two anchors the shortest edit is looked
 * for (Myers, "An O(ND) Difference Algorithm", 1986), so many edits far; from where that came
 * farthest it goes on, until all is found or the search has cost its share.
 */
#include "dkim2/diff_search.h"

enum { EDITS_MOST = 128, COST_A_NUMBER = 16, COST_FREE = 1 << 20 };

/* A list without the numbers that the other has not. */
struct kept {
    uint32_t *numbers;
    uint32_t *places; /* in the whole list */
    size_t n;
};

struct search {
    struct kept before, after;
    uint32_t *match;
    int64_t budget;
    int32_t edits_most;
    int32_t *trace; /* of each number of edits, on each diagonal: how far it comes in `before` */
};

/* A part of both lists. */
struct gap {
    size_t a, a_end, b, b_end;
};

static void join(struct search *s, size_t a, size_t b)
{
    s->match[s->before.places[a]] = s->after.places[b] + 1;
}

/* --- the shortest edit ------------------------------------------------------------------------ */

/* How far `edits` edits come on diagonal k: rows of 1, 3, 5 … one behind the other. */
static int32_t *reach(const struct search *s, int32_t edits, int32_t k)
{
    return &s->trace[edits * edits + k + edits];
}

/* Whether diagonal k is best come to from k + 1, by a number of `after` that is passed over. */
static bool comes_from_above(const struct search *s, int32_t edits, int32_t k)
{
    return k == -edits || (k != edits && *reach(s, edits - 1, k - 1) < *reach(s, edits - 1, k + 1));
}

/* Where a diagonal begins with its last edit. */
static int32_t start_of(const struct search *s, int32_t edits, int32_t k)
{
    if (edits == 0)
        return 0;
    return comes_from_above(s, edits, k) ? *reach(s, edits - 1, k + 1)
                                         : *reach(s, edits - 1, k - 1) + 1;
}

/* Along a diagonal as long as the numbers are equal. */
static int32_t slide(struct search *s, const struct gap *g, int32_t x, int32_t k)
{
    int32_t n = (int32_t)(g->a_end - g->a), m = (int32_t)(g->b_end - g->b), from = x;
    while (x < n && x - k < m &&
           s->before.numbers[g->a + (size_t)x] == s->after.numbers[g->b + (size_t)(x - k)])
        x++;
    s->budget -= 1 + x - from;
    return x;
}

struct point {
    int32_t edits, k, x;
    bool is_end;
};

/* The end of the gap, or the farthest point there was time for. */
static struct point explore(struct search *s, const struct gap *g)
{
    int32_t n = (int32_t)(g->a_end - g->a), m = (int32_t)(g->b_end - g->b);
    struct point best = {0, 0, 0, false};
    for (int32_t edits = 0; edits <= s->edits_most && s->budget > 0; edits++)
        for (int32_t k = -edits; k <= edits; k += 2) {
            int32_t x = slide(s, g, start_of(s, edits, k), k);
            *reach(s, edits, k) = x;
            bool inside = x <= n && x - k <= m;
            if (inside && 2 * x - k > 2 * best.x - best.k)
                best = (struct point){edits, k, x, false};
            if (x == n && x - k == m)
                return (struct point){edits, k, x, true};
        }
    return best;
}

/* Joins what is equal on the way to a point. */
static void walk_back(struct search *s, const struct gap *g, struct point p)
{
    for (;; p.edits--) {
        int32_t start = start_of(s, p.edits, p.k);
        while (p.x > start) {
            p.x--;
            join(s, g->a + (size_t)p.x, g->b + (size_t)(p.x - p.k));
        }
        if (p.edits == 0)
            return;
        bool above = comes_from_above(s, p.edits, p.k);
        p.k += above ? 1 : -1;
        p.x = start - !above;
    }
}

static bool are_equal(const struct search *s, size_t a, size_t b)
{
    return s->before.numbers[a] == s->after.numbers[b];
}

static void close_gap(struct search *s, struct gap g)
{
    for (struct point p = {0}; !p.is_end;) {
        for (; g.a < g.a_end && g.b < g.b_end && are_equal(s, g.a, g.b); g.a++, g.b++)
            join(s, g.a, g.b);
        for (; g.a < g.a_end && g.b < g.b_end && are_equal(s, g.a_end - 1, g.b_end - 1);
             g.a_end--, g.b_end--)
            join(s, g.a_end - 1, g.b_end - 1);
        if (g.a == g.a_end || g.b == g.b_end || s->budget <= 0)
            return;
        p = explore(s, &g);
        walk_back(s, &g, p);
        g.a += (size_t)p.x;
        g.b += (size_t)(p.x - p.k);
    }
}

/* --- anchors ---------------------------------------------------------------------------------- */

/* How often each number stands in a list, up to 2. */
static uint8_t *count(struct arena *arena, const struct diff_numbers *list, size_t n)
{
    uint8_t *counts = arena_alloc(arena, n);
    for (size_t i = 0; i < list->n && counts; i++)
        if (list->all[i] != DIFF_NOWHERE && counts[list->all[i]] < 2)
            counts[list->all[i]]++;
    return counts;
}

/* The numbers stay in the list, closer together. */
static bool keep(struct arena *arena, struct diff_numbers *list, const uint8_t *others,
                 struct kept *out)
{
    *out = (struct kept){list->all, arena_array(arena, list->n, sizeof(uint32_t)), 0};
    if (!out->places)
        return false;
    for (size_t i = 0; i < list->n; i++)
        if (list->all[i] != DIFF_NOWHERE && others[list->all[i]]) {
            out->numbers[out->n] = list->all[i];
            out->places[out->n++] = (uint32_t)i;
        }
    return true;
}

/* Two places of the same number, and the anchor before it in the longest row that ends here. */
struct anchor {
    uint32_t a, b;
    uint32_t before; /* and 1; 0: none */
};

/* What stands once in each, in the order of `before`. */
static size_t find_anchors(const struct search *s, const uint8_t *once_before,
                           const uint8_t *once_after, uint32_t *where, struct anchor *out)
{
    size_t n = 0;
    for (size_t b = 0; b < s->after.n; b++)
        where[s->after.numbers[b]] = (uint32_t)b;
    for (size_t a = 0; a < s->before.n; a++) {
        uint32_t number = s->before.numbers[a];
        if (once_before[number] == 1 && once_after[number] == 1)
            out[n++] = (struct anchor){(uint32_t)a, where[number], 0};
    }
    return n;
}

/* The longest row of anchors that ascend in `after` too: ends[i] is the one with the least end
 * among rows of i + 1. The row is left in `ends`; its length. */
static size_t longest_row(struct anchor *all, size_t n, uint32_t *ends)
{
    size_t longest = 0;
    for (size_t i = 0; i < n; i++) {
        size_t from = 0, to = longest;
        while (from < to) {
            size_t middle = from + (to - from) / 2;
            if (all[ends[middle]].b < all[i].b)
                from = middle + 1;
            else
                to = middle;
        }
        all[i].before = from ? ends[from - 1] + 1 : 0;
        ends[from] = (uint32_t)i;
        longest += from == longest;
    }
    uint32_t at = longest ? ends[longest - 1] + 1 : 0;
    for (size_t i = longest; i > 0; i--, at = all[at - 1].before)
        ends[i - 1] = at - 1;
    return longest;
}

static void close_gaps(struct search *s, const struct anchor *all, const uint32_t *row, size_t n)
{
    struct gap g = {0, 0, 0, 0};
    for (size_t i = 0; i < n; i++) {
        const struct anchor *anchor = &all[row[i]];
        g.a_end = anchor->a;
        g.b_end = anchor->b;
        close_gap(s, g);
        join(s, anchor->a, anchor->b);
        g.a = (size_t)anchor->a + 1;
        g.b = (size_t)anchor->b + 1;
    }
    g.a_end = s->before.n;
    g.b_end = s->after.n;
    close_gap(s, g);
}

enum waybill_status diff_search(struct arena *arena, struct diff_numbers *before,
                                struct diff_numbers *after, uint32_t *match)
{
    struct search s = {.match = match,
                       .budget = COST_FREE + COST_A_NUMBER * (int64_t)(before->n + after->n)};
    const uint8_t *in_before = count(arena, before, before->n);
    const uint8_t *in_after = count(arena, after, before->n);
    if (!in_before || !in_after || !keep(arena, before, in_after, &s.before) ||
        !keep(arena, after, in_before, &s.after))
        return WAYBILL_NOMEM;
    uint32_t *where = arena_array(arena, before->n, sizeof *where);
    uint32_t *row = arena_array(arena, s.before.n, sizeof *row);
    struct anchor *anchors = arena_array(arena, s.before.n, sizeof *anchors);
    size_t edits = s.before.n + s.after.n < EDITS_MOST ? s.before.n + s.after.n : EDITS_MOST;
    s.edits_most = (int32_t)edits;
    s.trace = arena_array(arena, (edits + 1) * (edits + 1), sizeof *s.trace);
    if (!where || !row || !anchors || !s.trace)
        return WAYBILL_NOMEM;
    size_t n = find_anchors(&s, in_before, in_after, where, anchors);
    close_gaps(&s, anchors, row, longest_row(anchors, n, row));
    return WAYBILL_OK;
}
