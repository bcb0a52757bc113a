/*
 * arc/cover.h: the digests that seals sign.
 */
#ifndef ARC_COVER_H
#define ARC_COVER_H

#include "arc/chain.h"

/* The digest of every seal of which the structure says what it covers: set->covered, set->digest.
 * Linear in the header: one running digest, copied where a set ends. */
enum waybill_status arc_cover(struct evaluation *e, struct arc_chain *chain);

/*
 * The digest of a seal to be made: own->digest. `own` has its three fields, and the cut of the
 * seal's empty b=. `alone`: the seal says cv=fail and covers its own set only; else the sets of
 * the chain, which is whole, come before it.
 */
enum waybill_status arc_cover_new(struct evaluation *e, struct arc_chain *chain,
                                  struct arc_set *own, bool alone);

#endif
