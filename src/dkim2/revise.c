#include "dkim2/revise.h"

#include "base/base64.h"
#include "base/limits.h"
#include "dkim2/steps.h"
#include "dkim2/trial.h"
#include "mail/whole.h"

/* Of a field LIMIT_FIELD_WRITTEN long what the recipe leaves: the other tags, with a hash of every
 * kind, and three octets of fold for each line of base64. */
enum { OTHER_TAGS = 640, BASE64_A_LINE = 72, FOLD = 3 };

struct revision {
    struct arena *arena;
    const struct dkim2_draft *draft;
    const struct revise_rules *rules;
    struct whole before, after;
    struct recipe *recipe;
    const char *why;
    uint64_t json; /* octets of the recipe, about */
};

static enum waybill_status refuse(struct revision *r, const char *why)
{
    r->why = why;
    return why ? WAYBILL_REFUSED : WAYBILL_NOMEM;
}

/* Octets of the Message-Instance field that holds so many of JSON. */
static uint64_t field_octets(uint64_t json)
{
    uint64_t base64 = (json + 2) / 3 * 4;
    return base64 + base64 / BASE64_A_LINE * FOLD + OTHER_TAGS;
}

static enum waybill_status refuse_cost(struct revision *r, uint64_t json)
{
    return refuse(r, arena_printf(r->arena,
                                  "the recipe would need a field of about %llu octets, over %zu",
                                  (unsigned long long)field_octets(json), LIMIT_FIELD_WRITTEN));
}

/* Whether there is still room, with so many octets of JSON more. */
static bool has_room(struct revision *r, uint64_t more)
{
    r->json += more;
    return field_octets(r->json) <= LIMIT_FIELD_WRITTEN;
}

static bool has_line_end(const struct recipe_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        for (size_t k = 0; k < list->steps[i].n; k++) {
            struct slice s = list->steps[i].literals[k];
            if (slice_find(s, '\r', 0) < s.n || slice_find(s, '\n', 0) < s.n)
                return true;
        }
    return false;
}

/* --- fields ----------------------------------------------------------------------------------- */

/* The canonical values of a name as lines, in the order of their numbers. */
static enum waybill_status text_of(struct revision *r, const struct dkim2_named *named,
                                   struct slice *out)
{
    struct slice *parts = arena_array(r->arena, named ? 2 * named->n : 0, sizeof *parts);
    enum waybill_status status = parts ? WAYBILL_OK : WAYBILL_NOMEM;
    size_t n = 0;
    for (size_t i = 0; named && i < named->n && status == WAYBILL_OK; i++) {
        status = dkim2_value_canonical(r->arena, named->name, &named->values[i], &parts[n++]);
        parts[n++] = SLICE("\r\n");
    }
    if (status == WAYBILL_OK && !arena_join(r->arena, parts, n, out))
        status = WAYBILL_NOMEM;
    return status;
}

static bool is_secret(const struct revise_rules *rules, struct slice name)
{
    for (size_t i = 0; i < rules->n_secret; i++)
        if (slice_ieq(rules->secret[i], name))
            return true;
    return false;
}

/* The fields of one name; either list is NULL where there is none. */
static enum waybill_status revise_named(struct revision *r, const struct dkim2_named *before,
                                        const struct dkim2_named *after)
{
    struct slice name = before ? before->name : after->name, old, new;
    struct steps steps;
    enum waybill_status status = text_of(r, before, &old);
    if (status == WAYBILL_OK)
        status = text_of(r, after, &new);
    if (status != WAYBILL_OK || slice_eq(old, new))
        return status;
    bool secret = is_secret(r->rules, name);
    status = steps_find(r->arena, old, new, !secret, &steps);
    if (status != WAYBILL_OK)
        return status;
    struct recipe_field *field = &r->recipe->fields[r->recipe->n_fields++];
    field->name = name;
    if (secret && steps.literals > 0)
        return refuse(r, arena_printf(r->arena, "the recipe would reveal %.*s, which is secret",
                                      SLICE_ARGS(slice_sub(name, 0, LIMIT_SHOWN_OCTETS))));
    if (!has_room(r, name.n + steps_json(&steps)))
        return WAYBILL_OK;
    status = steps_make(r->arena, &steps, &field->list);
    if (status == WAYBILL_OK && has_line_end(&field->list))
        return refuse(r, arena_printf(r->arena, "a bare CR or LF in %.*s, which no recipe can hold",
                                      SLICE_ARGS(slice_sub(name, 0, LIMIT_SHOWN_OCTETS))));
    return status;
}

