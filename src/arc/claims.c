#include "arc/claims.h"

#include "arc/aar.h"

/* The type without a definition is a chain under another name. */
static const struct arc_chain *chain_of(const struct arc_validated *validated)
{
    return (const struct arc_chain *)validated;
}

const struct arc_validated *arc_validated(const struct arc_chain *chain)
{
    return chain->verdict.result == WAYBILL_RESULT_PASS ? (const struct arc_validated *)chain
                                                        : NULL;
}

unsigned arc_validated_sets(const struct arc_validated *validated)
{
    return (unsigned)chain_of(validated)->n;
}

struct slice arc_sealer(const struct arc_validated *validated, unsigned instance)
{
    return chain_of(validated)->sets[instance - 1].seal->ascii_domain;
}

const struct authres *arc_claims(const struct arc_validated *validated, unsigned instance)
{
    const struct arc_aar *aar = chain_of(validated)->sets[instance - 1].aar;
    return aar->parsed ? &aar->results : NULL;
}
