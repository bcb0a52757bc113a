/* What a seal covers (RFC 8617 sections 5.1.1 and 5.1.2). */
#include "arc/cover.h"

static enum waybill_status add_field(struct evaluation *e, struct arc_chain *chain,
                                     struct digest *digest, struct field *field)
{
    struct slice octets;
    enum waybill_status status =
        canon_field(message_arena(e->message), field, CANON_RELAXED, &octets);
    chain->octets_hashed += octets.n;
    return status == WAYBILL_OK ? digest_update(digest, octets) : status;
}

static enum waybill_status add_set(struct evaluation *e, struct arc_chain *chain,
                                   struct digest *digest, struct arc_set *set)
{
    struct field *const fields[] = {set->aar_field, set->message_signature->field,
                                    set->seal->field};
    enum waybill_status status = WAYBILL_OK;
    for (size_t f = 0; f < 3 && status == WAYBILL_OK; f++)
        status = add_field(e, chain, digest, fields[f]);
    return status;
}

/* Section 5.1.1: AAR, AMS, AS of each set from the first on, the last seal without its b=. */
static enum waybill_status seal_digest(struct evaluation *e, struct arc_chain *chain,
                                       struct digest *running, struct arc_set *set)
{
    struct digest own = {NULL, DIGEST_SHA256, 0};
    struct slice octets = {NULL, 0};
    enum waybill_status status = add_field(e, chain, running, set->aar_field);
    if (status == WAYBILL_OK)
        status = add_field(e, chain, running, set->message_signature->field);
    if (status == WAYBILL_OK)
        status =
            canon_field_without(e->arena, set->seal->field, CANON_RELAXED, set->seal->cut, &octets);
    if (status == WAYBILL_OK)
        status = digest_fork(e->crypto, running, &own);
    if (status == WAYBILL_OK)
        status = digest_update(&own, octets);
    if (status == WAYBILL_OK)
        status = digest_final(e->crypto, &own, &set->digest);
    digest_drop(e->crypto, &own);
    set->covered = status == WAYBILL_OK;
    chain->octets_hashed += octets.n;
    return status == WAYBILL_OK ? add_field(e, chain, running, set->seal->field) : status;
}

/* A digest of its own for a seal that says cv=fail: it covers its own set only (section 5.1.2). */
static enum waybill_status lone_digest(struct evaluation *e, struct arc_chain *chain,
                                       struct arc_set *set)
{
    struct digest lone = {NULL, DIGEST_SHA256, 0};
    enum waybill_status status = digest_start(e->crypto, DIGEST_SHA256, &lone);
    if (status == WAYBILL_OK)
        status = seal_digest(e, chain, &lone, set);
    digest_drop(e->crypto, &lone);
    return status;
}

/* One running digest serves all seals: each takes a copy where its set ends. */
enum waybill_status arc_cover(struct evaluation *e, struct arc_chain *chain)
{
    struct digest running;
    enum waybill_status status = digest_start(e->crypto, DIGEST_SHA256, &running);
    if (status != WAYBILL_OK)
        return status;
    bool open = false; /* a set before is not whole */
    for (size_t i = 0; i < chain->n && status == WAYBILL_OK; i++) {
        struct arc_set *set = &chain->sets[i];
        open |= !set->whole || !set->seal->cut.p;
        bool lone = set->whole && set->seal->cut.p && set->seal->cv == ARC_CV_FAIL;
        if (lone)
            status = lone_digest(e, chain, set);
        if (lone && !open && status == WAYBILL_OK) /* for seals that come all the same */
            status = add_set(e, chain, &running, set);
        else if (!lone && !open)
            status = seal_digest(e, chain, &running, set);
    }
    digest_drop(e->crypto, &running);
    return status;
}

enum waybill_status arc_cover_new(struct evaluation *e, struct arc_chain *chain,
                                  struct arc_set *own, bool alone)
{
    struct digest running = {NULL, DIGEST_SHA256, 0};
    if (alone)
        return lone_digest(e, chain, own);
    enum waybill_status status = digest_start(e->crypto, DIGEST_SHA256, &running);
    for (size_t i = 0; i < chain->n && status == WAYBILL_OK; i++)
        status = add_set(e, chain, &running, &chain->sets[i]);
    if (status == WAYBILL_OK)
        status = seal_digest(e, chain, &running, own);
    digest_drop(e->crypto, &running);
    return status;
}
