/*
 * What each signature signs (spec-06 section 9.6), with two digests that run: one over the
 * instances, one over the instances of the hop at hand and the signatures up to it. A hop that made
 * no instance takes the second one on; only one that did starts it anew, from a copy of the first.
 */
#include "base/limits.h"
#include "dkim2/input.h"
#include "dkim2/run.h"

struct covering {
    struct evaluation *e;
    struct dkim2 *dkim2;
    struct digest instances, chain;
    size_t n_instances;      /* in `instances` */
    unsigned m;              /* of the instances in `chain` */
    size_t n_chain;          /* signatures in it */
    struct slice *canonical; /* each signature as it is hashed for later hops; p is NULL at first */
    uint64_t octets;         /* so far */
};

static enum waybill_status to_digest(void *self, struct slice run)
{
    return digest_update(self, run);
}

static enum waybill_status add(struct covering *c, struct digest *digest, const struct field *field,
                               const struct slice *cuts, size_t n)
{
    uint64_t before = digest->octets;
    enum waybill_status status =
        input_field(field, cuts, n, (struct canon_sink){to_digest, digest});
    c->octets += digest->octets - before;
    return status;
}

static bool stands(const char *why, enum dkim2_finding wrong)
{
    return !why || (wrong != DKIM2_INSTANCE_TWICE && wrong != DKIM2_SIGNATURE_TWICE);
}

/* Whether all that hop i signed is there, whatever else is wrong with it. */
static bool is_whole(const struct dkim2 *dkim2, size_t i)
{
    const struct dkim2_signature *s = run_signature(dkim2, i);
    if (!s || s->m > dkim2->n_instances)
        return false;
    for (size_t m = 0; m < s->m; m++)
        if (!dkim2->instances[m] || !stands(dkim2->instances[m]->why, dkim2->instances[m]->wrong))
            return false;
    for (size_t k = 0; k + 1 < i; k++)
        if (!dkim2->signatures[k] ||
            !stands(dkim2->signatures[k]->why, dkim2->signatures[k]->wrong))
            return false;
    return true;
}

/* The second digest for a hop of another m=. */
static enum waybill_status start_chain(struct covering *c, unsigned m)
{
    enum waybill_status status = WAYBILL_OK;
    digest_drop(c->e->crypto, &c->chain);
    while (c->n_instances < m && status == WAYBILL_OK)
        status = add(c, &c->instances, c->dkim2->instances[c->n_instances++]->field, NULL, 0);
    c->m = m;
    c->n_chain = 0;
    return status == WAYBILL_OK ? digest_fork(c->e->crypto, &c->instances, &c->chain) : status;
}

static enum waybill_status to_buffer(void *self, struct slice run)
{
    struct buffer *buffer = self;
    buffer_add(buffer, run);
    return buffer->status;
}

/* What is deleted makes it shorter; only the final CRLF may be new. */
static enum waybill_status canonical(struct covering *c, const struct field *field,
                                     struct slice *out)
{
    size_t most = field->name.n + field->value.n + SLICE(":\r\n").n;
    struct buffer octets = buffer_over(arena_alloc(c->e->arena, most), most);
    if (!octets.p)
        return WAYBILL_NOMEM;
    enum waybill_status status =
        input_field(field, NULL, 0, (struct canon_sink){to_buffer, &octets});
    *out = buffer_slice(&octets);
    return status;
}

/* The signature of hop k + 1, which a chain that is started anew takes again. */
static enum waybill_status add_signature(struct covering *c, size_t k)
{
    enum waybill_status status = WAYBILL_OK;
    if (!c->canonical[k].p)
        status = canonical(c, c->dkim2->signatures[k]->field, &c->canonical[k]);
    c->octets += c->canonical[k].n;
    return status == WAYBILL_OK ? digest_update(&c->chain, c->canonical[k]) : status;
}

/* The digest of hop i's own. Where no hop goes on with the chain a copy of it would cost for
 * nothing; one that does all the same starts it anew. */
