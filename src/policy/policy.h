/*
 * policy/policy.h: the inside of waybill/policy.h, for what decides by it.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "base/limits.h"
#include "policy/trust.h"

/* The place of no rule. */
enum { POLICY_NO_RULE = -1 };

struct waybill_policy {
    struct trust trust;
    /* The presets, then what was defined; sets_least and sets_most are never 0 here. */
    struct waybill_rule rules[LIMIT_RULES];
    char names[LIMIT_RULES][LIMIT_RULE_NAME + 1]; /* rules[i].name is names[i] */
    size_t n_rules;
    int in_force;                /* a place among the rules, or POLICY_NO_RULE */
    size_t shadows[LIMIT_RULES]; /* places among the rules, in the order they were named */
    size_t n_shadows;
    unsigned reject, defer; /* 1u << enum waybill_method, added up */
};

/* The rule in force; NULL: none. */
static inline const struct waybill_rule *policy_in_force(const struct waybill_policy *policy)
{
    return policy->in_force == POLICY_NO_RULE ? NULL : &policy->rules[policy->in_force];
}

static inline const struct waybill_rule *policy_shadow(const struct waybill_policy *policy,
                                                       size_t i)
{
    return &policy->rules[policy->shadows[i]];
}

/* Whether an operator may call something so: 1 to LIMIT_RULE_NAME of A-Z a-z 0-9 . _ - */
bool policy_name_is(struct slice name);

#endif
