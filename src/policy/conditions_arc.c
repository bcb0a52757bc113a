/* What a rule asks of an ARC chain (S-45, S-49). */
#include "dns/name.h"
#include "policy/trying.h"

enum waybill_status chain_validates(struct trying *t, enum holds *out)
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

enum waybill_status length_fits(struct trying *t, enum holds *out)
{
    unsigned n = arc_validated_sets(t->chain);
    bool few = n<t->rule->sets_least, many = n> t->rule->sets_most;
    *out = few || many ? HOLDS_NO : HOLDS_YES;
    t->why = few ? "the chain has fewer sets than the rule wants"
                 : "the chain has more sets than the rule allows";
    return WAYBILL_OK;
}

/* From the newest back: what lies beyond the first that is not trusted is not looked at (S-52). */
enum waybill_status sealers_trusted(struct trying *t, enum holds *out)
{
    enum waybill_status status = WAYBILL_OK;
    *out = HOLDS_YES;
    for (unsigned i = arc_validated_sets(t->chain); i > 0 && *out == HOLDS_YES; i--) {
        struct slice domain = arc_sealer(t->chain, i);
        status = is_trusted(t, domain, WAYBILL_TRUST_SEALER, out);
        if (status == WAYBILL_OK && *out == HOLDS_NO)
            status = not_trusted(t, domain, i);
        if (status != WAYBILL_OK)
            return status;
    }
    return status;
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

enum waybill_status sealers_report(struct trying *t, enum holds *out)
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
