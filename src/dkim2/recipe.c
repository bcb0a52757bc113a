#include "dkim2/recipe.h"

#include "base/base64.h"
#include "dkim2/recipe_json.h"
#include "mail/header.h"

static const char no_memory[] = ""; /* `why` where memory ran out */

struct reader {
    struct arena *arena;
    const struct dkim2_draft *draft;
    const char *why;   /* what is wrong; NULL: nothing so far */
    bool of_one_draft; /* another may say something else of it */
};

/* --- keys ------------------------------------------------------------------------------------- */

static bool fails(struct reader *r, const char *why)
{
    if (!r->why)
        r->why = why;
    return false;
}

static bool key_is(struct reader *r, struct slice key, struct slice name)
{
    bool same = slice_eq(key, name);
    if (same || !slice_ieq(key, name))
        return same;
    r->of_one_draft = true;
    return r->draft->keys_of_any_case;
}

/* Whether the keys of an object are what the draft lets stand beside one another. */
static bool are_apart(struct reader *r, const struct recipe_value *object)
{
    for (size_t i = 1; i < object->n; i++)
        if (slice_ieq(object->by_key[i - 1]->key, object->by_key[i]->key)) {
            r->of_one_draft = true;
            if (r->draft->keys_of_any_case)
                return fails(r, "two keys of an object differ in case only");
        }
    return true;
}

/* --- steps ------------------------------------------------------------------------------------ */

static bool read_place(struct reader *r, const struct recipe_value *value, uint64_t *out)
{
    *out = value->number; /* 0 also of what is no integer */
    return *out > 0 || fails(r, "a copy step holds something else than whole numbers from 1");
}

static bool read_copy(struct reader *r, const struct recipe_value *value, struct recipe_step *out)
{
    if (value->kind != RECIPE_LIST || value->n != 2)
        return fails(r, "a copy step is no list of two numbers");
    out->copies = true;
    if (!read_place(r, value->first, &out->first) || !read_place(r, value->first->next, &out->last))
        return false;
    return out->first <= out->last || fails(r, "a copy step ends before it begins");
}

static bool read_base64(struct reader *r, struct slice text, struct slice *out)
{
    enum waybill_status status = base64_decode(r->arena, text, BASE64_STRICT, out);
    if (status == WAYBILL_NOMEM)
        return fails(r, no_memory);
    return status == WAYBILL_OK || fails(r, "a literal is not canonical base64");
}

static bool read_literals(struct reader *r, const struct recipe_value *value, bool as_base64,
                          struct recipe_step *out)
{
    if (value->kind != RECIPE_LIST || value->n == 0)
        return fails(r, "a step of literals is no list of strings");
    out->literals = arena_array(r->arena, value->n, sizeof *out->literals);
    if (!out->literals)
        return fails(r, no_memory);
    for (const struct recipe_value *string = value->first; string; string = string->next) {
        struct slice *literal = &out->literals[out->n++];
        if (string->kind != RECIPE_STRING)
            return fails(r, "a step of literals holds something else than strings");
        *literal = string->text;
        if (as_base64 && !read_base64(r, string->text, literal))
            return false;
        if (slice_find(*literal, '\r', 0) < literal->n ||
            slice_find(*literal, '\n', 0) < literal->n)
            return fails(r, "a literal holds a CR or LF");
    }
    return true;
}

static bool read_step(struct reader *r, const struct recipe_value *object, struct recipe_step *out)
{
    if (object->kind != RECIPE_OBJECT || object->n != 1)
        return fails(r, "a step is no object with one key");
    const struct recipe_value *value = object->first;
    if (key_is(r, value->key, SLICE("c")))
        return read_copy(r, value, out);
    if (key_is(r, value->key, SLICE("d")))
        return read_literals(r, value, false, out);
    r->of_one_draft = true;
    if (r->draft->step_u && key_is(r, value->key, SLICE("u")))
        return read_literals(r, value, true, out);
    return fails(r, "a step is of an unknown kind");
}

static bool read_steps(struct reader *r, const struct recipe_value *list, struct recipe_list *out)
{
    uint64_t line = 0;
    if (list->kind != RECIPE_LIST)
        return fails(r, "the steps are no list");
    out->steps = arena_array(r->arena, list->n, sizeof *out->steps);
    if (!out->steps)
        return fails(r, no_memory);
    for (const struct recipe_value *object = list->first; object; object = object->next) {
        struct recipe_step *step = &out->steps[out->n++];
        if (!read_step(r, object, step))
            return false;
        if (step->copies && step->first <= line)
            return fails(r, "copy steps overlap or descend");
        line = step->copies ? step->last : line;
    }
    return true;
}

