/* A hop of DKIM2: an instance where the message changed, and a signature over what was before. */
#include "base/base64.h"
#include "base/limits.h"
#include "check/check.h"
#include "sign/dkim2_signing.h"

/* Whether the newest instance may be known by a hash other than the one we write. */
static bool names_sha512(const struct header *header)
{
    struct names_range range = header_find(header, SLICE(DKIM2_INSTANCE_NAME));
    for (size_t i = 0; i < range.n; i++) {
        struct slice value = header_at(header, range.first + i)->value;
        for (size_t at = 0; at < value.n; at++)
            if (slice_starts(slice_from(value, at), SLICE("sha512")))
                return true;
    }
    return false;
}

/* The body that the recipe makes: it is tried before it is signed. */
static enum waybill_status wish_older(struct waybill_signer *s, bool sha512)
{
    struct dkim2_signing *d = s->dkim2;
    struct dkim2_body *received;
    enum waybill_status status =
        dkim2_bodies_new(&s->arena, s->evaluation.crypto, &d->older_bodies, &received);
    if (status == WAYBILL_OK)
        status = dkim2_bodies_undo(d->older_bodies, received, &d->recipe, &d->older);
    if (status == WAYBILL_OK)
        status = dkim2_bodies_want(d->older_bodies, d->older, DIGEST_SHA256);
    return status == WAYBILL_OK && sha512
               ? dkim2_bodies_want(d->older_bodies, d->older, DIGEST_SHA512)
               : status;
}

/* The body hash is that of DKIM's simple form (spec-06 section 6.1). */
static enum waybill_status wish(void *self)
{
    struct waybill_signer *s = self;
    struct body *body = message_body(s->evaluation.message);
    struct body_wish wanted = {CANON_SIMPLE, DIGEST_SHA256, false, 0};
    bool sha512 = names_sha512(message_header(s->evaluation.message));
    enum waybill_status status = body_wish(body, wanted, &s->dkim2->bodies[DIGEST_SHA256]);
    wanted.digest = DIGEST_SHA512;
    if (status == WAYBILL_OK && sha512)
        status = body_wish(body, wanted, &s->dkim2->bodies[DIGEST_SHA512]);
    return status == WAYBILL_OK && s->dkim2->recipe.has_body ? wish_older(s, sha512) : status;
}

static enum waybill_status take_body(void *self, struct slice octets)
{
    struct waybill_signer *s = self;
    return s->dkim2->older_bodies ? dkim2_bodies_update(s->dkim2->older_bodies, octets)
                                  : WAYBILL_OK;
}

static enum waybill_status end_body(void *self)
{
    struct waybill_signer *s = self;
    return s->dkim2->older_bodies ? dkim2_bodies_final(s->dkim2->older_bodies) : WAYBILL_OK;
}

static void drop(struct waybill_signer *s)
{
    if (s->dkim2)
        dkim2_bodies_drop(s->dkim2->older_bodies);
}

static enum waybill_status make(struct waybill_signer *s)
{
    enum waybill_status status = dkim2_rules(s);
    return status == WAYBILL_OK ? dkim2_write(s) : status;
}

/* Read again as a verifier will read it: what another draft allows does not get in here. */
static enum waybill_status copy_recipe(struct waybill_signer *s,
                                       const struct waybill_recipe *recipe)
{
    struct dkim2_signing *d = s->dkim2;
    struct buffer base64 = buffer_new(2 * LIMIT_RECIPE_OCTETS);
    struct slice text = {NULL, 0};
    const char *why;
    size_t n;
    if (!recipe)
        return WAYBILL_OK;
    const char *json = waybill_recipe_json(recipe, &n);
    base64_encode(&base64, slice_of(json, n));
    enum waybill_status status = base64.status;
    if (status == WAYBILL_OK && (!arena_copy(&s->arena, slice_of(json, n), &d->recipe_json) ||
                                 !arena_copy(&s->arena, buffer_slice(&base64), &text)))
        status = WAYBILL_NOMEM;
    buffer_free(&base64);
    if (status == WAYBILL_OK)
        status = recipe_parse(&s->arena, d->draft, text, &d->recipe, &why);
    return status == WAYBILL_SYNTAX ? WAYBILL_MISUSE : status;
}

static enum waybill_status copy_options(struct waybill_signer *s,
                                        const struct waybill_dkim2_options *options,
                                        const struct waybill_recipe *recipe)
{
    s->dkim2 = arena_alloc(&s->arena, sizeof *s->dkim2);
    s->fields = arena_array(&s->arena, options->n_hops + 1, sizeof *s->fields);
    if (!s->dkim2 || !s->fields)
        return WAYBILL_NOMEM;
    s->dkim2->draft = dkim2_draft_of(options->draft);
    enum waybill_status status = dkim2_hops_copy(s, options);
    return status == WAYBILL_OK ? copy_recipe(s, recipe) : status;
}

enum waybill_status waybill_dkim2_signer_new(struct waybill_message *message,
                                             struct waybill_check *arrival,
                                             const struct waybill_recipe *recipe,
                                             const struct waybill_dkim2_options *options,
                                             struct waybill_signer **out)
{
    message_measure_lines(message);
    enum waybill_status status = signer_start(message, options->now, wish, make, out);
    if (status == WAYBILL_OK)
        status = copy_options(*out, options, recipe);
    if (status != WAYBILL_OK) {
        waybill_signer_free(*out);
        *out = NULL;
        return status;
    }
    (*out)->check = arrival;
    (*out)->drop = drop;
    (*out)->client.body = take_body;
    (*out)->client.body_ended = end_body;
    return WAYBILL_OK;
}
