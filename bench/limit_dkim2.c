/*
 * What DKIM2 has to hash (spec-06 section 9.6): for each hop the instances, which one digest that
 * runs has already, the signatures before its own and that without its s=; for each instance its
 * header and its body. A hop that made no instance goes on from what the hop before it signed.
 */
#include "crypto/engine.h"
#include "dkim2/bodies.h"
#include "dkim2/fields.h"
#include "dkim2/input.h"
#include "dkim2/instance.h"
#include "dkim2/signature.h"
#include "limit.h"

struct custody_survey {
    struct limit_work *limit;
    struct arena *arena;
    struct header *header;
    const struct dkim2_draft *draft;
    struct names_range signatures, instances; /* the newest on top */
};

static enum waybill_status count_run(void *self, struct slice run)
{
    *(size_t *)self += run.n;
    return WAYBILL_OK;
}

/* --- what a hop signs --------------------------------------------------------------------------
 */

static struct field *field_of(const struct custody_survey *s, struct names_range range, size_t n)
{
    return header_at(s->header, range.first + range.n - n);
}

static size_t octets_of(const struct field *field, const struct slice *cuts, size_t n)
{
    size_t octets = 0;
    must(input_field(field, cuts, n, (struct canon_sink){count_run, &octets}) == WAYBILL_OK,
         "input_field");
    return octets;
}

static struct dkim2_signature signature_of(struct custody_survey *s, size_t i)
{
    struct dkim2_signature out;
    must(dkim2_signature_parse(s->arena, s->draft, field_of(s, s->signatures, i), 0, &out) ==
                 WAYBILL_OK &&
             !out.why && out.i == i && out.n_sets == 1,
         "reading a hop");
    return out;
}

static void add_hops(struct custody_survey *s)
{
    size_t before = 0; /* signatures as they stand */
    unsigned m = 0;
    for (size_t i = 1; i <= s->signatures.n; i++) {
        struct dkim2_signature hop = signature_of(s, i);
        size_t whole = octets_of(hop.field, NULL, 0);
        size_t last = i > 1 ? octets_of(field_of(s, s->signatures, i - 1), NULL, 0) : 0;
        size_t octets = octets_of(hop.field, &hop.sets[0].cut, 1) + (hop.m > m ? before : last);
        while (m < hop.m)
            octets += octets_of(field_of(s, s->instances, ++m), NULL, 0);
        limit_add_hash(s->limit, octets);
        before += whole;
    }
}

/* --- the instances -----------------------------------------------------------------------------
 */

static struct recipe recipe_of(struct custody_survey *s, size_t m)
{
    struct dkim2_instance instance;
    struct recipe out = {0};
    const char *why;
    must(dkim2_instance_parse(s->arena, s->draft, field_of(s, s->instances, m), 0, &instance) ==
                 WAYBILL_OK &&
             !instance.why && instance.m == m,
         "reading an instance");
    if (instance.recipe_text.p)
        must(recipe_parse(s->arena, s->draft, instance.recipe_text, &out, &why) == WAYBILL_OK,
             "reading a recipe");
    return out;
}

static void add_header(struct custody_survey *s, struct crypto *crypto,
                       const struct dkim2_fields *fields)
{
    struct digest_value value;
    uint64_t octets = 0;
    must(dkim2_fields_hash(s->arena, crypto, fields, DIGEST_SHA256, &value, &octets) == WAYBILL_OK,
         "dkim2_fields_hash");
    limit_add_hash(s->limit, octets);
}

static void undo(struct custody_survey *s, const struct recipe *recipe, struct dkim2_fields *fields,
                 struct dkim2_bodies *bodies, struct dkim2_body **body)
{
    struct dkim2_fields newer = *fields;
    bool applies;
    must(dkim2_fields_undo(s->arena, s->draft, &newer, recipe, fields, &applies) == WAYBILL_OK &&
             applies && dkim2_bodies_undo(bodies, *body, recipe, body) == WAYBILL_OK,
         "undoing a recipe");
}

static void add_instances(struct custody_survey *s, struct crypto *crypto, struct slice octets)
{
    struct dkim2_body *bodies[256], *body;
    struct dkim2_bodies *all;
    struct dkim2_fields fields;
    size_t n = s->instances.n;
    must(n <= 256 && dkim2_bodies_new(s->arena, crypto, &all, &body) == WAYBILL_OK &&
             dkim2_fields_read(s->arena, s->draft, s->header, &fields) == WAYBILL_OK,
         "reading instances");
    for (size_t m = n; m > 0; m--) {
        struct recipe recipe = recipe_of(s, m);
        bodies[m - 1] = body;
        must(dkim2_bodies_want(all, body, DIGEST_SHA256) == WAYBILL_OK, "dkim2_bodies_want");
        add_header(s, crypto, &fields);
        if (m > 1)
            undo(s, &recipe, &fields, all, &body);
    }
    must(dkim2_bodies_update(all, octets) == WAYBILL_OK && dkim2_bodies_final(all) == WAYBILL_OK,
         "making older bodies");
    for (size_t m = 0; m < n; m++)
        limit_add_hash(s->limit, bodies[m]->octets);
    dkim2_bodies_drop(all);
}

bool limit_dkim2(struct limit_work *limit, const struct world *world, struct arena *arena,
                 struct header *header, struct slice body)
{
    struct custody_survey s = {.limit = limit,
                               .arena = arena,
                               .header = header,
                               .draft = dkim2_draft_of(WAYBILL_DRAFT_09),
                               .signatures = header_find(header, SLICE("DKIM2-Signature")),
                               .instances = header_find(header, SLICE("Message-Instance"))};
    if (s.signatures.n == 0)
        return false;
    add_hops(&s);
    add_instances(&s, world->engine->crypto, body);
    limit->verifications += s.signatures.n;
    return true;
}
