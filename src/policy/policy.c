#include "policy/policy.h"

#include "base/nearest.h"
#include "base/text_error.h"
#include "dns/name.h"

#include <stdlib.h>

_Static_assert((int)WAYBILL_POLICY_WHY == (int)TEXT_WHY_OCTETS, "one size for every sentence");

/* ARC usage guidance, section 4.2 (a) and (b). */
static const struct waybill_rule presets[] = {
    {.name = WAYBILL_RULE_FIRST_DKIM, .reported = WAYBILL_REPORTED_DKIM},
    {.name = WAYBILL_RULE_FIRST_SPF, .reported = WAYBILL_REPORTED_SPF},
};

/* --- rules ------------------------------------------------------------------------------------ */

static int find_rule(const struct waybill_policy *policy, const char *name)
{
    for (size_t i = 0; i < policy->n_rules; i++) {
        if (strcmp(policy->rules[i].name, name) == 0)
            return (int)i;
    }
    return POLICY_NO_RULE;
}

static bool is_off(const char *name)
{
    return strcmp(name, WAYBILL_RULE_OFF) == 0;
}

bool policy_name_is(struct slice name)
{
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = name.p[i];
        if (!octet_is_alpha(c) && !octet_is_digit(c) && c != '.' && c != '_' && c != '-')
            return false;
    }
    return name.n >= 1 && name.n <= LIMIT_RULE_NAME;
}

/* The rule as decisions read it: nothing left out. */
static struct waybill_rule complete(const struct waybill_rule *given)
{
    struct waybill_rule rule = *given;
    if (rule.sets_least == 0)
        rule.sets_least = 1;
    if (rule.sets_most == 0)
        rule.sets_most = (unsigned)LIMIT_ARC_SETS;
    return rule;
}

static void put_rule(struct waybill_policy *policy, const struct waybill_rule *rule)
{
    size_t at = policy->n_rules++;
    policy->rules[at] = *rule;
    memcpy(policy->names[at], rule->name, strlen(rule->name) + 1);
    policy->rules[at].name = policy->names[at];
}

static enum waybill_status check_name(const struct waybill_policy *policy, const char *name,
                                      char *why)
{
    if (!policy_name_is(slice_str(name)))
        return text_refusal(why, "'%.*s': no name of a rule: use 1 to %zu of A-Z a-z 0-9 . _ -",
                            SLICE_ARGS(text_shown(slice_str(name))), LIMIT_RULE_NAME);
    if (is_off(name) || find_rule(policy, name) != POLICY_NO_RULE)
        return text_refusal(why, "'%s': the name is taken: choose another", name);
    return WAYBILL_OK;
}

/* What no chain can ever meet. */
static enum waybill_status check_conditions(const struct waybill_rule *rule, char *why)
{
    if (rule->sets_most > LIMIT_ARC_SETS)
        return text_refusal(why, "'%s': at most %u sets: no valid chain has over %zu: use 1 to %zu",
                            rule->name, rule->sets_most, LIMIT_ARC_SETS, LIMIT_ARC_SETS);
    if (rule->sets_least > rule->sets_most)
        return text_refusal(why,
                            "'%s': at least %u sets and at most %u: it can never match: lower the "
                            "one or raise the other",
                            rule->name, rule->sets_least, rule->sets_most);
    if (rule->reputation > LIMIT_REPUTATION)
        return text_refusal(why, "'%s': a reputation of %u: it can never match: use 1 to %u",
                            rule->name, rule->reputation, LIMIT_REPUTATION);
    return WAYBILL_OK;
}

static bool is_known(const struct waybill_rule *rule)
{
    return rule->name && (unsigned)rule->reported <= WAYBILL_REPORTED_DKIM2 &&
           (unsigned)rule->reporter <= WAYBILL_REPORTER_ANY;
}

enum waybill_status waybill_policy_rule(struct waybill_policy *policy,
                                        const struct waybill_rule *rule,
                                        char why[WAYBILL_POLICY_WHY])
{
    if (!is_known(rule))
        return WAYBILL_MISUSE;
    struct waybill_rule whole = complete(rule);
    enum waybill_status status = check_name(policy, rule->name, why);
    if (status == WAYBILL_OK)
        status = check_conditions(&whole, why);
    if (status != WAYBILL_OK)
        return status;
    if (policy->n_rules == LIMIT_RULES)
        return text_refusal(why,
                            "'%s': there are %zu rules already: leave out one that is not "
                            "used",
                            rule->name, LIMIT_RULES);
    put_rule(policy, &whole);
    return WAYBILL_OK;
}

/* --- rules in use ----------------------------------------------------------------------------- */

