/* Older messages, and the hashes of every instance (spec-06 sections 5, 6 and 11.7). */
#include "base/limits.h"
#include "dkim2/run.h"

/* --- the header --------------------------------------------------------------------------------
 */

static bool same_values(const struct dkim2_named *a, const struct dkim2_named *b)
{
    if (a == b)
        return true;
    if (a->n != b->n || !slice_eq(a->name, b->name))
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (a->values[i].field != b->values[i].field ||
            (!a->values[i].field && !slice_eq(a->values[i].literal, b->values[i].literal)))
            return false;
    return true;
}

static bool same_fields(const struct dkim2_fields *a, const struct dkim2_fields *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n && a->all != b->all; i++)
        if (!same_values(a->all[i], b->all[i]))
            return false;
    return true;
}

/* Once a state, and once for all states and both drafts that have the same fields. */
static enum waybill_status hash_header(struct evaluation *e, struct dkim2 *dkim2,
                                       struct dkim2_state *state, enum digest_kind kind)
{
    const struct dkim2_state *same = state->same_header;
    if (state->hashed[kind])
        return WAYBILL_OK;
    if (same && same->hashed[kind]) {
        state->header[kind] = same->header[kind];
        state->hashed[kind] = true;
        return WAYBILL_OK;
    }
    if (dkim2->octets_hashed >= LIMIT_DKIM2_HEADER_OCTETS)
        return WAYBILL_OK;
    /* Canonical forms are kept with the fields, which are the message's. */
    enum waybill_status status =
        dkim2_fields_hash(message_arena(e->message), e->crypto, &state->fields, kind,
                          &state->header[kind], &dkim2->octets_hashed);
    state->hashed[kind] = status == WAYBILL_OK;
    return status;
}

/* --- the body ----------------------------------------------------------------------------------
 */

static const struct dkim2_body *resolve(const struct dkim2_body *body)
{
    while (body->same)
        body = body->same;
    return body;
}

static enum waybill_status want_body(struct evaluation *e, struct dkim2 *dkim2,
                                     struct dkim2_body *body, enum digest_kind kind)
{
    struct dkim2_run *run = dkim2->run;
    const struct body_wish wish = {.canon = CANON_SIMPLE, .digest = kind};
    if (body->lost)
        return WAYBILL_OK;
    return resolve(body) == run->received
               ? body_wish(message_body(e->message), wish, &run->received_digests[kind])
               : dkim2_bodies_want(run->bodies, body, kind);
}

static const struct digest_value *body_value(const struct dkim2_run *run,
                                             const struct dkim2_body *body, enum digest_kind kind)
{
    body = resolve(body);
    return body == run->received ? &run->received_digests[kind]->value : &body->values[kind];
}

/* --- from the newest to the oldest -------------------------------------------------------------
 */

/* The recipe of the same field, as the first run read it; NULL: it has to be read. */
static struct recipe *shared_recipe(const struct dkim2 *first,
                                    const struct dkim2_instance *instance)
{
    const struct dkim2_instance *other = first ? run_instance(first, instance->m) : NULL;
    bool same = other && other->field == instance->field && other->recipe;
    return same && other->recipe->of_any_draft ? other->recipe : NULL;
}

static enum waybill_status read_recipe(struct evaluation *e, struct dkim2 *dkim2,
                                       const struct dkim2 *first, struct dkim2_instance *instance)
{
    if (instance->why || !instance->recipe_text.p)
        return WAYBILL_OK;
    instance->recipe = shared_recipe(first, instance);
    if (instance->recipe)
        return WAYBILL_OK;
    struct recipe *recipe = arena_alloc(e->arena, sizeof *recipe);
    if (!recipe)
        return WAYBILL_NOMEM;
    enum waybill_status status =
        recipe_parse(e->arena, dkim2->draft, instance->recipe_text, recipe, &instance->recipe_why);
    if (status == WAYBILL_OK)
        instance->recipe = recipe;
    return status == WAYBILL_SYNTAX ? WAYBILL_OK : status;
}

