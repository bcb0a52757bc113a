/* Trust files, and what stores know. */
#include "base/limits.h"
#include "policy/trying.h"

static enum waybill_status ask_reputation(struct evaluation *e, struct slice domain,
                                          enum waybill_trust_role role, struct asked **out)
{
    struct slice detail = role == WAYBILL_TRUST_SEALER ? SLICE("sealer") : SLICE("signer");
    return questions_ask(e->questions, WAYBILL_REPUTATION, domain, (enum waybill_dns_type)0, detail,
                         1, out);
}

/* A store's word is a number from 0 to 100; what it does not know is neutral, and so is what is no
 * such number. */
static bool has_reputation(const struct waybill_answer *answer, unsigned least)
{
    uint64_t number;
    return answer->n == 1 &&
           slice_number(slice_of(answer->data[0].octets, answer->data[0].n), 3, &number) &&
           number <= LIMIT_REPUTATION && number >= least;
}

enum waybill_status is_trusted(const struct trying *t, struct slice domain,
                               enum waybill_trust_role role, enum holds *out)
{
    struct asked *asked = NULL;
    unsigned least = t->rule->reputation;
    *out = trust_has(&t->policy->trust, domain, role) ? HOLDS_YES : HOLDS_NO;
    if (*out == HOLDS_YES || least == 0)
        return WAYBILL_OK;
    enum waybill_status status = ask_reputation(t->e, domain, role, &asked);
    if (status != WAYBILL_OK || !asked)
        return status;
    asked->used = asked->answered;
    *out = !asked->answered                        ? HOLDS_OPEN
           : has_reputation(&asked->answer, least) ? HOLDS_YES
                                                   : HOLDS_NO;
    return WAYBILL_OK;
}

enum waybill_status not_trusted(struct trying *t, struct slice domain, unsigned instance)
{
    t->why = arena_printf(t->e->arena, "%.*s (i=%u) is not trusted", SLICE_ARGS(domain), instance);
    return t->why ? WAYBILL_OK : WAYBILL_NOMEM;
}

static bool wants_reputation(const struct waybill_policy *policy)
{
    const struct waybill_rule *in_force = policy_in_force(policy);
    bool wants = in_force && in_force->reputation > 0;
    for (size_t i = 0; i < policy->n_shadows; i++)
        wants = wants || policy_shadow(policy, i)->reputation > 0;
    return wants;
}

/* Of one domain of the message, if it is one and is not trusted anyway. */
static enum waybill_status plan_domain(const struct waybill_policy *policy, struct evaluation *e,
                                       struct slice domain, enum waybill_trust_role role)
{
    struct asked *asked;
    return domain.n == 0 || trust_has(&policy->trust, domain, role)
               ? WAYBILL_OK
               : ask_reputation(e, domain, role, &asked);
}

enum waybill_status rules_plan(const struct waybill_policy *policy, struct evaluation *e,
                               struct waybill_record *r)
{
    enum waybill_status status = WAYBILL_OK;
    if (!wants_reputation(policy))
        return WAYBILL_OK;
    for (size_t i = 0; i < r->arc.n && status == WAYBILL_OK; i++)
        if (r->arc.sets[i].seal)
            status =
                plan_domain(policy, e, r->arc.sets[i].seal->ascii_domain, WAYBILL_TRUST_SEALER);
    for (size_t i = 0; i < r->dkim2.n_signatures && status == WAYBILL_OK; i++)
        if (dkim2_revises(&r->dkim2, i))
            status =
                plan_domain(policy, e, r->dkim2.signatures[i]->ascii_domain, WAYBILL_TRUST_SIGNER);
    return status;
}