/* --- the whole -------------------------------------------------------------------------------- */

/* What may be the name of a field; anything else could only forge lines where it is written. */
static bool is_name(struct slice name)
{
    size_t n = 0;
    while (n < name.n && octet_is_ftext(name.p[n]))
        n++;
    return n > 0 && n == name.n;
}

static bool read_field(struct reader *r, const struct recipe_value *list,
                       struct recipe_field *field)
{
    struct slice name = list->key;
    if (!is_name(name))
        return fails(r, "a name that no field can have");
    uint8_t *lower = arena_alloc(r->arena, name.n);
    if (!lower)
        return fails(r, no_memory);
    for (size_t i = 0; i < name.n; i++)
        lower[i] = octet_lower(name.p[i]);
    field->name = slice_of(lower, name.n);
    /* Section 5.1: in lower case; later drafts take any. */
    bool is_lower = slice_eq(field->name, name);
    r->of_one_draft = r->of_one_draft || !is_lower;
    if (!r->draft->keys_of_any_case && !is_lower)
        return fails(r, "the name of a field is not in lower case");
    return read_steps(r, list, &field->list);
}

static bool read_fields(struct reader *r, const struct recipe_value *object, struct recipe *out)
{
    if (object->kind != RECIPE_OBJECT || object->n == 0)
        return fails(r, "\"h\" is no object with the name of a field");
    if (!are_apart(r, object))
        return false;
    out->fields = arena_array(r->arena, object->n, sizeof *out->fields);
    if (!out->fields)
        return fails(r, no_memory);
    for (; out->n_fields < object->n; out->n_fields++)
        if (!read_field(r, object->by_key[out->n_fields], &out->fields[out->n_fields]))
            return false;
    return true;
}

static bool read_body(struct reader *r, const struct recipe_value *list, struct recipe *out)
{
    out->has_body = true;
    out->null_body = list->kind == RECIPE_NULL;
    r->of_one_draft = r->of_one_draft || out->null_body;
    if (out->null_body)
        return r->draft->null_body || fails(r, "the body cannot be recreated");
    return read_steps(r, list, &out->body);
}

/* Section 2: unknown keys at this level are ignored (open question D). */
static bool read_root(struct reader *r, const struct recipe_value *root, struct recipe *out)
{
    if (root->kind != RECIPE_OBJECT)
        return fails(r, "the recipe is no object");
    if (!are_apart(r, root))
        return false;
    bool any = false, ok = true;
    for (const struct recipe_value *value = root->first; value; value = value->next) {
        bool fields = key_is(r, value->key, SLICE("h")), body = key_is(r, value->key, SLICE("b"));
        any = any || fields || body;
        if (ok && fields)
            ok = read_fields(r, value, out);
        if (ok && body)
            ok = read_body(r, value, out);
    }
    return any ? ok : fails(r, "the recipe has neither \"h\" nor \"b\"");
}

static bool read_json(struct reader *r, struct slice json, struct recipe *out)
{
    struct arena values = arena_new();
    struct recipe_value root;
    const char *why;
    enum waybill_status status = recipe_json_read(&values, r->arena, json, &root, &why);
    bool ok = status == WAYBILL_OK ? read_root(r, &root, out)
                                   : fails(r, status == WAYBILL_NOMEM ? no_memory : why);
    arena_free(&values);
    return ok;
}

enum waybill_status recipe_parse(struct arena *arena, const struct dkim2_draft *draft,
                                 struct slice base64, struct recipe *out, const char **why)
{
    struct reader r = {arena, draft, NULL, false};
    struct slice json;
    *out = (struct recipe){0};
    *why = NULL;
    enum waybill_status status = base64_decode(arena, base64, BASE64_FWS, &json);
    if (status == WAYBILL_SYNTAX)
        *why = "the recipe is not base64";
    if (status == WAYBILL_OK && read_json(&r, json, out)) {
        out->of_any_draft = !r.of_one_draft;
        return WAYBILL_OK;
    }
    if (status != WAYBILL_OK)
        return status;
    *out = (struct recipe){0};
    if (r.why == no_memory)
        return WAYBILL_NOMEM;
    *why = r.why;
    return WAYBILL_SYNTAX;
}
