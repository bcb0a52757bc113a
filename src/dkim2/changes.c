/* What each hop did to the message, by its recipe (S-10). */
#include "dkim2/run.h"
#include "dkim2/subject.h"

static const char *const texts[DKIM2_CHANGES] = {
    [DKIM2_CHANGE_SUBJECT_TAG] = "subject tag",     [DKIM2_CHANGE_FOOTER] = "footer",
    [DKIM2_CHANGE_MIME_WRAP] = "MIME wrap",         [DKIM2_CHANGE_FIELD_ADDED] = "field added",
    [DKIM2_CHANGE_FIELD_REMOVED] = "field removed", [DKIM2_CHANGE_FIELD_CHANGED] = "field changed",
    [DKIM2_CHANGE_FROM] = "From rewritten",         [DKIM2_CHANGE_REENCODED] = "re-encoded",
    [DKIM2_CHANGE_BODY] = "body changed",           [DKIM2_CHANGE_LOST] = "body lost",
};

const char *dkim2_change_text(enum dkim2_change change)
{
    return texts[change];
}

/* A hop under judgement. */
struct hop {
    struct evaluation *e;
    const struct dkim2 *dkim2;
    struct dkim2_instance *instance;
    const struct dkim2_fields *older, *newer;
    bool wrapped, reencoded; /* the body, as its fields say */
};

static const struct slice no_field = {NULL, 0};

static void note(struct hop *hop, enum dkim2_change what, struct slice name, uint64_t lines)
{
    hop->instance->changes[hop->instance->n_changes++] = (struct dkim2_changed){what, name, lines};
}

/* --- fields ------------------------------------------------------------------------------------
 */

static enum waybill_status canonical(struct hop *hop, const struct dkim2_named *named, size_t i,
                                     struct slice *out)
{
    return dkim2_value_canonical(message_arena(hop->e->message), named->name, &named->values[i],
                                 out);
}

/* Whether all of `few` stand among `many`, in their order. */
static enum waybill_status is_among(struct hop *hop, const struct dkim2_named *few,
                                    const struct dkim2_named *many, bool *among)
{
    size_t found = 0;
    for (size_t i = 0; i < many->n && found < few->n; i++) {
        struct slice wanted, here;
        enum waybill_status status = canonical(hop, few, found, &wanted);
        if (status == WAYBILL_OK)
            status = canonical(hop, many, i, &here);
        if (status != WAYBILL_OK)
            return status;
        found += slice_eq(wanted, here);
    }
    *among = found == few->n;
    return WAYBILL_OK;
}

static enum waybill_status change_of(struct hop *hop, const struct dkim2_named *older,
                                     const struct dkim2_named *newer, enum dkim2_change *out)
{
    bool added = false, removed = false;
    enum waybill_status status = is_among(hop, older, newer, &added);
    if (status == WAYBILL_OK)
        status = is_among(hop, newer, older, &removed);
    *out = added     ? DKIM2_CHANGE_FIELD_ADDED
           : removed ? DKIM2_CHANGE_FIELD_REMOVED
                     : DKIM2_CHANGE_FIELD_CHANGED;
    return status;
}

/* A subject that only got a tag says so. */
static enum waybill_status judge_subject(struct hop *hop, const struct dkim2_named *older,
                                         const struct dkim2_named *newer, enum dkim2_change *what)
{
    struct slice before, after;
    if (!slice_eq(older->name, SLICE("subject")) || older->n != 1 || newer->n != 1)
        return WAYBILL_OK;
    enum waybill_status status = canonical(hop, older, 0, &before);
    if (status == WAYBILL_OK)
        status = canonical(hop, newer, 0, &after);
    bool tagged = false;
    if (status == WAYBILL_OK)
        status = subject_is_tagged(before, after, &tagged);
    if (tagged)
        *what = DKIM2_CHANGE_SUBJECT_TAG;
    return status;
}

/* What is told with the body, not as a field: a list that wraps a message moves the fields that
 * describe its content into the part. */
static bool is_about_body(const struct hop *hop, struct slice name)
{
    if (hop->wrapped)
        return slice_starts(name, SLICE("content-")) || slice_eq(name, SLICE("mime-version"));
    return hop->reencoded && slice_eq(name, SLICE("content-transfer-encoding"));
}

