#include "dkim2/steps.h"

/* Octets of JSON: {"c":[1,2]}, with digits apart; {"d":[]}, and "", of a literal. */
enum { COPY_JSON = 10, LITERALS_JSON = 9, LITERAL_JSON = 3 };

static unsigned digits(uint64_t number)
{
    unsigned n = 1;
    while (number /= 10)
        n++;
    return n;
}

static uint64_t copy_json(const struct diff_run *run)
{
    return COPY_JSON + digits(run->after + 1) + digits(run->after + run->n);
}

/* Lines of the text before, none of them at its ends where both are the same. */
static uint64_t octets_of(const struct diff *diff, uint64_t from, uint64_t to)
{
    uint64_t octets = 0;
    for (uint64_t i = from; i < to; i++)
        octets += diff_line(diff, i).n;
    return octets;
}

/* --- what is not worth a copy ----------------------------------------------------------------- */

/* More lines than this are never shorter as literals. */
enum { LINES_MOST = 16 };

static bool is_within(const struct diff *diff, const struct diff_run *run)
{
    return run->before >= diff->before.first &&
           run->before + run->n <= diff->before.first + diff->before.n;
}

/* Whether literals stand on so many sides of the run, `from` and `to` being where the copied lines
 * before and behind it end and begin. */
static bool is_shorter_as_literals(const struct diff *diff, const struct diff_run *run,
                                   uint64_t from, uint64_t to)
{
    if (run->n > LINES_MOST || !is_within(diff, run))
        return false;
    uint64_t sides = (from < run->before ? 1u : 0u) + (to > run->before + run->n ? 1u : 0u);
    uint64_t literals = octets_of(diff, run->before, run->before + run->n) + LITERAL_JSON * run->n;
    return literals + LITERALS_JSON <= copy_json(run) + sides * LITERALS_JSON;
}

static void drop_small(struct diff *diff)
{
    size_t n = 0;
    uint64_t from = 0;
    for (size_t i = 0; i < diff->n_runs; i++) {
        struct diff_run run = diff->runs[i];
        uint64_t to = i + 1 < diff->n_runs ? diff->runs[i + 1].before : diff->lines;
        if (is_shorter_as_literals(diff, &run, from, to))
            continue;
        diff->runs[n++] = run;
        from = run.before + run.n;
    }
    diff->n_runs = n;
}

/* ---------------------------------------------------------------------------------------------- */

enum waybill_status steps_find(struct arena *arena, struct slice before, struct slice after,
                               bool small, struct steps *out)
{
    *out = (struct steps){0};
    enum waybill_status status = diff_texts(arena, before, after, &out->diff);
    if (status != WAYBILL_OK)
        return status;
    if (small)
        drop_small(&out->diff);
    uint64_t from = 0;
    for (size_t i = 0; i <= out->diff.n_runs; i++) {
        const struct diff_run *run = i < out->diff.n_runs ? &out->diff.runs[i] : NULL;
        uint64_t to = run ? run->before : out->diff.lines;
        out->literals += to - from;
        out->literal_octets += octets_of(&out->diff, from, to);
        from = run ? run->before + run->n : to;
    }
    out->copies = out->diff.n_runs;
    return WAYBILL_OK;
}

uint64_t steps_json(const struct steps *steps)
{
    uint64_t octets = steps->literal_octets + LITERAL_JSON * steps->literals;
    for (size_t i = 0; i < steps->diff.n_runs; i++)
        octets += copy_json(&steps->diff.runs[i]);
    return octets;
}

static enum waybill_status add_literals(struct arena *arena, const struct diff *diff, uint64_t from,
                                        uint64_t to, struct recipe_list *out)
{
    if (from == to)
        return WAYBILL_OK;
    struct recipe_step *step = &out->steps[out->n++];
    step->literals = arena_array(arena, (size_t)(to - from), sizeof *step->literals);
    if (!step->literals)
        return WAYBILL_NOMEM;
    for (uint64_t i = from; i < to; i++)
        step->literals[step->n++] = diff_line(diff, i);
    return WAYBILL_OK;
}

enum waybill_status steps_make(struct arena *arena, const struct steps *steps,
                               struct recipe_list *out)
{
    const struct diff *diff = &steps->diff;
    *out = (struct recipe_list){arena_array(arena, 2 * diff->n_runs + 1, sizeof *out->steps), 0};
    enum waybill_status status = out->steps ? WAYBILL_OK : WAYBILL_NOMEM;
    uint64_t from = 0;
    for (size_t i = 0; i < diff->n_runs && status == WAYBILL_OK; i++) {
        const struct diff_run *run = &diff->runs[i];
        status = add_literals(arena, diff, from, run->before, out);
        out->steps[out->n++] = (struct recipe_step){
            .copies = true, .first = run->after + 1, .last = run->after + run->n};
        from = run->before + run->n;
    }
    return status == WAYBILL_OK ? add_literals(arena, diff, from, diff->lines, out) : status;
}
