#include "support/recipes.h"

#include "base/base64.h"
#include "support/support.h"

const char *recipe_try(struct arena *arena, enum waybill_draft draft, struct slice json,
                       struct recipe *out)
{
    const char *why;
    struct buffer base64 = buffer_new(LAB_MESSAGE_OCTETS);
    base64_encode(&base64, json);
    enum waybill_status status =
        recipe_parse(arena, dkim2_draft_of(draft), buffer_slice(&base64), out, &why);
    must(status == WAYBILL_OK || status == WAYBILL_SYNTAX, "recipe: memory");
    must((status == WAYBILL_SYNTAX) == (why != NULL), "recipe: a reason where there is none");
    buffer_free(&base64);
    return why;
}

struct recipe recipe_of(struct arena *arena, enum waybill_draft draft, const char *json)
{
    struct recipe recipe;
    const char *why = recipe_try(arena, draft, slice_str(json), &recipe);
    must(!why, "%s: %s", json, why);
    return recipe;
}

/* Offset of the blank line that ends the header, and how many fields are before it. */
static size_t header_end(struct slice message, size_t *n)
{
    size_t at = 0;
    *n = 0;
    while (at < message.n && !slice_starts(slice_from(message, at), SLICE("\r\n"))) {
        *n += !octet_is_wsp(message.p[at]);
        do
            at = slice_find(message, '\n', at) + 1;
        while (at < message.n && message.p[at - 2] != '\r');
    }
    return at < message.n ? at : message.n;
}

struct header header_of(struct arena *arena, struct slice message)
{
    struct header header;
    size_t n, end = header_end(message, &n);
    must(header_parse(arena, slice_sub(message, 0, end), n, &header) == WAYBILL_OK, "header");
    return header;
}

struct slice body_of(struct slice message)
{
    size_t n;
    return slice_from(message, header_end(message, &n) + 2);
}

struct slice fields_text(struct arena *arena, const struct dkim2_fields *fields)
{
    struct buffer text = buffer_new(LAB_MESSAGE_OCTETS);
    struct slice out, value;
    for (size_t i = 0; i < fields->n; i++)
        for (size_t k = 0; k < fields->all[i]->n; k++) {
            struct slice name = fields->all[i]->name;
            must(dkim2_value_canonical(arena, name, &fields->all[i]->values[k], &value) ==
                     WAYBILL_OK,
                 "canonical");
            buffer_add(&text, name);
            buffer_add_str(&text, ":");
            buffer_add(&text, value);
            buffer_add_str(&text, "\r\n");
        }
    must(text.status == WAYBILL_OK && arena_copy(arena, buffer_slice(&text), &out), "memory");
    buffer_free(&text);
    return out;
}
