#include "dkim2/recipe.h"

#include "base/base64.h"
#include "dkim2/recipe_json.h"
#include "mail/header.h"

#include <stdlib.h>

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

static bool key_is(struct reader *r, const char *key, struct slice name)
{
    bool same = slice_eq(slice_str(key), name);
    if (same || !slice_ieq(slice_str(key), name))
        return same;
    r->of_one_draft = true;
    return r->draft->keys_of_any_case;
}

static int by_name(const void *a, const void *b)
{
    const struct recipe_field *one = a, *other = b;
    return slice_casecmp(one->name, other->name);
}

/* The keys of an object as the names of fields without steps, in order; NULL where two of them are
 * the same. */
static struct recipe_field *keys_of(struct reader *r, json_t *object, size_t *n)
{
    const char *key;
    json_t *value;
    size_t most = json_object_size(object);
    struct recipe_field *all = arena_array(r->arena, most, sizeof *all);
    *n = 0;
    if (!all) {
        fails(r, no_memory);
        return NULL;
    }
    json_object_foreach(object, key,
                        value) if (!arena_copy(r->arena, slice_str(key), &all[(*n)++].name))
    {
        fails(r, no_memory);
        return NULL;
    }
    if (*n > 1)
        qsort(all, *n, sizeof *all, by_name);
    for (size_t i = 1; i < *n; i++)
        r->of_one_draft = r->of_one_draft || slice_ieq(all[i - 1].name, all[i].name);
    for (size_t i = 1; i < *n && r->draft->keys_of_any_case; i++)
        if (slice_ieq(all[i - 1].name, all[i].name)) {
            fails(r, "two keys of an object differ in case only");
            return NULL;
        }
    return all;
}

/* --- steps ------------------------------------------------------------------------------------ */

static bool read_place(struct reader *r, const json_t *value, uint64_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 1)
        return fails(r, "a copy step holds something else than whole numbers from 1");
    *out = (uint64_t)json_integer_value(value);
    return true;
}

static bool read_copy(struct reader *r, const json_t *value, struct recipe_step *out)
{
    if (!json_is_array(value) || json_array_size(value) != 2)
        return fails(r, "a copy step is no list of two numbers");
    out->copies = true;
    if (!read_place(r, json_array_get(value, 0), &out->first) ||
        !read_place(r, json_array_get(value, 1), &out->last))
        return false;
    return out->first <= out->last || fails(r, "a copy step ends before it begins");
}

static bool read_text(struct reader *r, struct slice text, struct slice *out)
{
    return arena_copy(r->arena, text, out) || fails(r, no_memory);
}

static bool read_base64(struct reader *r, struct slice text, struct slice *out)
{
    enum waybill_status status = base64_decode(r->arena, text, BASE64_STRICT, out);
    if (status == WAYBILL_NOMEM)
        return fails(r, no_memory);
    return status == WAYBILL_OK || fails(r, "a literal is not canonical base64");
}

static bool read_literals(struct reader *r, const json_t *value,
                          bool (*read)(struct reader *, struct slice, struct slice *),
                          struct recipe_step *out)
{
    size_t n = json_array_size(value); /* 0 also of what is no list */
    if (n == 0)
        return fails(r, "a step of literals is no list of strings");
    out->literals = arena_array(r->arena, n, sizeof *out->literals);
    if (!out->literals)
        return fails(r, no_memory);
    for (; out->n < n; out->n++) {
        const json_t *string = json_array_get(value, out->n);
        struct slice *literal = &out->literals[out->n];
        if (!json_is_string(string))
            return fails(r, "a step of literals holds something else than strings");
        if (!read(r, slice_of(json_string_value(string), json_string_length(string)), literal))
            return false;
        if (slice_find(*literal, '\r', 0) < literal->n ||
            slice_find(*literal, '\n', 0) < literal->n)
            return fails(r, "a literal holds a CR or LF");
    }
    return true;
}

static bool read_step(struct reader *r, json_t *object, struct recipe_step *out)
{
    if (!json_is_object(object) || json_object_size(object) != 1)
        return fails(r, "a step is no object with one key");
    void *only = json_object_iter(object);
    const char *key = json_object_iter_key(only);
    const json_t *value = json_object_iter_value(only);
    if (key_is(r, key, SLICE("c")))
        return read_copy(r, value, out);
    if (key_is(r, key, SLICE("d")))
        return read_literals(r, value, read_text, out);
    r->of_one_draft = true;
    if (r->draft->step_u && key_is(r, key, SLICE("u")))
        return read_literals(r, value, read_base64, out);
    return fails(r, "a step is of an unknown kind");
}

static bool read_steps(struct reader *r, json_t *list, struct recipe_list *out)
{
    size_t n = json_array_size(list);
    uint64_t line = 0;
    if (!json_is_array(list))
        return fails(r, "the steps are no list");
    out->steps = arena_array(r->arena, n, sizeof *out->steps);
    if (!out->steps)
        return fails(r, no_memory);
    for (; out->n < n; out->n++) {
        struct recipe_step *step = &out->steps[out->n];
        if (!read_step(r, json_array_get(list, out->n), step))
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

static bool read_field(struct reader *r, json_t *object, struct recipe_field *field)
{
    struct slice name = field->name;
    if (!is_name(name))
        return fails(r, "a name that no field can have");
    json_t *list = json_object_getn(object, (const char *)name.p, name.n);
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

static bool read_fields(struct reader *r, json_t *object, struct recipe *out)
{
    if (!json_is_object(object) || json_object_size(object) == 0)
        return fails(r, "\"h\" is no object with the name of a field");
    out->fields = keys_of(r, object, &out->n_fields);
    for (size_t i = 0; i < out->n_fields && out->fields; i++)
        if (!read_field(r, object, &out->fields[i]))
            return false;
    return out->fields != NULL;
}

static bool read_body(struct reader *r, json_t *list, struct recipe *out)
{
    out->has_body = true;
    out->null_body = json_is_null(list);
    r->of_one_draft = r->of_one_draft || out->null_body;
    if (out->null_body)
        return r->draft->null_body || fails(r, "the body cannot be recreated");
    return read_steps(r, list, &out->body);
}

/* Section 2: unknown keys at this level are ignored (open question D). */
static bool read_root(struct reader *r, json_t *root, struct recipe *out)
{
    const char *key;
    json_t *value;
    size_t n;
    if (!json_is_object(root))
        return fails(r, "the recipe is no object");
    if (!keys_of(r, root, &n))
        return false;
    bool any = false, ok = true;
    json_object_foreach(root, key, value)
    {
        bool fields = key_is(r, key, SLICE("h")), body = key_is(r, key, SLICE("b"));
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
    json_t *root;
    const char *why;
    if (recipe_json_load(json, &root, &why) == WAYBILL_NOMEM)
        return fails(r, no_memory);
    if (why)
        return fails(r, why);
    bool ok = read_root(r, root, out);
    json_decref(root);
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
