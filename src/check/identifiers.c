#include "check/identifiers.h"

/* One identifier each, at least. */
enum { METHODS = 2 };

enum waybill_status identifiers_make(struct arena *arena, const struct waybill_record *r,
                                     struct identifiers *out)
{
    size_t most = r->dkim.n + METHODS;
    *out = (struct identifiers){arena_array(arena, most, sizeof *out->all),
                                arena_array(arena, most, sizeof *out->signatures), 1};
    if (!out->all || !out->signatures)
        return WAYBILL_NOMEM;
    out->all[0] = (struct dmarc_identifier){.method = DMARC_BY_SPF,
                                            .domain = r->spf.of[SPF_MAIL_FROM].domain};
    if (!record_has(r, WAYBILL_METHOD_DKIM))
        out->all[out->n++] = (struct dmarc_identifier){.method = DMARC_BY_DKIM};
    for (size_t i = 0; i < r->dkim.n; i++) {
        const struct signature *s = r->dkim.signatures[i];
        if (s->ascii_domain.n == 0 || s->verdict.result != WAYBILL_RESULT_NONE)
            continue; /* it can come to nothing any more */
        out->signatures[out->n] = s;
        out->all[out->n++] =
            (struct dmarc_identifier){.method = DMARC_BY_DKIM, .domain = s->ascii_domain};
    }
    return WAYBILL_OK;
}

/* Of a method that has come to a result. */
static enum dmarc_standing standing_of(enum waybill_result result)
{
    if (result == WAYBILL_RESULT_PASS)
        return DMARC_PASSED;
    return result == WAYBILL_RESULT_TEMPERROR ? DMARC_UNCERTAIN : DMARC_FAILED;
}

static enum dmarc_standing of_spf(const struct waybill_record *r)
{
    const struct verdict v = r->spf.of[SPF_MAIL_FROM].verdict;
    if (!record_has(r, WAYBILL_METHOD_SPF))
        return DMARC_NOT_RUN;
    if (v.result == WAYBILL_RESULT_NOT_EVALUATED)
        return v.why ? DMARC_NOT_RUN : DMARC_OPEN;
    return standing_of(v.result);
}

static enum dmarc_standing of_signature(const struct signature *s)
{
    if (!s)
        return DMARC_NOT_RUN;
    return s->verdict.result == WAYBILL_RESULT_NONE ? DMARC_OPEN : standing_of(s->verdict.result);
}

void identifiers_update(struct identifiers *identifiers, const struct waybill_record *r)
{
    for (size_t i = 0; i < identifiers->n; i++)
        identifiers->all[i].standing = identifiers->all[i].method == DMARC_BY_SPF
                                           ? of_spf(r)
                                           : of_signature(identifiers->signatures[i]);
}
