#include "base/text_error.h"
#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define NAME_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Somebody is trusted, and there are two rules of the operator's. */
static struct waybill_policy *policy_of_test(const char *trust)
{
    static const struct waybill_rule own = {.name = "lists"},
                                     known = {.name = "known", .reputation = 80};
    struct waybill_text_error error;
    struct waybill_policy *policy;
    char why[WAYBILL_POLICY_WHY] = "";
    assert_int_equal(waybill_policy_new(&policy), WAYBILL_OK);
    assert_int_equal(waybill_policy_trust(policy, trust, strlen(trust), &error), WAYBILL_OK);
    assert_int_equal(waybill_policy_rule(policy, &own, why), WAYBILL_OK);
    assert_int_equal(waybill_policy_rule(policy, &known, why), WAYBILL_OK);
    return policy;
}

/* --- a new policy ------------------------------------------------------------------------------
 */

static void at_first(void **state)
{
    struct waybill_policy *policy;
    (void)state;
    assert_int_equal(waybill_policy_new(&policy), WAYBILL_OK);
    assert_null(policy->trust.texts);
    assert_int_equal(policy->n_rules, 2);
    assert_int_equal(policy->in_force, POLICY_NO_RULE);
    assert_int_equal(policy->n_shadows, 0);
    assert_int_equal(policy->reject, 1u << WAYBILL_METHOD_DMARC);
    assert_int_equal(policy->defer, 0);
    waybill_policy_free(policy);
    waybill_policy_free(NULL);
}

static void presets(void **state)
{
    struct waybill_policy *policy;
    (void)state;
    assert_int_equal(waybill_policy_new(&policy), WAYBILL_OK);
    assert_string_equal(policy->rules[0].name, "first-dkim");
    assert_int_equal(policy->rules[0].reported, WAYBILL_REPORTED_DKIM);
    assert_string_equal(policy->rules[1].name, "first-spf");
    assert_int_equal(policy->rules[1].reported, WAYBILL_REPORTED_SPF);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(policy->rules[i].reporter, WAYBILL_REPORTER_FIRST);
        assert_int_equal(policy->rules[i].strict, 0);
        assert_int_equal(policy->rules[i].sets_least, 1);
        assert_int_equal(policy->rules[i].sets_most, 50);
        assert_int_equal(policy->rules[i].reputation, 0);
    }
    waybill_policy_free(policy);
}

static void methods(void **state)
{
    struct waybill_policy *policy;
    (void)state;
    assert_int_equal(waybill_policy_new(&policy), WAYBILL_OK);
    waybill_policy_reject(policy, WAYBILL_METHOD_SPF, 1);
    waybill_policy_reject(policy, WAYBILL_METHOD_SPF, 2);
    assert_int_equal(policy->reject, 1u << WAYBILL_METHOD_DMARC | 1u << WAYBILL_METHOD_SPF);
    waybill_policy_reject(policy, WAYBILL_METHOD_DMARC, 0);
    assert_int_equal(policy->reject, 1u << WAYBILL_METHOD_SPF);
    waybill_policy_defer(policy, WAYBILL_METHOD_DKIM, 1);
    waybill_policy_defer(policy, WAYBILL_METHOD_ARC, 1);
    waybill_policy_defer(policy, WAYBILL_METHOD_DKIM, 0);
    assert_int_equal(policy->defer, 1u << WAYBILL_METHOD_ARC);
    waybill_policy_free(policy);
}

/* --- rules -------------------------------------------------------------------------------------
 */