static enum waybill_status judge_named(struct hop *hop, const struct dkim2_named *older,
                                       const struct dkim2_named *newer)
{
    enum dkim2_change what = DKIM2_CHANGE_FROM;
    enum waybill_status status = WAYBILL_OK;
    if (is_about_body(hop, older->name))
        return WAYBILL_OK;
    if (!slice_eq(older->name, SLICE("from"))) {
        status = change_of(hop, older, newer, &what);
        if (status == WAYBILL_OK)
            status = judge_subject(hop, older, newer, &what);
    }
    if (status == WAYBILL_OK)
        note(hop, what, older->name, 0);
    return status;
}

static enum waybill_status judge_field(struct hop *hop, struct slice name)
{
    const struct dkim2_named none = {.name = name};
    const struct dkim2_named *older = dkim2_fields_find(hop->older, name);
    const struct dkim2_named *newer = dkim2_fields_find(hop->newer, name);
    bool same = false;
    enum waybill_status status = run_same_named(hop->e, older, newer, &same);
    return status == WAYBILL_OK && !same
               ? judge_named(hop, older ? older : &none, newer ? newer : &none)
               : status;
}

/* --- the body ----------------------------------------------------------------------------------
 */

static bool makes_body(const struct recipe *recipe)
{
    return recipe->has_body && !recipe->null_body;
}

/* The number of lines at the start that a recipe for a body keeps; *steps is how many of its steps
 * say so. */
static uint64_t kept_lines(const struct recipe_list *list, size_t *steps)
{
    uint64_t kept = 0;
    for (*steps = 0; *steps < list->n; ++*steps) {
        const struct recipe_step *step = &list->steps[*steps];
        if (!step->copies || step->first != kept + 1)
            break;
        kept = step->last;
    }
    return kept;
}

/* Whether the recipe only takes lines away from the end. */
static bool only_cuts(const struct recipe *recipe, uint64_t *kept)
{
    size_t steps = 0;
    if (!makes_body(recipe))
        return false;
    *kept = kept_lines(&recipe->body, &steps);
    return steps == recipe->body.n;
}

static bool is_multipart(struct slice value)
{
    return slice_ieq(slice_sub(value, 0, SLICE("multipart/").n), SLICE("multipart/"));
}

static bool is_encoded(struct slice value)
{
    return slice_ieq(value, SLICE("quoted-printable")) || slice_ieq(value, SLICE("base64"));
}

/* A field's value before the hop and behind it: of several the top-most, empty where there is none.
 */
static enum waybill_status both_values(struct hop *hop, struct slice name, struct slice *before,
                                       struct slice *after)
{
    const struct dkim2_named *older = dkim2_fields_find(hop->older, name);
    const struct dkim2_named *newer = dkim2_fields_find(hop->newer, name);
    enum waybill_status status = WAYBILL_OK;
    *before = *after = SLICE("");
    if (older)
        status = canonical(hop, older, older->n - 1, before);
    if (newer && status == WAYBILL_OK)
        status = canonical(hop, newer, newer->n - 1, after);
    return status;
}

/* Where all lines stand as they stood, nothing was wrapped or encoded, whatever the fields say. */
static enum waybill_status judge_content(struct hop *hop)
{
    const struct recipe *recipe = hop->instance->recipe;
    struct slice before, after;
    uint64_t kept;
    if (!makes_body(recipe) || only_cuts(recipe, &kept))
        return WAYBILL_OK;
    enum waybill_status status = both_values(hop, SLICE("content-type"), &before, &after);
    hop->wrapped = recipe->body.n == 1 && recipe->body.steps[0].copies && is_multipart(after) &&
                   !slice_eq(before, after);
    if (status == WAYBILL_OK)
        status = both_values(hop, SLICE("content-transfer-encoding"), &before, &after);
    hop->reencoded = (is_encoded(before) || is_encoded(after)) && !slice_ieq(before, after);
    return status;
}

/* Lines of the body as instance m has it; false where that is not known. */
static bool lines_of(const struct dkim2 *dkim2, size_t m, uint64_t *lines)
{
    *lines = dkim2->run->line ? dkim2->run->lines + 1 : dkim2->run->filled;
    for (m++; m <= dkim2->n_instances; m++) {
        const struct recipe *recipe =
            dkim2->instances[m - 1] ? dkim2->instances[m - 1]->recipe : NULL;
        if (!recipe || !recipe->has_body)
            continue;
        *lines = 0;
        for (size_t k = 0; k < recipe->body.n; k++) {
            const struct recipe_step *step = &recipe->body.steps[k];
            *lines += step->copies ? step->last - step->first + 1 : step->n;
        }
        return !recipe->null_body;
    }
    return true;
}

