/*
 * policy/decide.h: from what was found to what is to be done.
 */
#ifndef POLICY_DECIDE_H
#define POLICY_DECIDE_H

#include "policy/policy.h"
#include "record/record.h"

/*
 * Fills the disposition, its reason and the reply of r->decision, whose rule in force and shadows
 * were matched before.
 *
 * A rule enters at one place only: it may turn what DMARC asks for into none (design 5.1). Nothing
 * that a chain says reaches what else is enforced.
 */
enum waybill_status decide(const struct waybill_policy *policy, struct arena *arena,
                           struct waybill_record *r);

#endif
