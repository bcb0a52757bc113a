/* What each hop did to the message, by its recipe (S-10). */
#include "dkim2/run.h"

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
    bool wrapped, reencoded; /* what Content-Type and Content-Transfer-Encoding say */
};

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

static size_t common_head(struct slice a, struct slice b)
{
    size_t n = 0;
    while (n < a.n && n < b.n && a.p[n] == b.p[n])
        n++;
    return n;
}

static size_t common_tail(struct slice a, struct slice b)
{
    size_t n = 0;
    while (n < a.n && n < b.n && a.p[a.n - 1 - n] == b.p[b.n - 1 - n])
        n++;
    return n;
}

/* "[list]" with a space at one end, or none: canonical values have single spaces. */
static bool is_tag(struct slice s)
{
    if (s.n > 0 && s.p[0] == ' ')
        s = slice_from(s, 1);
    else if (s.n > 0 && s.p[s.n - 1] == ' ')
        s = slice_sub(s, 0, s.n - 1);
    return s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']';
}

/* Whether the newer subject is the older with a tag put in, at the start or behind a "Re:". */
static bool is_tagged(struct slice older, struct slice newer)
{
    if (newer.n <= older.n)
        return false;
    size_t head = common_head(older, newer), tail = common_tail(older, newer);
    for (size_t at = older.n - tail; at <= head; at++)
        if (is_tag(slice_sub(newer, at, newer.n - older.n)))
            return true;
    return false;
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
    if (status == WAYBILL_OK && is_tagged(before, after))
        *what = DKIM2_CHANGE_SUBJECT_TAG;
    return status;
}

static bool is_multipart(struct slice value)
{
    return slice_ieq(slice_sub(value, 0, SLICE("multipart/").n), SLICE("multipart/"));
}

/* The value that counts: of several the top-most. */
static enum waybill_status top_value(struct hop *hop, const struct dkim2_named *named,
                                     struct slice *out)
{
    *out = SLICE("");
    return named->n > 0 ? canonical(hop, named, named->n - 1, out) : WAYBILL_OK;
}

/* What is told with the body, not as a field. */
static enum waybill_status is_about_body(struct hop *hop, const struct dkim2_named *older,
                                         const struct dkim2_named *newer, bool *about)
{
    const struct recipe *recipe = hop->instance->recipe;
    struct slice before, after;
    *about = false;
    if (!recipe->has_body || recipe->null_body)
        return WAYBILL_OK;
    enum waybill_status status = top_value(hop, older, &before);
    if (status == WAYBILL_OK)
        status = top_value(hop, newer, &after);
    if (status != WAYBILL_OK)
        return status;
    bool one_range = recipe->body.n == 1 && recipe->body.steps[0].copies;
    if (slice_eq(older->name, SLICE("content-type")) && one_range && is_multipart(after) &&
        !slice_eq(before, after))
        *about = hop->wrapped = true;
    if (slice_eq(older->name, SLICE("content-transfer-encoding")))
        *about = hop->reencoded = true;
    return WAYBILL_OK;
}

static enum waybill_status judge_named(struct hop *hop, const struct dkim2_named *older,
                                       const struct dkim2_named *newer)
{
    enum dkim2_change what = DKIM2_CHANGE_FROM;
    bool about = false;
    enum waybill_status status = is_about_body(hop, older, newer, &about);
    if (status != WAYBILL_OK || about)
        return status;
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

static bool is_one_copy(const struct recipe *recipe)
{
    return recipe->has_body && !recipe->null_body && recipe->body.n == 1 &&
           recipe->body.steps[0].copies;
}

/* Lines of the body as instance m has it; 0 where that is not known. */
static uint64_t lines_of(const struct dkim2 *dkim2, size_t m)
{
    for (m++; m <= dkim2->n_instances; m++) {
        const struct recipe *recipe =
            dkim2->instances[m - 1] ? dkim2->instances[m - 1]->recipe : NULL;
        uint64_t lines = 0;
        if (!recipe || !recipe->has_body)
            continue;
        for (size_t k = 0; k < recipe->body.n; k++) {
            const struct recipe_step *step = &recipe->body.steps[k];
            lines += step->copies ? step->last - step->first + 1 : step->n;
        }
        return lines;
    }
    return dkim2->run->lines + dkim2->run->open;
}

static void judge_body(struct hop *hop)
{
    static const struct slice no_field = {NULL, 0};
    const struct recipe *recipe = hop->instance->recipe;
    if (!recipe->has_body)
        return;
    if (recipe->null_body)
        note(hop, DKIM2_CHANGE_LOST, no_field, 0);
    else if (hop->wrapped)
        note(hop, DKIM2_CHANGE_MIME_WRAP, no_field, 0);
    else if (hop->reencoded)
        note(hop, DKIM2_CHANGE_REENCODED, no_field, 0);
    else if (is_one_copy(recipe) && recipe->body.steps[0].first == 1) {
        uint64_t lines = lines_of(hop->dkim2, hop->instance->m);
        uint64_t kept = recipe->body.steps[0].last;
        note(hop, DKIM2_CHANGE_FOOTER, no_field, lines > kept ? lines - kept : 0);
    } else {
        note(hop, DKIM2_CHANGE_BODY, no_field, 0);
    }
}

bool run_wants_lines(const struct dkim2 *dkim2)
{
    for (size_t m = dkim2->n_instances; m > 0; m--) {
        const struct recipe *recipe =
            dkim2->instances[m - 1] ? dkim2->instances[m - 1]->recipe : NULL;
        if (recipe && recipe->has_body)
            return is_one_copy(recipe) && recipe->body.steps[0].first == 1;
    }
    return false;
}

static enum waybill_status judge_instance(struct evaluation *e, struct dkim2 *dkim2,
                                          struct dkim2_instance *instance)
{
    const struct dkim2_state *newer = &dkim2->run->states[instance->m];
    const struct recipe *recipe = instance->recipe;
    struct hop hop = {e, dkim2, instance, &newer[-1].fields, &newer->fields, false, false};
    instance->changes = arena_array(e->arena, recipe->n_fields + 1, sizeof *instance->changes);
    enum waybill_status status = instance->changes ? WAYBILL_OK : WAYBILL_NOMEM;
    for (size_t k = 0; k < recipe->n_fields && status == WAYBILL_OK; k++)
        status = judge_field(&hop, recipe->fields[k].name);
    if (status == WAYBILL_OK)
        judge_body(&hop);
    return status;
}

enum waybill_status run_changes(struct evaluation *e, struct dkim2 *dkim2)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t m = dkim2->n_instances; m > 0 && status == WAYBILL_OK; m--) {
        struct dkim2_instance *instance = dkim2->instances[m - 1];
        bool known = !dkim2->run->states[m].lost && !dkim2->run->states[m - 1].lost;
        if (known && run_instance(dkim2, m) && instance->recipe)
            status = judge_instance(e, dkim2, instance);
    }
    return status;
}