/* A part put before the last line, the end of a multipart; its lines, or 0. */
static enum waybill_status added_part(struct hop *hop, uint64_t *lines)
{
    const struct recipe_list *list = &hop->instance->recipe->body;
    struct slice before, after;
    size_t steps = 0;
    uint64_t kept = kept_lines(list, &steps);
    *lines = 0;
    if (kept == 0 || steps + 1 != list->n)
        return WAYBILL_OK;
    const struct recipe_step *end = &list->steps[steps];
    enum waybill_status status = both_values(hop, SLICE("content-type"), &before, &after);
    if (status == WAYBILL_OK && end->copies && end->first == end->last && is_multipart(before) &&
        is_multipart(after))
        *lines = end->first - kept - 1;
    return status;
}

/* Lines that are no more than were kept are empty ones at the end: nothing that is signed. */
static void judge_end(struct hop *hop, uint64_t kept)
{
    uint64_t lines;
    bool known = lines_of(hop->dkim2, hop->instance->m, &lines);
    if (!known || lines > kept)
        note(hop, DKIM2_CHANGE_FOOTER, no_field, known ? lines - kept : 0);
}

static enum waybill_status judge_body(struct hop *hop)
{
    const struct recipe *recipe = hop->instance->recipe;
    enum dkim2_change what = recipe->null_body ? DKIM2_CHANGE_LOST
                             : hop->wrapped    ? DKIM2_CHANGE_MIME_WRAP
                             : hop->reencoded  ? DKIM2_CHANGE_REENCODED
                                               : DKIM2_CHANGE_BODY;
    enum waybill_status status = WAYBILL_OK;
    uint64_t kept, lines = 0;
    if (!recipe->has_body)
        return WAYBILL_OK;
    if (only_cuts(recipe, &kept)) {
        judge_end(hop, kept);
        return WAYBILL_OK;
    }
    if (what == DKIM2_CHANGE_BODY)
        status = added_part(hop, &lines);
    if (status == WAYBILL_OK)
        note(hop, lines > 0 ? DKIM2_CHANGE_FOOTER : what, no_field, lines);
    return status;
}

bool run_wants_lines(const struct dkim2 *dkim2)
{
    uint64_t kept;
    for (size_t m = dkim2->n_instances; m > 0; m--) {
        const struct recipe *recipe =
            dkim2->instances[m - 1] ? dkim2->instances[m - 1]->recipe : NULL;
        if (recipe && recipe->has_body)
            return only_cuts(recipe, &kept);
    }
    return false;
}

/* --- all ---------------------------------------------------------------------------------------
 */

static enum waybill_status judge_instance(struct evaluation *e, struct dkim2 *dkim2,
                                          struct dkim2_instance *instance)
{
    const struct dkim2_state *newer = &dkim2->run->states[instance->m];
    const struct recipe *recipe = instance->recipe;
    struct hop hop = {e, dkim2, instance, &newer[-1].fields, &newer->fields, false, false};
    instance->changes = arena_array(e->arena, recipe->n_fields + 1, sizeof *instance->changes);
    enum waybill_status status = instance->changes ? WAYBILL_OK : WAYBILL_NOMEM;
    if (status == WAYBILL_OK)
        status = judge_content(&hop);
    for (size_t k = 0; k < recipe->n_fields && status == WAYBILL_OK; k++)
        status = judge_field(&hop, recipe->fields[k].name);
    return status == WAYBILL_OK ? judge_body(&hop) : status;
}

/* What the other draft finds is not shown; its verdict asks only where a hop asked. */
static bool is_wanted(const struct dkim2 *dkim2)
{
    bool wanted = dkim2->run->other;
    for (size_t i = 1; i <= dkim2->n_signatures && !wanted; i++) {
        const struct dkim2_signature *s = run_signature(dkim2, i);
        wanted = s && s->flags & DKIM2_FLAG_DONOTMODIFY;
    }
    return wanted;
}

enum waybill_status run_changes(struct evaluation *e, struct dkim2 *dkim2)
{
    enum waybill_status status = WAYBILL_OK;
    size_t newest = is_wanted(dkim2) ? dkim2->n_instances : 0;
    for (size_t m = newest; m > 0 && status == WAYBILL_OK; m--) {
        struct dkim2_instance *instance = dkim2->instances[m - 1];
        bool known = !dkim2->run->states[m].lost && !dkim2->run->states[m - 1].lost;
        if (known && run_instance(dkim2, m) && instance->recipe)
            status = judge_instance(e, dkim2, instance);
    }
    return status;
}
