#include "base/base64.h"
#include "base/utf8.h"
#include "dkim2/recipe.h"

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
