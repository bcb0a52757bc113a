/* A field's value, read as each of DKIM2's two and by each draft. */
#include "dkim2/instance.h"
#include "dkim2/signature.h"

#include "base/limits.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static bool within(struct slice part, struct slice whole)
{
    return !part.p || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void read_signature(struct arena *arena, const struct dkim2_draft *draft,
                           struct field *field)
{
    struct dkim2_signature s;
    must(dkim2_signature_parse(arena, draft, field, 0, &s) == WAYBILL_OK);
    must(s.n_sets <= draft->sets_most && s.rcpts <= LIMIT_DKIM2_RCPTS);
    must(within(s.domain, field->value) && within(s.nonce, field->value));
    for (size_t i = 0; i < s.n_sets; i++)
        must(within(s.sets[i].cut, field->value) && within(s.sets[i].selector, field->value));
    if (s.why)
        return;
    must(s.i > 0 && s.m > 0 && s.n_sets >= s.n_groups && s.n_groups > 0);
    must(s.has_envelope ? s.rcpts > 0 && !s.next_domain.p : s.next_domain.p != NULL);
    must(draft->groups || s.n_groups == 1);
}

static void read_instance(struct arena *arena, const struct dkim2_draft *draft, struct field *field)
{
    struct dkim2_instance instance;
    must(dkim2_instance_parse(arena, draft, field, 0, &instance) == WAYBILL_OK);
    must(instance.n_hashes <= draft->sets_most && within(instance.recipe_text, field->value));
    must(instance.why || (instance.m > 0 && instance.n_hashes >= instance.n_groups));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = arena_new();
    struct field field = {.value = slice_of(data, size)};
    for (size_t d = WAYBILL_DRAFT_06; d <= WAYBILL_DRAFT_09; d++) {
        const struct dkim2_draft *draft = dkim2_draft_of((enum waybill_draft)d);
        read_signature(&arena, draft, &field);
        read_instance(&arena, draft, &field);
    }
    arena_free(&arena);
    return 0;
}
