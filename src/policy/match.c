/* A rule is a table of conditions; the first that does not hold is the reason (S-45, S-49). */
#include "policy/match.h"

#include "base/limits.h"
#include "dns/name.h"
#include "policy/claim_reader.h"

/* What claims of a chain raise: the chain had to be validated first, with answers of wave 1. */
enum { WAVE_OF_CLAIMS = 2 };

/* A rule being tried. */
struct trying {
    const struct waybill_policy *policy;
    const struct waybill_rule *rule;
    struct evaluation *e;
    struct waybill_record *r;
    const struct arc_validated *chain;
    struct claim_reader *reader;
    const char *why;
    bool temporary;
    unsigned instance;
};

enum holds { HOLDS_NO, HOLDS_YES, HOLDS_OPEN };

/* --- reputation ------------------------------------------------------------------------------- */

static const struct slice ROLE_SEALER = SLICE("sealer");

static enum waybill_status ask_reputation(struct evaluation *e, struct slice domain,
                                          struct asked **out)
{
    return questions_ask(e->questions, WAYBILL_REPUTATION, domain, (enum waybill_dns_type)0,
                         ROLE_SEALER, 1, out);
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

enum waybill_status sealer_trusted(const struct waybill_policy *policy, struct evaluation *e,
                                   struct slice domain, unsigned least, enum trust_standing *out)
{
    struct asked *asked = NULL;
    *out = trust_has(&policy->trust, domain, WAYBILL_TRUST_SEALER) ? TRUST_YES : TRUST_NO;
    if (*out == TRUST_YES || least == 0)
        return WAYBILL_OK;
    enum waybill_status status = ask_reputation(e, domain, &asked);
    if (status != WAYBILL_OK || !asked)
        return status;
    if (!asked->answered) {
        *out = TRUST_OPEN;
        return WAYBILL_OK;
    }
    asked->used = true;
    if (has_reputation(&asked->answer, least))
        *out = TRUST_YES;
    return WAYBILL_OK;
}

static bool wants_reputation(const struct waybill_policy *policy)
{
    const struct waybill_rule *in_force = policy_in_force(policy);
    bool wants = in_force && in_force->reputation > 0;
    for (size_t i = 0; i < policy->n_shadows; i++)
        wants = wants || policy_shadow(policy, i)->reputation > 0;
    return wants;
}

enum waybill_status rules_plan(const struct waybill_policy *policy, struct evaluation *e,
                               struct waybill_record *r)
{
    enum waybill_status status = WAYBILL_OK;
    if (!wants_reputation(policy))
        return WAYBILL_OK;
    for (size_t i = 0; i < r->arc.n && status == WAYBILL_OK; i++) {
        const struct signature *seal = r->arc.sets[i].seal;
        struct asked *asked;
        if (seal && seal->ascii_domain.n &&
            !trust_has(&policy->trust, seal->ascii_domain, WAYBILL_TRUST_SEALER))
            status = ask_reputation(e, seal->ascii_domain, &asked);
    }
    return status;
}

/* --- the conditions --------------------------------------------------------------------------- */

/* There is something to lift: DMARC fails, whatever it asks for, so that shadow rules tell of
 * domains without a policy, too. */
static enum waybill_status dmarc_fails(struct trying *t, enum holds *out)
{
    const struct verdict v = t->r->dmarc.verdict;
    *out = v.result == WAYBILL_RESULT_FAIL                      ? HOLDS_YES
           : v.result == WAYBILL_RESULT_NOT_EVALUATED && !v.why ? HOLDS_OPEN
                                                                : HOLDS_NO;
    t->why = "DMARC does not fail";
    return WAYBILL_OK;
}

static enum waybill_status chain_validates(struct trying *t, enum holds *out)
{
    const struct verdict v = t->r->arc.verdict;
    t->chain = arc_validated(&t->r->arc);
    t->temporary = v.result == WAYBILL_RESULT_TEMPERROR;
    t->why = t->temporary                      ? "the chain cannot be judged now"
             : v.result == WAYBILL_RESULT_NONE ? "there is no chain"
                                               : "the chain does not validate";
    *out = t->chain                                             ? HOLDS_YES
           : v.result == WAYBILL_RESULT_NOT_EVALUATED && !v.why ? HOLDS_OPEN
                                                                : HOLDS_NO;
    return WAYBILL_OK;
}

static enum waybill_status length_fits(struct trying *t, enum holds *out)
{
    unsigned n = arc_validated_sets(t->chain);
    bool few = n<t->rule->sets_least, many = n> t->rule->sets_most;
    *out = few || many ? HOLDS_NO : HOLDS_YES;
    t->why = few ? "the chain has fewer sets than the rule wants"
                 : "the chain has more sets than the rule allows";
    return WAYBILL_OK;
}

/* From the newest back: what lies beyond the first that is not trusted is not looked at (S-52). */
static enum waybill_status sealers_trusted(struct trying *t, enum holds *out)
{
    *out = HOLDS_YES;
    for (unsigned i = arc_validated_sets(t->chain); i > 0 && *out == HOLDS_YES; i--) {
        struct slice domain = arc_sealer(t->chain, i);
        enum trust_standing standing;
        enum waybill_status status =
            sealer_trusted(t->policy, t->e, domain, t->rule->reputation, &standing);
        if (status != WAYBILL_OK)
            return status;
        *out = standing == TRUST_YES ? HOLDS_YES : standing == TRUST_NO ? HOLDS_NO : HOLDS_OPEN;
        if (standing == TRUST_NO &&
            !(t->why =
                  arena_printf(t->e->arena, "%.*s (i=%u) is not trusted", SLICE_ARGS(domain), i)))
            return WAYBILL_NOMEM;
    }
    return WAYBILL_OK;
}

/* --- what the sealers report -------------------------------------------------------------------
 */

/* The method of a report, and where its domain stands, by preference (RFC 8601 section 2.7). */
static const struct report {
    const char *method;
    struct {
        const char *ptype, *property;
    } places[2];
} reports[] = {
    [WAYBILL_REPORTED_DKIM] = {"dkim", {{"header", "d"}, {"header", "i"}}},
    [WAYBILL_REPORTED_SPF] = {"spf", {{"smtp", "mailfrom"}, {NULL, NULL}}},
    [WAYBILL_REPORTED_DMARC] = {"dmarc", {{"header", "from"}, {NULL, NULL}}},
};

/* Of a method that is the wanted one and passed: its domain in A-labels; p is NULL else. */
static enum waybill_status passed_domain(struct trying *t, unsigned instance,
                                         const struct authres_method *m, struct slice *out)
{
    const struct report *report = &reports[t->rule->reported];
    struct slice value = {NULL, 0};
    *out = value;
    if (m->version != 1 || !slice_ieq(m->method, slice_str(report->method)) ||
        !claim_result_is(t->reader, instance, m, SLICE("pass")))
        return WAYBILL_OK;
    for (size_t i = 0; i < 2 && report->places[i].ptype && !value.p; i++)
        value = claim_property(t->reader, instance, m, report->places[i].ptype,
                               report->places[i].property);
    struct slice domain = authres_domain(value);
    if (!name_is_domain(domain))
        return WAYBILL_OK;
    enum waybill_status status = name_to_ascii(t->e->arena, domain, out);
    return status == WAYBILL_SYNTAX ? WAYBILL_OK : status;
}

/* All claims of a set are read, also behind one that serves: which of them was decisive is found by
 * leaving out each in turn, and must raise no new question. */
static enum waybill_status set_speaks_for(struct trying *t, unsigned instance,
                                          const struct dmarc_author *author, enum holds *out)
{
    const struct authres *claims = arc_claims(t->chain, instance);
    enum waybill_status status = WAYBILL_OK;
    *out = HOLDS_NO;
    for (size_t i = 0; claims && i < claims->n && status == WAYBILL_OK; i++) {
        enum dmarc_alignment alignment = DMARC_NOT_ALIGNED;
        struct slice domain;
        status = passed_domain(t, instance, &claims->methods[i], &domain);
        if (status == WAYBILL_OK && domain.n)
            status = dmarc_align(&t->r->dmarc, author, domain, t->rule->strict != 0, WAVE_OF_CLAIMS,
                                 &alignment);
        if (alignment == DMARC_ALIGNED)
            *out = HOLDS_YES;
        else if (alignment == DMARC_ALIGN_OPEN && *out == HOLDS_NO)
            *out = HOLDS_OPEN;
        t->temporary = t->temporary || alignment == DMARC_ALIGN_TEMPERROR;
    }
    return status;
}

/* Each Author Domain that fails has to be spoken for. */
static enum waybill_status set_reports(struct trying *t, unsigned instance, enum holds *out)
{
    const struct dmarc *dmarc = &t->r->dmarc;
    *out = HOLDS_YES;
    for (size_t i = 0; i < dmarc->n; i++) {
        enum holds one;
        if (dmarc->authors[i].verdict.result != WAYBILL_RESULT_FAIL)
            continue;
        enum waybill_status status = set_speaks_for(t, instance, &dmarc->authors[i], &one);
        if (status != WAYBILL_OK)
            return status;
        if (one == HOLDS_NO || *out == HOLDS_YES)
            *out = one;
    }
    return WAYBILL_OK;
}

static enum waybill_status sealers_report(struct trying *t, enum holds *out)
{
    unsigned n = arc_validated_sets(t->chain);
    unsigned first = t->rule->reporter == WAYBILL_REPORTER_NEWEST ? n : 1;
    unsigned last = t->rule->reporter == WAYBILL_REPORTER_FIRST ? 1 : n;
    enum waybill_status status =
        t->reader->reads ? WAYBILL_OK : claim_reader_new(t->e->arena, t->reader);
    *out = HOLDS_NO;
    for (unsigned i = first; i <= last && status == WAYBILL_OK; i++) {
        enum holds one;
        status = set_reports(t, i, &one);
        if (status != WAYBILL_OK)
            return status;
        if (one == HOLDS_YES && *out != HOLDS_YES)
            t->instance = i;
        if (one == HOLDS_YES || *out == HOLDS_NO)
            *out = one;
    }
    t->why = t->reader->full ? "the sets report more than is read"
             : t->temporary  ? "whether a reported domain is aligned with From cannot be said now"
                             : "no set that may say so reports such a pass, aligned with From";
    return status;
}

/* --- a rule ----------------------------------------------------------------------------------- */

static enum waybill_status (*const conditions[])(struct trying *, enum holds *) = {
    dmarc_fails, chain_validates, length_fits, sealers_trusted, sealers_report};

static enum waybill_status try_rule(struct trying *t, enum holds *out)
{
    enum waybill_status status = WAYBILL_OK;
    *out = HOLDS_YES;
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0] && *out == HOLDS_YES; i++) {
        status = conditions[i](t, out);
        if (status != WAYBILL_OK)
            return status;
    }
    return status;
}