static enum waybill_status undo_body(struct dkim2 *dkim2, const struct dkim2 *first,
                                     const struct dkim2_instance *instance)
{
    struct dkim2_state *newer = &dkim2->run->states[instance->m], *older = newer - 1;
    const struct dkim2_state *other = first ? &first->run->states[instance->m] : NULL;
    /* A recipe that both drafts take says the same by both. */
    if (other && other->body == newer->body && first->instances[instance->m - 1]->recipe) {
        older->body = other[-1].body;
        return WAYBILL_OK;
    }
    return dkim2_bodies_undo(dkim2->run->bodies, newer->body, instance->recipe, &older->body);
}

/* Whether the first run undid the same recipe on the same fields, and all of it. */
static bool has_undone(const struct dkim2 *dkim2, const struct dkim2 *first,
                       const struct dkim2_instance *instance)
{
    size_t m = instance->m;
    const struct dkim2_instance *other = first ? run_instance(first, m) : NULL;
    return other && other->recipe == instance->recipe &&
           first->run->states[m].fields.all == dkim2->run->states[m].fields.all &&
           dkim2_fields_undo_alike(dkim2->draft, first->draft, instance->recipe);
}

static enum waybill_status undo_header(struct evaluation *e, struct dkim2 *dkim2,
                                       const struct dkim2 *first,
                                       const struct dkim2_instance *instance)
{
    struct dkim2_state *newer = &dkim2->run->states[instance->m], *older = newer - 1;
    if (!has_undone(dkim2, first, instance))
        return dkim2_fields_undo(e->arena, dkim2->draft, &newer->fields, instance->recipe,
                                 &older->fields, &older->header_applies);
    const struct dkim2_state *other = &first->run->states[instance->m - 1];
    older->fields = other->fields;
    older->header_applies = other->header_applies;
    return WAYBILL_OK;
}

static enum waybill_status undo(struct evaluation *e, struct dkim2 *dkim2,
                                const struct dkim2 *first, const struct dkim2_instance *instance)
{
    const struct recipe *recipe = instance->recipe;
    struct dkim2_state *newer = &dkim2->run->states[instance->m], *older = newer - 1;
    if (!recipe) {
        *older = *newer;
        older->same_header = newer;
        return WAYBILL_OK;
    }
    older->null_body = newer->null_body || (recipe->has_body && recipe->null_body);
    if (recipe->n_fields == 0)
        older->same_header = newer;
    enum waybill_status status = undo_header(e, dkim2, first, instance);
    older->lost = !older->header_applies;
    return status == WAYBILL_OK ? undo_body(dkim2, first, instance) : status;
}

static enum waybill_status want_hashes(struct evaluation *e, struct dkim2 *dkim2,
                                       const struct dkim2_instance *instance)
{
    struct dkim2_state *state = &dkim2->run->states[instance->m];
    enum waybill_status status = WAYBILL_OK;
    for (size_t k = 0; k < instance->n_hashes && status == WAYBILL_OK; k++) {
        const struct dkim2_hashes *hashes = &instance->hashes[k];
        if (!hashes->known)
            continue;
        status = hash_header(e, dkim2, state, hashes->kind);
        if (status == WAYBILL_OK)
            status = want_body(e, dkim2, state->body, hashes->kind);
    }
    return status;
}

/* State m is made: what instance m wants of it, and the state before. */
static enum waybill_status go_back(struct evaluation *e, struct dkim2 *dkim2,
                                   const struct dkim2 *first, size_t m)
{
    struct dkim2_state *state = &dkim2->run->states[m];
    struct dkim2_instance *instance = dkim2->instances[m - 1];
    enum waybill_status status = instance ? read_recipe(e, dkim2, first, instance) : WAYBILL_OK;
    bool usable = instance && !instance->why && !state->lost;
    if (usable && status == WAYBILL_OK) {
        if (first && !first->run->states[m].lost && first->run->states[m].body &&
            same_fields(&first->run->states[m].fields, &state->fields))
            state->same_header = &first->run->states[m];
        status = want_hashes(e, dkim2, instance);
    }
    if (!usable || instance->recipe_why)
        state[-1].lost = true;
    else if (status == WAYBILL_OK)
        status = undo(e, dkim2, first, instance);
    return status;
}