static const struct rule_case {
    const char *name;
    struct waybill_rule rule;
    enum waybill_status status;
    const char *why;
} rule_cases[] = {
    {"the least", {.name = "a"}, WAYBILL_OK, ""},
    {"all of it",
     {"A-z_0.9", WAYBILL_REPORTED_DMARC, WAYBILL_REPORTER_ANY, 1, 2, 3, 100},
     WAYBILL_OK,
     ""},
    {"the longest name", {.name = NAME_64}, WAYBILL_OK, ""},
    {"exactly one number of sets", {.name = "a", .sets_least = 3, .sets_most = 3}, WAYBILL_OK, ""},
    {"all sets there can be", {.name = "a", .sets_least = 50, .sets_most = 50}, WAYBILL_OK, ""},
    {"a name too long",
     {.name = NAME_64 "0"},
     WAYBILL_REFUSED,
     "'0123456789abcdef0123456789abcdef01234567': no name of a rule: use 1 to 64 of A-Z a-z 0-9 "
     ". _ -"},
    {"an empty name",
     {.name = ""},
     WAYBILL_REFUSED,
     "'': no name of a rule: use 1 to 64 of A-Z a-z 0-9 . _ -"},
    {"a space in a name",
     {.name = "a b"},
     WAYBILL_REFUSED,
     "'a b': no name of a rule: use 1 to 64 of A-Z a-z 0-9 . _ -"},
    {"octets that are not printed",
     {.name = "\x1B-\xE9"},
     WAYBILL_REFUSED,
     "'?-?': no name of a rule: use 1 to 64 of A-Z a-z 0-9 . _ -"},
    {"a preset's name",
     {.name = "first-dkim"},
     WAYBILL_REFUSED,
     "'first-dkim': the name is taken: choose another"},
    {"the other preset's name",
     {.name = "first-spf"},
     WAYBILL_REFUSED,
     "'first-spf': the name is taken: choose another"},
    {"off", {.name = "off"}, WAYBILL_REFUSED, "'off': the name is taken: choose another"},
    {"a name that is there",
     {.name = "lists"},
     WAYBILL_REFUSED,
     "'lists': the name is taken: choose another"},
    {"too many sets",
     {.name = "a", .sets_most = 51},
     WAYBILL_REFUSED,
     "'a': at most 51 sets: no valid chain has over 50: use 1 to 50"},
    {"more at least than at most",
     {.name = "a", .sets_least = 3, .sets_most = 2},
     WAYBILL_REFUSED,
     "'a': at least 3 sets and at most 2: it can never match: lower the one or raise the other"},
    {"more at least than there can be",
     {.name = "a", .sets_least = 51},
     WAYBILL_REFUSED,
     "'a': at least 51 sets and at most 50: it can never match: lower the one or raise the other"},
    {"a reputation that nobody has",
     {.name = "a", .reputation = 101},
     WAYBILL_REFUSED,
     "'a': a reputation of 101: it can never match: use 1 to 100"},
    {"no name at all", {.name = NULL}, WAYBILL_MISUSE, ""},
    {"an unknown method", {.name = "a", .reported = (enum waybill_reported)3}, WAYBILL_MISUSE, ""},
    {"an unknown set", {.name = "a", .reporter = (enum waybill_reporter)3}, WAYBILL_MISUSE, ""},
};

static void run_rule_case(void **state)
{
    const struct rule_case *c = *state;
    struct waybill_policy *policy = policy_of_test("");
    char why[WAYBILL_POLICY_WHY] = "";
    size_t before = policy->n_rules;
    assert_int_equal(waybill_policy_rule(policy, &c->rule, why), c->status);
    assert_string_equal(why, c->why);
    assert_int_equal(policy->n_rules, before + (c->status == WAYBILL_OK));
    waybill_policy_free(policy);
}

static void a_rule_is_copied(void **state)
{
    struct waybill_policy *policy;
    char why[WAYBILL_POLICY_WHY] = "", name[] = "mine";
    struct waybill_rule rule = {.name = name, .strict = 1, .sets_most = 2, .reputation = 7};
    (void)state;
    assert_int_equal(waybill_policy_new(&policy), WAYBILL_OK);
    assert_int_equal(waybill_policy_rule(policy, &rule, why), WAYBILL_OK);
    name[0] = 'x';
    assert_string_equal(policy->rules[2].name, "mine");
    assert_int_equal(policy->rules[2].strict, 1);
    assert_int_equal(policy->rules[2].sets_least, 1);
    assert_int_equal(policy->rules[2].sets_most, 2);
    assert_int_equal(policy->rules[2].reputation, 7);
    waybill_policy_free(policy);
}

static void too_many_rules(void **state)
{
    struct waybill_policy *policy;
    char why[WAYBILL_POLICY_WHY] = "", name[16];
    struct waybill_rule rule = {.name = name, .reputation = 1};
    (void)state;
    assert_int_equal(waybill_policy_new(&policy), WAYBILL_OK);
    for (size_t i = policy->n_rules; i < LIMIT_RULES; i++) {
        snprintf(name, sizeof name, "r%zu", i);
        assert_int_equal(waybill_policy_rule(policy, &rule, why), WAYBILL_OK);
        assert_int_equal(waybill_policy_shadow(policy, name, why), WAYBILL_OK);
    }
    snprintf(name, sizeof name, "last");
    assert_int_equal(waybill_policy_rule(policy, &rule, why), WAYBILL_REFUSED);
    assert_string_equal(why, "'last': there are 32 rules already: leave out one that is not used");
    waybill_policy_free(policy);
}

/* --- rules in use ------------------------------------------------------------------------------
 */

#define NOBODY \
    ": nobody is trusted as a sealer, so that it can never match: name sealers in the trust file"

