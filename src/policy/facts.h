/*
 * policy/facts.h: how a chain that validates sits on its message: recorded, never fatal.
 */
#ifndef POLICY_FACTS_H
#define POLICY_FACTS_H

#include "policy/match.h"

/* Fills *out, once the chain validates and every DKIM signature has its verdict. */
enum waybill_status facts_find(const struct waybill_policy *policy, struct evaluation *e,
                               const struct waybill_record *r, struct chain_facts *out);

#endif