static enum waybill_status own_digest(struct covering *c, size_t i, struct digest *out)
{
    const struct dkim2 *dkim2 = c->dkim2;
    const struct dkim2_signature *next = i < dkim2->n_signatures ? dkim2->signatures[i] : NULL;
    if (next && next->m == c->m)
        return digest_fork(c->e->crypto, &c->chain, out);
    *out = c->chain;
    c->chain.context = NULL;
    return WAYBILL_OK;
}

static enum waybill_status finish(struct covering *c, size_t i, struct dkim2_cover *cover)
{
    const struct dkim2_signature *s = c->dkim2->signatures[i - 1];
    struct slice cuts[DKIM2_SETS_MOST];
    struct digest own = {NULL, DIGEST_SHA256, 0};
    for (size_t k = 0; k < s->n_sets; k++)
        cuts[k] = s->sets[k].cut;
    enum waybill_status status = own_digest(c, i, &own);
    if (status == WAYBILL_OK)
        status = add(c, &own, s->field, cuts, s->n_sets);
    if (status == WAYBILL_OK)
        status = digest_final(c->e->crypto, &own, &cover->digest);
    digest_drop(c->e->crypto, &own);
    return status;
}

static enum waybill_status cover_one(struct covering *c, size_t i)
{
    struct dkim2_signature *s = c->dkim2->signatures[i - 1];
    uint64_t before = c->octets;
    enum waybill_status status = WAYBILL_OK;
    if (!c->chain.context || c->m != s->m)
        status = start_chain(c, s->m);
    while (c->n_chain + 1 < i && status == WAYBILL_OK)
        status = add_signature(c, c->n_chain++);
    if (status == WAYBILL_OK)
        status = finish(c, i, &c->dkim2->run->covers[i - 1]);
    s->octets_hashed = c->octets - before;
    return status;
}

/* What the chosen draft's run has covered is the same by any draft. */
static bool is_shared(const struct dkim2 *dkim2, const struct dkim2 *first, size_t i)
{
    if (!first || !first->run->covers[i - 1].whole)
        return false;
    dkim2->run->covers[i - 1].digest = first->run->covers[i - 1].digest;
    return true;
}

enum waybill_status run_cover(struct evaluation *e, struct dkim2 *dkim2, const struct dkim2 *first)
{
    struct covering c = {.e = e, .dkim2 = dkim2};
    dkim2->run->covers = arena_array(e->arena, dkim2->n_signatures, sizeof *dkim2->run->covers);
    c.canonical = arena_array(e->arena, dkim2->n_signatures, sizeof *c.canonical);
    if (!dkim2->run->covers || !c.canonical)
        return WAYBILL_NOMEM;
    enum waybill_status status = digest_start(e->crypto, DIGEST_SHA256, &c.instances);
    for (size_t i = 1; i <= dkim2->n_signatures && status == WAYBILL_OK; i++) {
        bool whole = is_whole(dkim2, i) && c.octets < LIMIT_DKIM2_HEADER_OCTETS;
        dkim2->run->covers[i - 1].whole = whole;
        if (whole && !is_shared(dkim2, first, i))
            status = cover_one(&c, i);
    }
    digest_drop(e->crypto, &c.instances);
    digest_drop(e->crypto, &c.chain);
    return status;
}

enum waybill_status run_octets(const struct dkim2 *dkim2, size_t i, struct buffer *out)
{
    const struct field *fields[2 * LIMIT_DKIM2_HOPS];
    struct slice cuts[DKIM2_SETS_MOST];
    const struct dkim2_signature *s = dkim2->signatures[i - 1];
    struct dkim2_input input = {fields, 0, s->field, cuts, s->n_sets};
    for (size_t m = 0; m < s->m; m++)
        fields[input.n++] = dkim2->instances[m]->field;
    for (size_t k = 0; k + 1 < i; k++)
        fields[input.n++] = dkim2->signatures[k]->field;
    for (size_t k = 0; k < s->n_sets; k++)
        cuts[k] = s->sets[k].cut;
    return dkim2_input_octets(&input, out);
}
