/*
 * policy/trying.h: a rule being tried, and the conditions it may consist of.
 */
#ifndef POLICY_TRYING_H
#define POLICY_TRYING_H

#include "policy/claim_reader.h"
#include "policy/match.h"

/* What claims of a chain raise: the chain had to be validated first, with answers of wave 1. */
enum { WAVE_OF_CLAIMS = 2 };

struct trying {
    const struct waybill_policy *policy;
    const struct waybill_rule *rule;
    struct evaluation *e;
    struct waybill_record *r;
    const struct arc_validated *chain; /* behind chain_validates */
    struct claim_reader *reader;
    const char *why;   /* why the condition tried last does not hold */
    bool temporary;    /* and that it is for a temporary error */
    unsigned instance; /* the set that reports what is wanted */
};

enum holds { HOLDS_NO, HOLDS_YES, HOLDS_OPEN };

typedef enum waybill_status condition(struct trying *t, enum holds *out);

/* conditions_arc.c */
condition chain_validates, length_fits, sealers_trusted, sealers_report;
/* conditions_dkim2.c */
condition custody_proved, hops_fit, revisers_trusted, originator_aligned;

/* trusted.c: whether a domain is trusted in the role, in the trust file or, where the rule has it,
 * by its reputation. */
enum waybill_status is_trusted(const struct trying *t, struct slice domain,
                               enum waybill_trust_role role, enum holds *out);
/* Sets the reason: "NAME (i=N) is not trusted". */
enum waybill_status not_trusted(struct trying *t, struct slice domain, unsigned instance);

#endif
