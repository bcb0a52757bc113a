/* Two messages, cut at the first NUL: as it arrived, and as it leaves. */
#include "mail/whole.h"
#include "support/recipes.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What makes the one of the other, or why nothing does, must be said; what is made is right. */
static void assert_undone(const struct lab *lab, struct slice before, struct slice after)
{
    char why[200];
    size_t n = 0;
    struct waybill_recipe *recipe;
    struct buffer message = buffer_new(LAB_MESSAGE_OCTETS), made = buffer_new(LAB_MESSAGE_OCTETS);
    enum waybill_status status = waybill_recipe_make(
        lab->engine, WAYBILL_DRAFT_09, before.p, before.n, after.p, after.n, NULL, &recipe, why);
    must(status == WAYBILL_OK || (status == WAYBILL_REFUSED && why[0]), "no reason");
    if (status == WAYBILL_OK) {
        const char *json = recipe ? waybill_recipe_json(recipe, &n) : NULL;
        buffer_add(&message, after);
        put_instance(&message, 1, slice_of(NULL, 0));
        put_instance(&message, 2, slice_of(json, n));
        must(undo_message(lab, buffer_slice(&message), 1, NULL, &made, why), "%s", why);
        must(same_hashes(lab, before, buffer_slice(&made)), "not what arrived");
    }
    waybill_recipe_free(recipe);
    buffer_free(&message);
    buffer_free(&made);
}

/* Fields of DKIM2 would be instances of their own, and on top of these nothing is a field. */
static bool is_fit(struct slice message)
{
    struct arena arena = arena_new();
    struct header header;
    struct slice body;
    if (message.n == 0 || octet_is_wsp(message.p[0]) || slice_starts(message, SLICE("From ")))
        return false;
    must(whole_read(&arena, message, &header, &body) == WAYBILL_OK, "message");
    bool fit = header_find(&header, SLICE("Message-Instance")).n == 0;
    arena_free(&arena);
    return fit;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct lab lab;
    struct slice all = slice_of(data, size);
    size_t cut = slice_find(all, 0, 0);
    struct slice before = slice_sub(all, 0, cut), after = slice_from(all, cut + 1);
    if (!lab.engine)
        must(waybill_engine_new(&lab.engine) == WAYBILL_OK, "engine");
    if (is_fit(after))
        assert_undone(&lab, before, after);
    return 0;
}
