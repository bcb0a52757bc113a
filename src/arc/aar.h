/*
 * arc/aar.h: the raw parse of ARC-Authentication-Results (RFC 8617 section 4.1.1).
 *
 * What somebody else says they saw. Only the record may include this header: a policy gets claims
 * of a validated chain, never this (design 5.2).
 */
#ifndef ARC_AAR_H
#define ARC_AAR_H

#include "authres/authres.h"

struct arc_aar {
    unsigned instance;      /* i=; 0 where it is not 1 to 50 and in front */
    struct authres results; /* results.why says what is wrong with the rest, if anything */
    bool parsed;            /* the rest is the grammar's */
};

/* WAYBILL_OK whatever the value holds; out of memory else. */
enum waybill_status arc_aar_parse(struct arena *arena, struct slice value, struct arc_aar *out);

#endif