/* What a name comes to as the rule in force, and as a shadow rule. */
static const struct use_case {
    const char *name, *trust, *rule;
    const char *override, *shadow; /* "" where it is taken */
} use_cases[] = {
    {"a preset", "example.org", "first-dkim", "", ""},
    {"the other preset", "example.org sealer", "first-spf", "", ""},
    {"a rule of the operator's", "*.example.org", "lists", "", ""},
    {"a rule with a reputation", "", "known", "", ""},
    {"off", "", "off", "", "'off' is no rule that could be a shadow: leave it out"},
    {"nobody is trusted", "", "first-dkim", "'first-dkim'" NOBODY, "'first-dkim'" NOBODY},
    {"only signers are trusted", "example.org signer", "lists", "'lists'" NOBODY, "'lists'" NOBODY},
    {"unknown, near to a preset", "example.org", "first-dikm",
     "'first-dikm': no such rule: did you mean first-dkim?",
     "'first-dikm': no such rule: did you mean first-dkim?"},
    {"unknown, near to the operator's", "example.org", "list",
     "'list': no such rule: did you mean lists?", "'list': no such rule: did you mean lists?"},
    {"unknown, near to off", "example.org", "of", "'of': no such rule: did you mean off?",
     "'of': no such rule: did you mean off?"},
    {"unknown", "example.org", "nonsense",
     "'nonsense': no such rule: define it, or use first-dkim or first-spf",
     "'nonsense': no such rule: define it, or use first-dkim or first-spf"},
};

static void run_use_case(void **state)
{
    const struct use_case *c = *state;
    struct waybill_policy *policy = policy_of_test(c->trust);
    char why[WAYBILL_POLICY_WHY] = "";
    assert_int_equal(waybill_policy_override(policy, c->rule, why),
                     c->override[0] ? WAYBILL_REFUSED : WAYBILL_OK);
    assert_string_equal(why, c->override);
    if (policy->in_force != POLICY_NO_RULE)
        assert_string_equal(policy->rules[policy->in_force].name, c->rule);
    else
        assert_true(c->override[0] || strcmp(c->rule, "off") == 0);
    why[0] = '\0';
    assert_int_equal(waybill_policy_shadow(policy, c->rule, why),
                     c->shadow[0] ? WAYBILL_REFUSED : WAYBILL_OK);
    assert_string_equal(why, c->shadow);
    assert_int_equal(policy->n_shadows, c->shadow[0] ? 0 : 1);
    if (policy->n_shadows)
        assert_string_equal(policy->rules[policy->shadows[0]].name, c->rule);
    waybill_policy_free(policy);
}

static void the_last_override_holds(void **state)
{
    struct waybill_policy *policy = policy_of_test("example.org");
    char why[WAYBILL_POLICY_WHY] = "";
    (void)state;
    assert_int_equal(waybill_policy_override(policy, "first-spf", why), WAYBILL_OK);
    assert_int_equal(waybill_policy_override(policy, "lists", why), WAYBILL_OK);
    assert_int_equal(waybill_policy_override(policy, "nonsense", why), WAYBILL_REFUSED);
    assert_string_equal(policy->rules[policy->in_force].name, "lists");
    assert_int_equal(waybill_policy_override(policy, "off", why), WAYBILL_OK);
    assert_int_equal(policy->in_force, POLICY_NO_RULE);
    waybill_policy_free(policy);
}

static void a_shadow_stands_once(void **state)
{
    struct waybill_policy *policy = policy_of_test("example.org");
    char why[WAYBILL_POLICY_WHY] = "";
    (void)state;
    assert_int_equal(waybill_policy_shadow(policy, "lists", why), WAYBILL_OK);
    assert_int_equal(waybill_policy_shadow(policy, "first-spf", why), WAYBILL_OK);
    assert_int_equal(waybill_policy_shadow(policy, "lists", why), WAYBILL_REFUSED);
    assert_string_equal(why, "'lists' is shadow already: name it once");
    assert_int_equal(policy->n_shadows, 2);
    waybill_policy_free(policy);
}

int main(void)
{
    enum {
        RULES = sizeof rule_cases / sizeof *rule_cases,
        USES = sizeof use_cases / sizeof *use_cases,
        OTHERS = 7,
    };
    struct CMUnitTest tests[OTHERS + RULES + USES] = {
        cmocka_unit_test(at_first),
        cmocka_unit_test(presets),
        cmocka_unit_test(methods),
        cmocka_unit_test(a_rule_is_copied),
        cmocka_unit_test(too_many_rules),
        cmocka_unit_test(the_last_override_holds),
        cmocka_unit_test(a_shadow_stands_once),
    };
    struct CMUnitTest *next = tests + OTHERS;
    for (size_t i = 0; i < RULES; i++)
        *next++ = (struct CMUnitTest){rule_cases[i].name, run_rule_case, NULL, NULL,
                                      (void *)(uintptr_t)&rule_cases[i]};
    for (size_t i = 0; i < USES; i++)
        *next++ = (struct CMUnitTest){use_cases[i].name, run_use_case, NULL, NULL,
                                      (void *)(uintptr_t)&use_cases[i]};
    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