/* A field is decisive where the rule comes to something else without it. */
static enum waybill_status find_decisive(const struct trying *tried, bool matched)
{
    struct claim_reader *reader = tried->reader;
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < reader->n && status == WAYBILL_OK; i++) {
        struct claim_reader without = *reader;
        struct trying t = *tried;
        enum holds holds = HOLDS_NO;
        without.hidden = reader->places[i];
        t.reader = &without;
        status = sealers_report(&t, &holds);
        reader->reads[i].decisive = (holds == HOLDS_YES) != matched;
    }
    return status;
}

enum waybill_status rule_match(const struct waybill_policy *policy, const struct waybill_rule *rule,
                               struct evaluation *e, struct waybill_record *r,
                               struct rule_outcome *out)
{
    struct claim_reader reader = {.reads = NULL};
    struct trying t = {.policy = policy, .rule = rule, .e = e, .r = r, .reader = &reader};
    enum holds holds;
    enum waybill_status status = try_rule(&t, &holds);
    if (status == WAYBILL_OK && holds != HOLDS_OPEN && reader.n)
        status = find_decisive(&t, holds == HOLDS_YES);
    if (status != WAYBILL_OK)
        return status;
    bool matched = holds == HOLDS_YES;
    *out = (struct rule_outcome){.name = rule->name,
                                 .matched = matched,
                                 .temporary = !matched && t.temporary,
                                 .why = matched || holds == HOLDS_OPEN ? NULL : t.why,
                                 .instance = t.instance,
                                 .reads = reader.reads,
                                 .n_reads = reader.n};
    return WAYBILL_OK;
}
