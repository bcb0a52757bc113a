/*
 * record/claims.h: what an ARC set says that its sealer saw, for showing it to a person.
 *
 * For the eye only: nothing here may enter a decision (design 5.2). Whether the chain that carries
 * the claims validates is said beside them.
 */
#ifndef RECORD_CLAIMS_H
#define RECORD_CLAIMS_H

#include "base/slice.h"

#include <stddef.h>

struct arc_set;

struct shown_claim {
    struct slice method, result;
    struct slice about; /* the domain it is about; p is NULL where the claim names none */
};

/* The claim at *i, counted up; false at the end, or where the field does not parse. */
bool record_next_claim(const struct arc_set *set, size_t *i, struct shown_claim *out);

#endif
