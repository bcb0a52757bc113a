#include "dkim2/groups.h"

enum waybill_result dkim2_worse(const struct dkim2_draft *draft, enum waybill_result a,
                                enum waybill_result b)
{
    for (size_t i = 0; i < DKIM2_BAD_STATES; i++)
        if (a == draft->precedence[i] || b == draft->precedence[i])
            return draft->precedence[i];
    return a == WAYBILL_RESULT_NONE ? b : a;
}

enum waybill_result dkim2_group_result(const struct dkim2_draft *draft,
                                       const struct dkim2_member *members, size_t n, unsigned group)
{
    enum waybill_result worst = WAYBILL_RESULT_NONE;
    bool passed = false;
    for (size_t i = 0; i < n; i++) {
        if (members[i].group != group)
            continue;
        if (members[i].result == WAYBILL_RESULT_PASS)
            passed = true;
        else
            worst = dkim2_worse(draft, worst, members[i].result);
    }
    if (worst != WAYBILL_RESULT_NONE)
        return worst;
    return passed ? WAYBILL_RESULT_PASS : WAYBILL_RESULT_FAIL;
}

enum waybill_result dkim2_groups_result(const struct dkim2_draft *draft,
                                        const struct dkim2_member *members, size_t n,
                                        size_t n_groups)
{
    static const enum waybill_result best_first[] = {WAYBILL_RESULT_PASS, WAYBILL_RESULT_TEMPERROR,
                                                     WAYBILL_RESULT_NOT_EVALUATED};
    enum waybill_result worst = WAYBILL_RESULT_NONE;
    for (size_t b = 0; b < sizeof best_first / sizeof best_first[0]; b++)
        for (size_t g = 0; g < n_groups; g++) {
            enum waybill_result result = dkim2_group_result(draft, members, n, (unsigned)g);
            if (result == best_first[b])
                return result;
            worst = dkim2_worse(draft, worst, result);
        }
    return worst;
}
