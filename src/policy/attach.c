/* How a policy decides at the end of a check (check/judge.h). */
#include "check/judge.h"
#include "policy/decide.h"
#include "policy/facts.h"
#include "policy/match.h"

static enum waybill_status plan(const void *self, struct evaluation *e, struct waybill_record *r)
{
    const struct waybill_policy *policy = self;
    struct decision *d = &r->decision;
    d->shadows = arena_array(e->arena, policy->n_shadows, sizeof *d->shadows);
    d->n_shadows = policy->n_shadows;
    return d->shadows ? rules_plan(policy, e, r) : WAYBILL_NOMEM;
}

static enum waybill_status match_rules(const struct waybill_policy *policy, struct evaluation *e,
                                       struct waybill_record *r)
{
    struct decision *d = &r->decision;
    enum waybill_status status = WAYBILL_OK;
    d->rule = (struct rule_outcome){.name = WAYBILL_RULE_OFF};
    if (policy_in_force(policy))
        status = rule_match(policy, policy_in_force(policy), e, r, &d->rule);
    for (size_t i = 0; i < policy->n_shadows && status == WAYBILL_OK; i++)
        status = rule_match(policy, policy_shadow(policy, i), e, r, &d->shadows[i]);
    return status;
}

static enum waybill_status judge(const void *self, struct evaluation *e, struct waybill_record *r)
{
    const struct waybill_policy *policy = self;
    enum waybill_status status = match_rules(policy, e, r);
    if (status == WAYBILL_OK)
        status = facts_find(policy, e, r, &r->decision.chain);
    return status == WAYBILL_OK ? decide(policy, e->arena, r) : status;
}

enum waybill_status waybill_policy_attach(const struct waybill_policy *policy,
                                          struct waybill_check *check)
{
    return check_attach_judge(check, (struct judge){plan, judge, policy});
}

const char *waybill_disposition_text(enum waybill_disposition disposition)
{
    static const char *const texts[] = {[WAYBILL_DELIVER] = "deliver",
                                        [WAYBILL_QUARANTINE] = "quarantine",
                                        [WAYBILL_REJECT] = "reject",
                                        [WAYBILL_DEFER] = "defer"};
    return texts[disposition];
}

enum waybill_disposition waybill_record_disposition(const struct waybill_record *record)
{
    return record->decision.disposition;
}

const char *waybill_record_reply(const struct waybill_record *record)
{
    return record->decision.reply;
}
