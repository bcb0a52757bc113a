/* The fields of a header to sets (RFC 8617 sections 4.2 and 5.2 steps 1 to 3). */
#include "arc/collect.h"

#include "arc/aar.h"
#include "base/limits.h"

/* AARs are no signatures: the kind behind the last stands for them. No valid chain has more fields;
 * of more, the first so many from the top are looked at. */
#define FIELDS_MOST (3 * LIMIT_ARC_SETS)

static struct arc_set *set_of(struct arc_chain *chain, unsigned instance)
{
    if (instance == 0)
        return NULL;
    if (chain->n < instance)
        chain->n = instance;
    return &chain->sets[instance - 1];
}

static enum waybill_status add_stray(struct evaluation *e, struct arc_chain *chain,
                                     struct arc_stray stray)
{
    if (!chain->strays)
        chain->strays = arena_array(e->arena, FIELDS_MOST, sizeof *chain->strays);
    if (!chain->strays)
        return WAYBILL_NOMEM;
    chain->strays[chain->n_strays++] = stray;
    return WAYBILL_OK;
}

static enum waybill_status add_signature(struct evaluation *e, struct arc_chain *chain,
                                         enum signature_field kind, size_t position)
{
    struct signature *s;
    enum waybill_status status = signature_parse(e, kind, position, &s);
    if (status != WAYBILL_OK)
        return status;
    struct arc_set *set = set_of(chain, s->instance);
    struct signature **place = NULL;
    if (set && kind == FIELD_ARC_SEAL)
        place = set->n_seal++ == 0 ? &set->seal : NULL;
    else if (set)
        place = set->n_message_signature++ == 0 ? &set->message_signature : NULL;
    if (!place)
        return add_stray(e, chain,
                         (struct arc_stray){signature_field_name(kind), position, s->instance, s});
    *place = s;
    return WAYBILL_OK;
}

static enum waybill_status add_aar(struct evaluation *e, struct arc_chain *chain, size_t position)
{
    struct field *field = &message_header(e->message)->fields[position];
    struct arc_aar *aar = arena_alloc(e->arena, sizeof *aar);
    enum waybill_status status = aar ? arc_aar_parse(e->arena, field->value, aar) : WAYBILL_NOMEM;
    if (status != WAYBILL_OK)
        return status;
    struct arc_set *set = set_of(chain, aar->instance);
    if (!set || set->n_aar++ > 0)
        return add_stray(e, chain, (struct arc_stray){ARC_AAR_NAME, position, aar->instance, NULL});
    set->aar = aar;
    set->aar_field = field;
    return WAYBILL_OK;
}

/* One kind of field, top first. */
static enum waybill_status add_kind(struct evaluation *e, struct arc_chain *chain, size_t kind,
                                    struct names_range range)
{
    struct header *header = message_header(e->message);
    size_t most = range.n < LIMIT_ARC_SETS ? range.n : LIMIT_ARC_SETS;
    enum waybill_status status = WAYBILL_OK;
    chain->beyond += range.n - most;
    for (size_t i = 0; i < most && status == WAYBILL_OK; i++) {
        size_t position = header->index.entries[range.first + i].position;
        status = kind == SIGNATURE_FIELDS
                     ? add_aar(e, chain, position)
                     : add_signature(e, chain, (enum signature_field)kind, position);
    }
    return status;
}

enum waybill_status arc_collect(struct evaluation *e, struct arc_chain *chain)
{
    static const size_t kinds[] = {SIGNATURE_FIELDS, FIELD_ARC_MESSAGE_SIGNATURE, FIELD_ARC_SEAL};
    struct names_range ranges[3];
    *chain = (struct arc_chain){.verdict = {WAYBILL_RESULT_NOT_EVALUATED, NULL}};
    for (size_t k = 0; k < 3; k++) {
        struct slice name = kinds[k] == SIGNATURE_FIELDS
                                ? ARC_AAR_NAME
                                : signature_field_name((enum signature_field)kinds[k]);
        ranges[k] = header_find(message_header(e->message), name);
        chain->fields += ranges[k].n;
    }
    if (chain->fields == 0)
        return WAYBILL_OK;
    chain->sets = arena_array(e->arena, LIMIT_ARC_SETS, sizeof *chain->sets);
    enum waybill_status status = chain->sets ? WAYBILL_OK : WAYBILL_NOMEM;
    for (size_t k = 0; k < 3 && status == WAYBILL_OK; k++)
        status = add_kind(e, chain, kinds[k], ranges[k]);
    for (size_t i = 0; i < chain->n; i++) {
        struct arc_set *set = &chain->sets[i];
        set->instance = (unsigned)i + 1;
        set->whole = set->n_aar == 1 && set->n_message_signature == 1 && set->n_seal == 1;
    }
    return status;
}
