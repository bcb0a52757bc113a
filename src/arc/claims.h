/*
 * arc/claims.h: what the sealers of a chain that validates say that they saw.
 *
 * The one way from ARC to a policy (design 5.2): a struct arc_validated is had only of a chain that
 * passes, so what a broken chain reports cannot be read by any rule.
 */
#ifndef ARC_CLAIMS_H
#define ARC_CLAIMS_H

#include "arc/chain.h"
#include "authres/authres.h"

struct arc_validated;

/* NULL unless the chain passes. Lives as long as the chain. */
const struct arc_validated *arc_validated(const struct arc_chain *chain);

/* How many sets there are; instances run from 1 to this. */
unsigned arc_validated_sets(const struct arc_validated *chain);

/* d= of a set's seal, A-labels in lower case. */
struct slice arc_sealer(const struct arc_validated *chain, unsigned instance);

/* What a set reports; NULL where its field does not parse: what was understood of such a one is for
 * people, never for a policy. */
const struct authres *arc_claims(const struct arc_validated *chain, unsigned instance);

#endif
