/* Planning and judging a chain (RFC 8617 section 5.2). */
#include "arc/chain.h"

#include "arc/collect.h"
#include "arc/cover.h"
#include "base/limits.h"

static struct verdict not_evaluated(const char *why)
{
    return verdict_of(WAYBILL_RESULT_NOT_EVALUATED, why);
}

/* --- planning ----------------------------------------------------------------------------------
 */

static void judge_coverage(struct arc_set *set)
{
    if (set->seal && !set->covered && set->seal->verdict.result == WAYBILL_RESULT_NONE)
        set->seal->verdict =
            not_evaluated(set->n_seal > 1 ? "there are several: what each covers is open"
                                          : "a set is not whole: what the seal covers is open");
}

enum waybill_status arc_plan(struct evaluation *e, struct arc_chain *out)
{
    enum waybill_status status = arc_collect(e, out);
    if (status == WAYBILL_OK && out->fields > 0)
        status = arc_cover(e, out);
    for (size_t i = out->n; i-- > 0 && status == WAYBILL_OK;) {
        struct arc_set *set = &out->sets[i];
        judge_coverage(set);
        if (set->message_signature)
            status = signature_plan(e, set->message_signature);
        if (set->seal && status == WAYBILL_OK)
            status = signature_plan(e, set->seal);
    }
    for (size_t i = 0; i < out->n_strays && status == WAYBILL_OK; i++) {
        struct signature *s = out->strays[i].signature;
        if (s && s->kind == FIELD_ARC_SEAL && s->verdict.result == WAYBILL_RESULT_NONE)
            s->verdict = not_evaluated("it belongs to no set: what it covers is open");
        if (s)
            status = signature_plan(e, s);
    }
    return status;
}

/* --- judging -----------------------------------------------------------------------------------
 */

static enum waybill_status kept_digest(struct evaluation *e, struct signature *s, void *context,
                                       struct digest_value *out)
{
    (void)e, (void)s;
    const struct arc_set *set = context;
    *out = set->digest;
    return WAYBILL_OK;
}

static enum waybill_status evaluate_seal(struct evaluation *e, struct arc_set *set)
{
    struct signature *s = set->seal;
    if (!s)
        return WAYBILL_OK;
    enum waybill_status status = signature_settle(e, s, kept_digest, set);
    if (status != WAYBILL_OK || s->verdict.result != WAYBILL_RESULT_NONE || !s->settled)
        return status;
    s->verdict = s->key_verdict;
    if (s->verdict.result == WAYBILL_RESULT_PASS && s->signature != PART_GOOD)
        s->verdict = verdict_of(WAYBILL_RESULT_FAIL, "signature did not verify");
    return WAYBILL_OK;
}

static enum waybill_status evaluate_elements(struct evaluation *e, struct arc_chain *chain)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < chain->n && status == WAYBILL_OK; i++) {
        if (chain->sets[i].message_signature)
            status = signature_evaluate(e, chain->sets[i].message_signature);
        if (status == WAYBILL_OK)
            status = evaluate_seal(e, &chain->sets[i]);
    }
    for (size_t i = 0; i < chain->n_strays && status == WAYBILL_OK; i++) {
        struct signature *s = chain->strays[i].signature;
        if (s && s->kind == FIELD_ARC_MESSAGE_SIGNATURE)
            status = signature_evaluate(e, s);
    }
    return status;
}

/* --- the chain's verdict (section 5.2) ---------------------------------------------------------
 */

static void fail(struct arc_chain *chain, struct slice element, unsigned instance, const char *why)
{
    chain->verdict = verdict_of(WAYBILL_RESULT_FAIL, why);
    chain->failing = element;
    chain->failing_instance = instance;
}

static const char *missing_in(const struct arc_set *set)
{
    if (set->n_aar == 0)
        return "the set has no ARC-Authentication-Results";
    return set->n_message_signature == 0 ? "the set has no ARC-Message-Signature"
                                         : "the set has no ARC-Seal";
}

