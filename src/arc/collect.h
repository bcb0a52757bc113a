/*
 * arc/collect.h: the ARC fields of a header, sorted into sets. Only chain.c needs it.
 */
#ifndef ARC_COLLECT_H
#define ARC_COLLECT_H

#include "arc/chain.h"

#define ARC_AAR_NAME SLICE("ARC-Authentication-Results")

/* Fills sets, strays and counts of *chain; its verdict is NOT_EVALUATED. */
enum waybill_status arc_collect(struct evaluation *e, struct arc_chain *chain);

#endif
