#include "base/base64.h"
#include "base/limits.h"
#include "dkim2/revise.h"

#include <stdio.h>
#include <stdlib.h>

struct waybill_recipe {
    struct arena arena;
    struct slice json;
    struct waybill_recipe_part *parts;
    size_t n_parts;
    const char **removed;
    size_t n_removed;
};

/* --- as data ---------------------------------------------------------------------------------- */

static size_t count_parts(const struct recipe_list *list)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++)
        n += list->steps[i].copies ? 1 : list->steps[i].n;
    return n;
}

static void add_parts(struct waybill_recipe *r, const char *name, const struct recipe_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct recipe_step *step = &list->steps[i];
        if (step->copies)
            r->parts[r->n_parts++] =
                (struct waybill_recipe_part){name, step->first, step->last, NULL, 0};
        for (size_t k = 0; !step->copies && k < step->n; k++)
            r->parts[r->n_parts++] = (struct waybill_recipe_part){
                name, 0, 0, (const char *)step->literals[k].p, step->literals[k].n};
    }
}

static enum waybill_status tell(struct waybill_recipe *r, const struct recipe *recipe)
{
    size_t n = count_parts(&recipe->body);
    for (size_t i = 0; i < recipe->n_fields; i++)
        n += count_parts(&recipe->fields[i].list);
    r->parts = arena_array(&r->arena, n, sizeof *r->parts);
    r->removed = arena_array(&r->arena, recipe->n_fields, sizeof *r->removed);
    if (!r->parts || !r->removed)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < recipe->n_fields; i++) {
        struct slice name;
        if (!arena_copy(&r->arena, recipe->fields[i].name, &name))
            return WAYBILL_NOMEM;
        if (recipe->fields[i].list.n == 0)
            r->removed[r->n_removed++] = (const char *)name.p;
        add_parts(r, (const char *)name.p, &recipe->fields[i].list);
    }
    add_parts(r, NULL, &recipe->body);
    return WAYBILL_OK;
}

/* Reads the JSON: what comes of that points nowhere else. */
static enum waybill_status keep(struct waybill_recipe *r, const struct dkim2_draft *draft,
                                struct slice json)
{
    struct buffer base64 = buffer_new(2 * LIMIT_RECIPE_OCTETS);
    struct recipe recipe;
    const char *why;
    enum waybill_status status = WAYBILL_NOMEM;
    base64_encode(&base64, json);
    if (base64.status == WAYBILL_OK && arena_copy(&r->arena, json, &r->json))
        status = recipe_parse(&r->arena, draft, buffer_slice(&base64), &recipe, &why);
    buffer_free(&base64);
    return status == WAYBILL_OK ? tell(r, &recipe) : status;
}

/* --- making ----------------------------------------------------------------------------------- */

struct making {
    struct arena arena;
    const struct dkim2_draft *draft;
    struct recipe recipe;
    bool needed;
    const char *why;
};

static enum waybill_status rules_of(struct making *making, const struct waybill_revise_rules *given,
                                    struct revise_rules *out)
{
    *out = (struct revise_rules){0};
    if (!given)
        return WAYBILL_OK;
    struct slice *names = arena_array(&making->arena, given->n_secret_fields, sizeof *names);
    if (!names)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < given->n_secret_fields; i++)
        names[i] = slice_str(given->secret_fields[i]);
    *out = (struct revise_rules){names, given->n_secret_fields, given->literals_most};
    return WAYBILL_OK;
}

static enum waybill_status make(struct making *making, struct waybill_recipe **out)
{
    struct waybill_recipe *r = calloc(1, sizeof *r);
    struct buffer json = buffer_new(LIMIT_RECIPE_OCTETS);
    *out = r;
    if (!r)
        return WAYBILL_NOMEM;
    r->arena = arena_new();
    enum waybill_status status = recipe_write(&making->recipe, making->draft, &json);
    if (status == WAYBILL_OK)
        status = json.status;
    if (status == WAYBILL_OK)
        status = keep(r, making->draft, buffer_slice(&json));
    buffer_free(&json);
    return status;
}

/* The hashes of `before` are not asked of the engine: what is hashed is compared, octet by octet.
 */
enum waybill_status waybill_recipe_make(struct waybill_engine *engine, enum waybill_draft draft,
                                        const void *before, size_t n_before, const void *after,
                                        size_t n_after, const struct waybill_revise_rules *rules,
                                        struct waybill_recipe **out, char why[200])
{
    struct making making = {.arena = arena_new(), .draft = dkim2_draft_of(draft)};
    struct revise_rules own;
    *out = NULL;
    why[0] = '\0';
    if (!engine)
        return WAYBILL_MISUSE;
    enum waybill_status status = rules_of(&making, rules, &own);
    if (status == WAYBILL_OK)
        status =
            revise(&making.arena, making.draft, slice_of(before, n_before),
                   slice_of(after, n_after), &own, &making.recipe, &making.needed, &making.why);
    if (status == WAYBILL_REFUSED)
        snprintf(why, 200, "%s", making.why);
    if (status == WAYBILL_OK && making.needed)
        status = make(&making, out);
    arena_free(&making.arena);
    if (status != WAYBILL_OK) {
        waybill_recipe_free(*out);
        *out = NULL;
    }
    return status;
}

void waybill_recipe_free(struct waybill_recipe *recipe)
{
    if (!recipe)
        return;
    arena_free(&recipe->arena);
    free(recipe);
}

const char *waybill_recipe_json(const struct waybill_recipe *recipe, size_t *n)
{
    *n = recipe->json.n;
    return (const char *)recipe->json.p;
}

size_t waybill_recipe_parts(const struct waybill_recipe *recipe,
                            const struct waybill_recipe_part **parts)
{
    *parts = recipe->parts;
    return recipe->n_parts;
}

size_t waybill_recipe_removed(const struct waybill_recipe *recipe, const char *const **names)
{
    *names = recipe->removed;
    return recipe->n_removed;
}
