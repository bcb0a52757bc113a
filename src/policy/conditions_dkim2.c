/* What a rule asks of a chain of custody: nothing that anybody says, only what is proved. */
#include "policy/trying.h"

enum waybill_status custody_proved(struct trying *t, enum holds *out)
{
    const struct verdict v = t->r->dkim2.verdict;
    t->temporary = v.result == WAYBILL_RESULT_TEMPERROR;
    t->why = t->temporary ? "the chain of custody cannot be judged now"
                          : "the chain of custody is not proved";
    *out = v.result == WAYBILL_RESULT_PASS                      ? HOLDS_YES
           : v.result == WAYBILL_RESULT_NOT_EVALUATED && !v.why ? HOLDS_OPEN
                                                                : HOLDS_NO;
    return WAYBILL_OK;
}

enum waybill_status hops_fit(struct trying *t, enum holds *out)
{
    size_t n = t->r->dkim2.n_signatures;
    bool few = n<t->rule->sets_least, many = n> t->rule->sets_most;
    *out = few || many ? HOLDS_NO : HOLDS_YES;
    t->why = few ? "the chain has fewer hops than the rule wants"
                 : "the chain has more hops than the rule allows";
    return WAYBILL_OK;
}

enum waybill_status revisers_trusted(struct trying *t, enum holds *out)
{
    const struct dkim2 *dkim2 = &t->r->dkim2;
    enum waybill_status status = WAYBILL_OK;
    *out = HOLDS_YES;
    for (size_t i = dkim2->n_signatures; i > 0 && *out == HOLDS_YES; i--) {
        struct slice domain = dkim2->signatures[i - 1]->ascii_domain;
        if (!dkim2_revises(dkim2, i - 1))
            continue;
        status = is_trusted(t, domain, WAYBILL_TRUST_SIGNER, out);
        if (status == WAYBILL_OK && *out == HOLDS_NO)
            status = not_trusted(t, domain, (unsigned)i);
        if (status != WAYBILL_OK)
            return status;
    }
    return status;
}

enum waybill_status originator_aligned(struct trying *t, enum holds *out)
{
    struct dmarc *dmarc = &t->r->dmarc;
    struct slice domain = t->r->dkim2.signatures[0]->ascii_domain;
    *out = HOLDS_YES;
    t->why = "the originator is not aligned with From";
    for (size_t i = 0; i < dmarc->n && *out == HOLDS_YES; i++) {
        enum dmarc_alignment alignment;
        if (dmarc->authors[i].verdict.result != WAYBILL_RESULT_FAIL)
            continue;
        enum waybill_status status = dmarc_align(dmarc, &dmarc->authors[i], domain,
                                                 t->rule->strict != 0, WAVE_OF_CLAIMS, &alignment);
        if (status != WAYBILL_OK)
            return status;
        *out = alignment == DMARC_ALIGNED      ? HOLDS_YES
               : alignment == DMARC_ALIGN_OPEN ? HOLDS_OPEN
                                               : HOLDS_NO;
        t->temporary = alignment == DMARC_ALIGN_TEMPERROR;
    }
    return WAYBILL_OK;
}
