#include "dkim2/groups.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Members as letters: p pass, f fail, e permerror, t temperror, n not evaluated, - not counted;
 * groups with '|' between. */
static const struct group_case {
    const char *members;
    enum waybill_result by_09, by_06;
} cases[] = {
    {"p", WAYBILL_RESULT_PASS, WAYBILL_RESULT_PASS},
    {"pp", WAYBILL_RESULT_PASS, WAYBILL_RESULT_PASS},
    {"pf", WAYBILL_RESULT_FAIL, WAYBILL_RESULT_FAIL},
    {"fe", WAYBILL_RESULT_PERMERROR, WAYBILL_RESULT_FAIL},
    {"ft", WAYBILL_RESULT_FAIL, WAYBILL_RESULT_FAIL},
    {"et", WAYBILL_RESULT_PERMERROR, WAYBILL_RESULT_PERMERROR},
    {"pt", WAYBILL_RESULT_TEMPERROR, WAYBILL_RESULT_TEMPERROR},
    {"pn", WAYBILL_RESULT_NOT_EVALUATED, WAYBILL_RESULT_NOT_EVALUATED},
    {"nf", WAYBILL_RESULT_FAIL, WAYBILL_RESULT_FAIL},
    {"p-", WAYBILL_RESULT_PASS, WAYBILL_RESULT_PASS},
    {"-", WAYBILL_RESULT_FAIL, WAYBILL_RESULT_FAIL},
    {"f|p", WAYBILL_RESULT_PASS, WAYBILL_RESULT_PASS},
    {"e|t|p", WAYBILL_RESULT_PASS, WAYBILL_RESULT_PASS},
    {"pe|fp", WAYBILL_RESULT_PERMERROR, WAYBILL_RESULT_FAIL},
    {"f|t", WAYBILL_RESULT_TEMPERROR, WAYBILL_RESULT_TEMPERROR},
    {"ft|e", WAYBILL_RESULT_PERMERROR, WAYBILL_RESULT_FAIL},
    {"f|n", WAYBILL_RESULT_NOT_EVALUATED, WAYBILL_RESULT_NOT_EVALUATED},
    {"n|t", WAYBILL_RESULT_TEMPERROR, WAYBILL_RESULT_TEMPERROR},
    {"-|p", WAYBILL_RESULT_PASS, WAYBILL_RESULT_PASS},
};

static size_t read_members(const char *text, struct dkim2_member *members, size_t *n_groups)
{
    static const struct {
        char letter;
        enum waybill_result result;
    } letters[] = {
        {'p', WAYBILL_RESULT_PASS},          {'f', WAYBILL_RESULT_FAIL},
        {'e', WAYBILL_RESULT_PERMERROR},     {'t', WAYBILL_RESULT_TEMPERROR},
        {'n', WAYBILL_RESULT_NOT_EVALUATED}, {'-', WAYBILL_RESULT_NONE},
    };
    size_t n = 0;
    for (*n_groups = 1; *text; text++) {
        *n_groups += *text == '|';
        for (size_t k = 0; k < sizeof letters / sizeof letters[0]; k++)
            if (*text == letters[k].letter)
                members[n++] = (struct dkim2_member){letters[k].result, (unsigned)*n_groups - 1};
    }
    return n;
}

static void results(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dkim2_member members[DKIM2_SETS_MOST];
        size_t n_groups, n = read_members(cases[i].members, members, &n_groups);
        const struct dkim2_draft *by_06 = dkim2_draft_of(WAYBILL_DRAFT_06);
        const struct dkim2_draft *by_09 = dkim2_draft_of(WAYBILL_DRAFT_09);
        if (dkim2_groups_result(by_09, members, n, n_groups) != cases[i].by_09 ||
            dkim2_groups_result(by_06, members, n, n_groups) != cases[i].by_06)
            fail_msg("%s", cases[i].members);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(results)};
    return cmocka_run_group_tests_name("dkim2_groups", tests, NULL, NULL);
}