/* Step 3: true where the structure alone fails the chain. */
static bool structure_fails(struct arc_chain *chain)
{
    const struct slice nothing = {NULL, 0};
    if (chain->beyond > 0) {
        fail(chain, nothing, 0, "more than 50 sets");
        return true;
    }
    if (chain->n_strays > 0) {
        const struct arc_stray *stray = &chain->strays[0];
        fail(chain, stray->name, stray->instance,
             stray->instance ? "there are several with this i=" : "it has no valid i=");
        return true;
    }
    for (size_t i = 0; i < chain->n; i++)
        if (!chain->sets[i].whole) {
            fail(chain, nothing, (unsigned)i + 1, missing_in(&chain->sets[i]));
            return true;
        }
    return false;
}

/* Steps 2 and 3C: what the seals themselves say. */
static bool cv_fails(struct arc_chain *chain)
{
    const struct slice seal = signature_field_name(FIELD_ARC_SEAL);
    for (size_t i = chain->n; i-- > 0;) {
        enum arc_cv cv = chain->sets[i].seal->cv;
        if (cv == (i == 0 ? ARC_CV_NONE : ARC_CV_PASS) || cv == ARC_CV_ABSENT)
            continue;
        fail(chain, seal, (unsigned)i + 1,
             cv == ARC_CV_FAIL   ? "it says cv=fail: the chain had failed before"
             : cv == ARC_CV_NONE ? "it says cv=none, and is not the first"
                                 : "it says cv=pass, and is the first");
        return true;
    }
    return false;
}

/* One signature the chain rests on; its place on the way to pass. */
static void weigh(struct arc_chain *chain, const struct signature *s)
{
    if (chain->verdict.result == WAYBILL_RESULT_FAIL)
        return;
    switch (s->verdict.result) {
    case WAYBILL_RESULT_PASS:
        return;
    case WAYBILL_RESULT_NONE: /* open */
        chain->verdict = verdict_of(WAYBILL_RESULT_NOT_EVALUATED, NULL);
        return;
    case WAYBILL_RESULT_TEMPERROR: /* never a fail (design 5.4) */
        if (chain->verdict.result == WAYBILL_RESULT_PASS) {
            chain->verdict = s->verdict;
            chain->failing = signature_field_name(s->kind);
            chain->failing_instance = s->instance;
        }
        return;
    default:
        fail(chain, signature_field_name(s->kind), s->instance, s->verdict.why);
    }
}

/* Step 6: the oldest set down to which all message signatures verify. */
static void find_oldest_pass(struct arc_chain *chain)
{
    size_t i = chain->n;
    while (i > 0 && chain->sets[i - 1].message_signature->verdict.result == WAYBILL_RESULT_PASS)
        i--;
    chain->oldest_pass = i == 0 ? 0 : (unsigned)i + 1;
    chain->has_oldest = true;
}

static void judge(struct arc_chain *chain)
{
    chain->verdict = verdict_of(WAYBILL_RESULT_PASS, NULL);
    weigh(chain, chain->sets[chain->n - 1].message_signature);
    for (size_t i = chain->n; i-- > 0;)
        weigh(chain, chain->sets[i].seal);
    if (chain->verdict.result == WAYBILL_RESULT_PASS)
        find_oldest_pass(chain);
}

enum waybill_status arc_evaluate(struct evaluation *e, struct arc_chain *chain)
{
    if (chain->fields == 0) {
        chain->verdict = verdict_of(WAYBILL_RESULT_NONE, NULL);
        return WAYBILL_OK;
    }
    enum waybill_status status = evaluate_elements(e, chain);
    if (status != WAYBILL_OK)
        return status;
    const struct arc_set *newest = chain->n ? &chain->sets[chain->n - 1] : NULL;
    chain->ended = newest && newest->seal && newest->seal->cv == ARC_CV_FAIL;
    if (!structure_fails(chain) && !cv_fails(chain))
        judge(chain);
    return WAYBILL_OK;
}