static enum waybill_status refuse_unknown(const struct waybill_policy *policy, const char *name,
                                          char *why)
{
    struct nearest nearest = nearest_new(slice_str(name));
    struct slice shown = text_shown(slice_str(name));
    nearest_offer(&nearest, WAYBILL_RULE_OFF);
    for (size_t i = 0; i < policy->n_rules; i++)
        nearest_offer(&nearest, policy->rules[i].name);
    if (nearest.name)
        return text_refusal(why, "'%.*s': no such rule: did you mean %s?", SLICE_ARGS(shown),
                            nearest.name);
    return text_refusal(why, "'%.*s': no such rule: define it, or use %s or %s", SLICE_ARGS(shown),
                        WAYBILL_RULE_FIRST_DKIM, WAYBILL_RULE_FIRST_SPF);
}

/* A rule that is to be used, and that can match: every sealer of a chain has to be trusted, or to
 * have a reputation. */
static enum waybill_status take_rule(const struct waybill_policy *policy, const char *name,
                                     int *out, char *why)
{
    *out = find_rule(policy, name);
    if (*out == POLICY_NO_RULE)
        return refuse_unknown(policy, name, why);
    const struct waybill_rule *rule = &policy->rules[*out];
    /* A chain of DKIM2 that nobody changed needs nobody's trust. */
    if (rule->reputation == 0 && rule->reported != WAYBILL_REPORTED_DKIM2 &&
        !(policy->trust.roles & WAYBILL_TRUST_SEALER))
        return text_refusal(why,
                            "'%s': nobody is trusted as a sealer, so that it can never match: name "
                            "sealers in the trust file",
                            name);
    return WAYBILL_OK;
}

enum waybill_status waybill_policy_override(struct waybill_policy *policy, const char *name,
                                            char why[WAYBILL_POLICY_WHY])
{
    int rule = POLICY_NO_RULE;
    enum waybill_status status = is_off(name) ? WAYBILL_OK : take_rule(policy, name, &rule, why);
    if (status == WAYBILL_OK)
        policy->in_force = rule;
    return status;
}

enum waybill_status waybill_policy_shadow(struct waybill_policy *policy, const char *name,
                                          char why[WAYBILL_POLICY_WHY])
{
    int rule;
    if (is_off(name))
        return text_refusal(why, "'%s' is no rule that could be a shadow: leave it out", name);
    enum waybill_status status = take_rule(policy, name, &rule, why);
    if (status != WAYBILL_OK)
        return status;
    for (size_t i = 0; i < policy->n_shadows; i++) {
        if (policy->shadows[i] == (size_t)rule)
            return text_refusal(why, "'%s' is shadow already: name it once", name);
    }
    policy->shadows[policy->n_shadows++] = (size_t)rule;
    return WAYBILL_OK;
}

/* --- what is enforced ------------------------------------------------------------------------- */

static void set_method(unsigned *mask, enum waybill_method method, int on)
{
    *mask = on ? *mask | 1u << method : *mask & ~(1u << method);
}

void waybill_policy_reject(struct waybill_policy *policy, enum waybill_method method, int on)
{
    set_method(&policy->reject, method, on);
}

void waybill_policy_defer(struct waybill_policy *policy, enum waybill_method method, int on)
{
    set_method(&policy->defer, method, on);
}

/* --- trust ------------------------------------------------------------------------------------ */

enum waybill_status waybill_policy_trust(struct waybill_policy *policy, const void *text, size_t n,
                                         struct waybill_text_error *error)
{
    return trust_add(&policy->trust, slice_of(text, n), error);
}

static enum waybill_status list_lines(const struct trust *trust, struct slice domain,
                                      struct waybill_trust_line **list, size_t *n)
{
    size_t there = trust_lines(trust, domain, NULL, 0);
    if (there == 0)
        return WAYBILL_OK;
    *list = malloc(there * sizeof **list);
    if (!*list)
        return WAYBILL_NOMEM;
    *n = trust_lines(trust, domain, *list, there);
    return WAYBILL_OK;
}

enum waybill_status waybill_policy_trust_lines(const struct waybill_policy *policy,
                                               const char *domain, struct waybill_trust_line **list,
                                               size_t *n)
{
    struct slice name = name_without_dot(slice_str(domain)), ascii;
    struct arena arena = arena_new();
    *list = NULL;
    *n = 0;
    enum waybill_status status =
        name_is_domain(name) ? name_to_ascii(&arena, name, &ascii) : WAYBILL_SYNTAX;
    if (status == WAYBILL_OK)
        status = list_lines(&policy->trust, ascii, list, n);
    arena_free(&arena);
    return status;
}

/* --- the policy ------------------------------------------------------------------------------- */

enum waybill_status waybill_policy_new(struct waybill_policy **out)
{
    struct waybill_policy *policy = calloc(1, sizeof *policy);
    *out = policy;
    if (!policy)
        return WAYBILL_NOMEM;
    policy->trust = trust_new();
    policy->in_force = POLICY_NO_RULE;
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        struct waybill_rule preset = complete(&presets[i]);
        put_rule(policy, &preset);
    }
    waybill_policy_reject(policy, WAYBILL_METHOD_DMARC, 1);
    return WAYBILL_OK;
}

void waybill_policy_free(struct waybill_policy *policy)
{
    if (!policy)
        return;
    trust_free(&policy->trust);
    free(policy);
}
