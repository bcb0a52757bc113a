/* A rule is a table of conditions; the first that does not hold is the reason (S-45, S-49). */
#include "policy/trying.h"

/* There is something to lift: DMARC fails, whatever it asks for, so that shadow rules tell of
 * domains without a policy, too. */
static enum waybill_status dmarc_fails(struct trying *t, enum holds *out)
{
    const struct verdict v = t->r->dmarc.verdict;
    *out = v.result == WAYBILL_RESULT_FAIL                      ? HOLDS_YES
           : v.result == WAYBILL_RESULT_NOT_EVALUATED && !v.why ? HOLDS_OPEN
                                                                : HOLDS_NO;
    t->why = "DMARC does not fail";
    return WAYBILL_OK;
}

/* --- a rule ----------------------------------------------------------------------------------- */

static condition *const arc_conditions[] = {dmarc_fails,     chain_validates, length_fits,
                                            sealers_trusted, sealers_report,  NULL};
static condition *const dkim2_conditions[] = {dmarc_fails,      custody_proved,     hops_fit,
                                              revisers_trusted, originator_aligned, NULL};

static enum waybill_status try_rule(struct trying *t, enum holds *out)
{
    condition *const *all =
        t->rule->reported == WAYBILL_REPORTED_DKIM2 ? dkim2_conditions : arc_conditions;
    enum waybill_status status = WAYBILL_OK;
    *out = HOLDS_YES;
    for (; *all && *out == HOLDS_YES && status == WAYBILL_OK; all++)
        status = (*all)(t, out);
    return status;
}

/* A field is decisive where the rule comes to something else without it. */
static enum waybill_status find_decisive(const struct trying *tried, bool matched)
{
    struct claim_reader *reader = tried->reader;
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < reader->n && status == WAYBILL_OK; i++) {
        struct claim_reader without = *reader;
        struct trying t = *tried;
        enum holds holds = HOLDS_NO;
        without.hidden = reader->places[i];
        t.reader = &without;
        status = sealers_report(&t, &holds);
        reader->reads[i].decisive = (holds == HOLDS_YES) != matched;
    }
    return status;
}

enum waybill_status rule_match(const struct waybill_policy *policy, const struct waybill_rule *rule,
                               struct evaluation *e, struct waybill_record *r,
                               struct rule_outcome *out)
{
    struct claim_reader reader = {.reads = NULL};
    struct trying t = {.policy = policy, .rule = rule, .e = e, .r = r, .reader = &reader};
    enum holds holds;
    enum waybill_status status = try_rule(&t, &holds);
    if (status == WAYBILL_OK && holds != HOLDS_OPEN && reader.n)
        status = find_decisive(&t, holds == HOLDS_YES);
    if (status != WAYBILL_OK)
        return status;
    bool matched = holds == HOLDS_YES;
    *out = (struct rule_outcome){.name = rule->name,
                                 .matched = matched,
                                 .temporary = !matched && t.temporary,
                                 .why = matched || holds == HOLDS_OPEN ? NULL : t.why,
                                 .instance = t.instance,
                                 .reads = reader.reads,
                                 .n_reads = reader.n};
    return WAYBILL_OK;
}