/* The fields as received, which both drafts share where they can. */
static enum waybill_status read_fields(struct evaluation *e, const struct dkim2 *dkim2,
                                       const struct dkim2 *first, struct dkim2_fields *out)
{
    struct header *header = message_header(e->message);
    if (!first || !dkim2_fields_agree(dkim2->draft, first->draft, header))
        return dkim2_fields_read(e->arena, dkim2->draft, header, out);
    *out = first->run->states[first->n_instances].fields;
    return WAYBILL_OK;
}

enum waybill_status run_states(struct evaluation *e, struct dkim2 *dkim2, const struct dkim2 *first)
{
    struct dkim2_run *run = dkim2->run;
    run->states = arena_array(e->arena, dkim2->n_instances + 1, sizeof *run->states);
    if (!run->states)
        return WAYBILL_NOMEM;
    struct dkim2_state *newest = &run->states[dkim2->n_instances];
    newest->body = run->received;
    newest->header_applies = true;
    enum waybill_status status = read_fields(e, dkim2, first, &newest->fields);
    for (size_t m = dkim2->n_instances; m > 0 && status == WAYBILL_OK; m--)
        status = go_back(e, dkim2, first, m);
    return status;
}

/* --- after the body ----------------------------------------------------------------------------
 */

bool run_recipe_applies(const struct dkim2 *dkim2, unsigned m)
{
    const struct dkim2_state *newer = &dkim2->run->states[m], *older = newer - 1;
    const struct recipe *recipe = dkim2->instances[m - 1]->recipe;
    if (newer->lost || !recipe)
        return true;
    if (!older->header_applies)
        return false;
    bool makes_body = recipe->has_body && !recipe->null_body && newer->body->applies;
    return !makes_body || older->body->applies;
}

struct dkim2_compared run_compare(const struct dkim2 *dkim2, const struct dkim2_instance *instance,
                                  const struct dkim2_hashes *hashes)
{
    const struct dkim2_run *run = dkim2->run;
    const struct dkim2_state *state = &run->states[instance->m];
    struct dkim2_compared c = {.header = WAYBILL_RESULT_NOT_EVALUATED,
                               .body = WAYBILL_RESULT_NOT_EVALUATED};
    if (state->lost || !state->hashed[hashes->kind])
        return c;
    bool same = slice_eq(digest_slice(&state->header[hashes->kind]), hashes->header);
    c.header = same ? WAYBILL_RESULT_PASS : WAYBILL_RESULT_FAIL;
    if (state->null_body) /* spec-06 section 5.2: it is the receiver's to accept */
        c.body = WAYBILL_RESULT_PASS;
    else if (!state->body->lost && resolve(state->body)->applies) {
        const struct digest_value *value = body_value(run, state->body, hashes->kind);
        same = slice_eq(digest_slice(value), hashes->body);
        c.body = same ? WAYBILL_RESULT_PASS : WAYBILL_RESULT_FAIL;
    }
    return c;
}

static enum waybill_result judge_hashes(const struct dkim2 *dkim2,
                                        const struct dkim2_instance *instance,
                                        const struct dkim2_hashes *hashes)
{
    if (!hashes->known)
        return dkim2->draft->findings[DKIM2_INSTANCE_UNKNOWN_HASH].state;
    struct dkim2_compared c = run_compare(dkim2, instance, hashes);
    if (c.header == WAYBILL_RESULT_FAIL || c.body == WAYBILL_RESULT_FAIL)
        return WAYBILL_RESULT_FAIL;
    return c.header == WAYBILL_RESULT_PASS ? c.body : c.header;
}

size_t run_hash_members(const struct dkim2 *dkim2, const struct dkim2_instance *instance,
                        struct dkim2_member *members)
{
    for (size_t k = 0; k < instance->n_hashes; k++)
        members[k] = (struct dkim2_member){judge_hashes(dkim2, instance, &instance->hashes[k]),
                                           instance->hashes[k].group};
    return instance->n_hashes;
}
