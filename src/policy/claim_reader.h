/*
 * policy/claim_reader.h: what a rule reads of the claims of a validated chain, and keeps note of
 * (S-37).
 */
#ifndef POLICY_CLAIM_READER_H
#define POLICY_CLAIM_READER_H

#include "arc/claims.h"
#include "record/decision.h"

struct claim_reader {
    struct claim_read *reads; /* room for LIMIT_CLAIM_READS; each field once */
    const void **places;      /* of each: the method or property it is */
    size_t n;
    bool full;          /* more was to be read than LIMIT_CLAIM_READS */
    const void *hidden; /* the place that is read as if it were not there; NULL: none */
};

enum waybill_status claim_reader_new(struct arena *arena, struct claim_reader *out);

/* Whether the method's result is this one. */
bool claim_result_is(struct claim_reader *reader, unsigned instance,
                     const struct authres_method *method, struct slice result);
/* A property's value; p is NULL where there is none. */
struct slice claim_property(struct claim_reader *reader, unsigned instance,
                            const struct authres_method *method, const char *ptype,
                            const char *property);

#endif
