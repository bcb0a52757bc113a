#include "daemon/recipes.h"

#include "crypto/crypto.h"
#include "crypto/engine.h"
#include "daemon/forwarding.h"
#include "daemon/metrics.h"
#include "dkim2/draft.h"
#include "mail/whole.h"

#include <stdio.h>
#include <stdlib.h>

/* What was found for one text of the message that leaves, by the rules of one listener. */
struct made {
    struct made *next;
    struct digest_value of;
    const struct waybill_revise_rules *rules;
    struct waybill_recipe *recipe; /* NULL: none is needed, or there is none */
    bool refused;
    char why[200];
};

void recipes_free(struct recipes *all)
{
    for (struct made *made = all->newest, *next; made; made = next) {
        next = made->next;
        waybill_recipe_free(made->recipe);
        free(made);
    }
    *all = (struct recipes){NULL, 0};
}

/* --- which copies are alike --------------------------------------------------------------------
 */

static enum waybill_status add_signed_fields(struct digest *digest, const struct dkim2_draft *draft,
                                             const struct header *header)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < header->n && status == WAYBILL_OK; i++)
        if (!dkim2_draft_ignores(draft, header->fields[i].name))
            status = digest_update(digest, header->fields[i].raw);
    return status;
}

/* Of what a recipe is about: copies of a post differ in fields that nobody signs. */
static enum waybill_status digest_of(const struct recipe_wish *wish, struct digest_value *out)
{
    struct crypto *crypto = wish->engine->crypto;
    struct arena arena = arena_new();
    struct header header;
    struct slice body;
    struct digest digest;
    enum waybill_status status = whole_read(&arena, wish->leaves, &header, &body);
    if (status == WAYBILL_OK)
        status = digest_start(crypto, DIGEST_SHA256, &digest);
    if (status == WAYBILL_OK) {
        status = add_signed_fields(&digest, dkim2_draft_of(wish->draft), &header);
        if (status == WAYBILL_OK)
            status = digest_update(&digest, SLICE("\r\n"));
        if (status == WAYBILL_OK)
            status = digest_update(&digest, body);
        if (status == WAYBILL_OK)
            status = digest_final(crypto, &digest, out);
        digest_drop(crypto, &digest);
    }
    arena_free(&arena);
    return status;
}

/* --- making one --------------------------------------------------------------------------------
 */

static void refuse(struct made *made, const char *why)
{
    waybill_recipe_free(made->recipe);
    made->recipe = NULL;
    made->refused = true;
    snprintf(made->why, sizeof made->why, "%s", why);
}

static enum waybill_status make(const struct recipe_wish *wish, struct made *made)
{
    enum waybill_status status =
        waybill_recipe_make(wish->engine, wish->draft, wish->arrived.p, wish->arrived.n,
                            wish->leaves.p, wish->leaves.n, wish->rules, &made->recipe, made->why);
    const char *why =
        status == WAYBILL_OK && wish->forwards ? forwarding_wrong_with(made->recipe) : NULL;
    made->refused = status == WAYBILL_REFUSED;
    if (why)
        refuse(made, why);
    if (made->recipe || made->refused)
        metrics_recipe(!made->refused);
    return made->refused ? WAYBILL_OK : status;
}

static size_t octets_of(const struct made *made)
{
    size_t n = 0;
    if (made->recipe)
        waybill_recipe_json(made->recipe, &n);
    return sizeof *made + n;
}

static enum waybill_status add(struct recipes *all, const struct recipe_wish *wish,
                               const struct digest_value *of, struct made **out)
{
    struct made *made = *out = calloc(1, sizeof *made);
    if (!made)
        return WAYBILL_NOMEM;
    made->of = *of;
    made->rules = wish->rules;
    enum waybill_status status = make(wish, made);
    if (status != WAYBILL_OK) {
        free(made);
        return status;
    }
    made->next = all->newest;
    all->newest = made;
    all->octets += octets_of(made);
    return WAYBILL_OK;
}

enum waybill_status recipes_find(struct recipes *all, const struct recipe_wish *wish,
                                 const struct waybill_recipe **out, const char **why)
{
    struct digest_value of;
    struct made *made = all->newest;
    enum waybill_status status = digest_of(wish, &of);
    *out = NULL;
    while (status == WAYBILL_OK && made &&
           (made->rules != wish->rules || !slice_eq(digest_slice(&made->of), digest_slice(&of))))
        made = made->next;
    if (status == WAYBILL_OK && !made)
        status = add(all, wish, &of, &made);
    if (status != WAYBILL_OK)
        return status;
    *out = made->recipe;
    *why = made->why;
    return made->refused ? WAYBILL_REFUSED : WAYBILL_OK;
}