/* Both are in the order of names. */
static enum waybill_status revise_fields(struct revision *r)
{
    const struct dkim2_fields *before = &r->before.fields, *after = &r->after.fields;
    enum waybill_status status = WAYBILL_OK;
    r->recipe->fields = arena_array(r->arena, before->n + after->n, sizeof *r->recipe->fields);
    if (!r->recipe->fields)
        return WAYBILL_NOMEM;
    for (size_t b = 0, a = 0; (b < before->n || a < after->n) && status == WAYBILL_OK;) {
        int order = b == before->n  ? 1
                    : a == after->n ? -1
                                    : slice_cmp(before->all[b]->name, after->all[a]->name);
        status =
            revise_named(r, order <= 0 ? before->all[b] : NULL, order >= 0 ? after->all[a] : NULL);
        b += order <= 0;
        a += order >= 0;
    }
    return status;
}

/* --- body ------------------------------------------------------------------------------------- */

static enum waybill_status revise_body(struct revision *r)
{
    struct steps steps;
    if (slice_eq(r->before.body, r->after.body))
        return WAYBILL_OK;
    r->recipe->has_body = true;
    size_t most = r->rules->literals_most;
    enum waybill_status status =
        steps_find(r->arena, r->before.body, r->after.body, most == 0, &steps);
    if (status != WAYBILL_OK)
        return status;
    if (most > 0 && steps.literal_octets > most)
        return refuse(r, arena_printf(r->arena,
                                      "the recipe would hold %llu octets of the old body, over %zu",
                                      (unsigned long long)steps.literal_octets, most));
    if (!has_room(r, steps_json(&steps)))
        return WAYBILL_OK;
    status = steps_make(r->arena, &steps, &r->recipe->body);
    if (status == WAYBILL_OK && has_line_end(&r->recipe->body))
        return refuse(r, "a bare CR or LF in the old body, which no recipe can hold");
    return status;
}

/* --- the whole -------------------------------------------------------------------------------- */

/* The recipe as it will be written, read again and applied. */
static enum waybill_status try(struct revision *r, struct buffer *json, struct buffer *base64)
{
    struct recipe again;
    bool same = false;
    enum waybill_status status = recipe_write(r->recipe, r->draft, json);
    if (status == WAYBILL_REFUSED)
        return refuse(r,
                      arena_printf(r->arena,
                                   "octets that are not UTF-8, which no recipe of draft %s holds",
                                   r->draft->name));
    if (json->status == WAYBILL_LIMIT || field_octets(json->n) > LIMIT_FIELD_WRITTEN)
        return refuse_cost(r, json->n);
    base64_encode(base64, buffer_slice(json));
    if (json->status != WAYBILL_OK || base64->status != WAYBILL_OK)
        return WAYBILL_NOMEM;
    status = recipe_parse(r->arena, r->draft, buffer_slice(base64), &again, &r->why);
    if (status == WAYBILL_OK)
        status = trial_of_recipe(r->arena, r->draft, &again, &r->before, &r->after, &same);
    if (status == WAYBILL_SYNTAX || (status == WAYBILL_OK && !same))
        return refuse(r, r->why ? r->why : "the recipe does not give the message back");
    return status;
}

static enum waybill_status try_written(struct revision *r)
{
    struct buffer json = buffer_new(LIMIT_RECIPE_OCTETS);
    struct buffer base64 = buffer_new(2 * LIMIT_RECIPE_OCTETS);
    enum waybill_status status = try(r, &json, &base64);
    buffer_free(&json);
    buffer_free(&base64);
    return status;
}

enum waybill_status revise(struct arena *arena, const struct dkim2_draft *draft,
                           struct slice before, struct slice after,
                           const struct revise_rules *rules, struct recipe *out, bool *needed,
                           const char **why)
{
    struct revision r = {.arena = arena, .draft = draft, .rules = rules, .recipe = out};
    *out = (struct recipe){0};
    enum waybill_status status = whole_of(arena, draft, before, &r.before);
    if (status == WAYBILL_OK)
        status = whole_of(arena, draft, after, &r.after);
    if (status == WAYBILL_OK)
        status = revise_fields(&r);
    if (status == WAYBILL_OK)
        status = revise_body(&r);
    *needed = out->n_fields > 0 || out->has_body;
    if (status == WAYBILL_OK && !has_room(&r, 0))
        status = refuse_cost(&r, r.json);
    if (status == WAYBILL_OK && *needed)
        status = try_written(&r);
    *why = r.why;
    return status;
}
