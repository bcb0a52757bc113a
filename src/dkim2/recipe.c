#include "dkim2/recipe.h"

#include "base/base64.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "mail/header.h"

#include <jansson.h>
#include <stdlib.h>

static const char no_memory[] = ""; /* `why` where memory ran out */

struct reader {
    struct arena *arena;
    const struct dkim2_draft *draft;
    const char *why; /* what is wrong; NULL: nothing so far */
};

/* --- before it is parsed ---------------------------------------------------------------------- */

/*
 * A recipe is five deep, {"h":{"name":[{"c":[1,2]}]}}, and of its values the shortest that nest,
 * {"d":[""]}, have five octets a bracket and more. What goes beyond is refused here, so that
 * neither the parser's stack nor its memory is the sender's to choose.
 */
enum { DEPTH_MOST = 5, OCTETS_A_BRACKET = 5, BRACKETS_FREE = 16 };

/* Behind the string that begins before `at`; its end may be missing. */
static size_t string_end(struct slice json, size_t at)
{
    while (at < json.n && json.p[at] != '"')
        at += json.p[at] == '\\' ? 2 : 1;
    return at + 1;
}

static const char *what_is_too_much(struct slice json)
{
    size_t depth = 0, brackets = 0;
    if (json.n > LIMIT_RECIPE_OCTETS)
        return "the recipe is too long";
    for (size_t at = 0; at < json.n; at++) {
        uint8_t c = json.p[at];
        if (c == '"')
            at = string_end(json, at + 1) - 1;
        else if (c == '{' || c == '[')
            brackets++, depth++;
        else if ((c == '}' || c == ']') && depth > 0)
            depth--;
        if (depth > DEPTH_MOST)
            return "the recipe is nested too deep";
    }
    if (brackets > json.n / OCTETS_A_BRACKET + BRACKETS_FREE)
        return "the recipe has more lists and objects than any recipe";
    return NULL;
}

/* --- keys ------------------------------------------------------------------------------------- */

static bool fails(struct reader *r, const char *why)
{
    if (!r->why)
        r->why = why;
    return false;
}

static bool key_is(const struct reader *r, const char *key, struct slice name)
{
    return r->draft->keys_of_any_case ? slice_ieq(slice_str(key), name)
                                      : slice_eq(slice_str(key), name);
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
    if (!r->draft->keys_of_any_case && !slice_eq(field->name, name))
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

static json_t *load(struct slice json, json_error_t *error)
{
    return json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, error);
}

/* Where an allocation fails jansson mostly gives no reason at all, */
static bool lacks_memory(const json_error_t *error)
{
    return json_error_code(error) == json_error_out_of_memory || error->text[0] == '\0';
}

/* and now and then a wrong one: what is no JSON is none the second time either. */
static bool fails_again(struct slice json)
{
    json_error_t error;
    json_t *root = load(json, &error);
    bool fails = !root && !lacks_memory(&error);
    json_decref(root);
    return fails;
}

static bool read_json(struct reader *r, struct slice json, struct recipe *out)
{
    json_error_t error;
    const char *too_much = what_is_too_much(json);
    if (too_much)
        return fails(r, too_much);
    json_t *root = load(json, &error);
    if (!root && (lacks_memory(&error) || !fails_again(json)))
        return fails(r, no_memory);
    if (!root)
        return fails(r, "the recipe is no JSON");
    bool ok = read_root(r, root, out);
    json_decref(root);
    return ok;
}

enum waybill_status recipe_parse(struct arena *arena, const struct dkim2_draft *draft,
                                 struct slice base64, struct recipe *out, const char **why)
{
    struct reader r = {arena, draft, NULL};
    struct slice json;
    *out = (struct recipe){0};
    *why = NULL;
    enum waybill_status status = base64_decode(arena, base64, BASE64_FWS, &json);
    if (status == WAYBILL_SYNTAX)
        *why = "the recipe is not base64";
    if (status != WAYBILL_OK || read_json(&r, json, out))
        return status;
    *out = (struct recipe){0};
    if (r.why == no_memory)
        return WAYBILL_NOMEM;
    *why = r.why;
    return WAYBILL_SYNTAX;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void write_string(struct buffer *json, struct slice text)
{
    buffer_add_octet(json, '"');
    for (size_t from = 0; from < text.n;) {
        size_t at = from;
        while (at < text.n && text.p[at] >= ' ' && text.p[at] != '"' && text.p[at] != '\\')
            at++;
        buffer_add(json, slice_sub(text, from, at - from));
        if (at < text.n && text.p[at] < ' ')
            buffer_printf(json, "\\u%04x", text.p[at]);
        else if (at < text.n)
            buffer_printf(json, "\\%c", text.p[at]);
        from = at + 1;
    }
    buffer_add_octet(json, '"');
}

static void write_base64(struct buffer *json, struct slice octets)
{
    buffer_add_octet(json, '"');
    base64_encode(json, octets);
    buffer_add_octet(json, '"');
}

/* A step for each run of literals that are text, or are not; false: the draft has no way. */
static bool write_literals(const struct recipe_step *step, const struct dkim2_draft *draft,
                           struct buffer *json)
{
    for (size_t i = 0; i < step->n;) {
        bool text = utf8_valid(step->literals[i]);
        if (!text && !draft->step_u)
            return false;
        buffer_add_str(json, i ? ",{" : "{");
        buffer_add_str(json, text ? "\"d\":[" : "\"u\":[");
        for (size_t first = i; i < step->n && utf8_valid(step->literals[i]) == text; i++) {
            buffer_add_str(json, i > first ? "," : "");
            (text ? write_string : write_base64)(json, step->literals[i]);
        }
        buffer_add_str(json, "]}");
    }
    return true;
}

static bool write_list(const struct recipe_list *list, const struct dkim2_draft *draft,
                       struct buffer *json)
{
    bool ok = true;
    buffer_add_octet(json, '[');
    for (size_t i = 0; i < list->n && ok; i++) {
        const struct recipe_step *step = &list->steps[i];
        buffer_add_str(json, i ? "," : "");
        if (!step->copies) {
            ok = write_literals(step, draft, json);
            continue;
        }
        buffer_add_str(json, "{\"c\":[");
        buffer_add_number(json, step->first);
        buffer_add_octet(json, ',');
        buffer_add_number(json, step->last);
        buffer_add_str(json, "]}");
    }
    buffer_add_octet(json, ']');
    return ok;
}

enum waybill_status recipe_write(const struct recipe *recipe, const struct dkim2_draft *draft,
                                 struct buffer *json)
{
    bool ok = !recipe->null_body || draft->null_body;
    buffer_add_str(json, recipe->n_fields ? "{\"h\":{" : "{");
    for (size_t i = 0; i < recipe->n_fields && ok; i++) {
        buffer_add_str(json, i ? "," : "");
        write_string(json, recipe->fields[i].name);
        buffer_add_octet(json, ':');
        ok = write_list(&recipe->fields[i].list, draft, json);
    }
    buffer_add_str(json, recipe->n_fields ? "}" : "");
    if (recipe->has_body && ok) {
        buffer_add_str(json, recipe->n_fields ? ",\"b\":" : "\"b\":");
        if (recipe->null_body)
            buffer_add_str(json, "null");
        else
            ok = write_list(&recipe->body, draft, json);
    }
    buffer_add_octet(json, '}');
    return ok ? WAYBILL_OK : WAYBILL_REFUSED;
}
