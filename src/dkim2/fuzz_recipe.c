/* The JSON of a recipe; behind a '=' the value of r= as it stands. */
#include "base/base64.h"
#include "base/limits.h"
#include "dkim2/recipe.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static bool is_sound(const struct recipe_list *list)
{
    uint64_t line = 0;
    for (size_t i = 0; i < list->n; i++) {
        const struct recipe_step *step = &list->steps[i];
        if (step->copies && (step->first <= line || step->last < step->first || step->n))
            return false;
        for (size_t k = 0; k < step->n; k++) {
            struct slice s = step->literals[k];
            if (slice_find(s, '\r', 0) < s.n || slice_find(s, '\n', 0) < s.n)
                return false;
        }
        line = step->copies ? step->last : line;
    }
    return true;
}

static struct buffer written(const struct recipe *recipe, const struct dkim2_draft *draft)
{
    struct buffer json = buffer_new(SIZE_MAX / 4);
    must(recipe_write(recipe, draft, &json) == WAYBILL_OK && json.status == WAYBILL_OK);
    return json;
}

/* Written and read again it is the same. */
static void assert_again(struct arena *arena, const struct recipe *recipe,
                         const struct dkim2_draft *draft)
{
    struct buffer json = written(recipe, draft), base64 = buffer_new(SIZE_MAX / 4);
    struct recipe again;
    const char *why;
    base64_encode(&base64, buffer_slice(&json));
    enum waybill_status status = recipe_parse(arena, draft, buffer_slice(&base64), &again, &why);
    /* Written out it may be too long: a NUL becomes six octets. */
    must(status == WAYBILL_OK || json.n > LIMIT_RECIPE_OCTETS);
    if (status == WAYBILL_OK) {
        struct buffer second = written(&again, draft);
        must(slice_eq(buffer_slice(&json), buffer_slice(&second)));
        buffer_free(&second);
    }
    buffer_free(&json);
    buffer_free(&base64);
}

/* What is said to be the same by every draft is read so by the others. */
static void assert_alike(struct arena *arena, struct slice base64, const struct recipe *recipe,
                         const struct dkim2_draft *draft)
{
    struct buffer json = written(recipe, draft);
    for (int id = WAYBILL_DRAFT_06; id <= WAYBILL_DRAFT_09; id++) {
        struct recipe other;
        const char *why;
        must(recipe_parse(arena, dkim2_draft_of((enum waybill_draft)id), base64, &other, &why) ==
                 WAYBILL_OK &&
             other.of_any_draft);
        struct buffer again = written(&other, draft);
        must(slice_eq(buffer_slice(&json), buffer_slice(&again)));
        buffer_free(&again);
    }
    buffer_free(&json);
}

static void assert_read(struct slice base64, enum waybill_draft id)
{
    struct arena arena = arena_new();
    const struct dkim2_draft *draft = dkim2_draft_of(id);
    struct recipe recipe;
    const char *why;
    enum waybill_status status = recipe_parse(&arena, draft, base64, &recipe, &why);
    must(status == WAYBILL_OK || status == WAYBILL_SYNTAX);
    must((status == WAYBILL_OK) == (why == NULL));
    if (status == WAYBILL_OK) {
        must(recipe.n_fields > 0 || recipe.has_body);
        must(is_sound(&recipe.body));
        for (size_t i = 0; i < recipe.n_fields; i++) {
            must(is_sound(&recipe.fields[i].list));
            must(i == 0 || slice_cmp(recipe.fields[i - 1].name, recipe.fields[i].name) < 0);
        }
        assert_again(&arena, &recipe, draft);
        if (recipe.of_any_draft)
            assert_alike(&arena, base64, &recipe, draft);
    }
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice all = slice_of(data, size);
    struct buffer base64 = buffer_new(SIZE_MAX / 4);
    if (size > 0 && data[0] == '=')
        buffer_add(&base64, slice_from(all, 1));
    else
        base64_encode(&base64, all);
    assert_read(buffer_slice(&base64), WAYBILL_DRAFT_06);
    assert_read(buffer_slice(&base64), WAYBILL_DRAFT_09);
    buffer_free(&base64);
    return 0;
}
