/*
 * policy/match.h: whether a rule holds for a message.
 */
#ifndef POLICY_MATCH_H
#define POLICY_MATCH_H

#include "dkim/evaluation.h"
#include "policy/policy.h"
#include "record/record.h"

/* What rules ask stores about the sealers of a chain, in wave 1. */
enum waybill_status rules_plan(const struct waybill_policy *policy, struct evaluation *e,
                               struct waybill_record *r);

/* out->matched, and why not; what it read, and what of that was decisive. While something is open
 * it has not matched, and its question is asked. */
enum waybill_status rule_match(const struct waybill_policy *policy, const struct waybill_rule *rule,
                               struct evaluation *e, struct waybill_record *r,
                               struct rule_outcome *out);

#endif
