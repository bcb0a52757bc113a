#include "check/identifiers.h"

/* One identifier each, at least. */
enum { METHODS = 3 };

/* Instance 1 alone says whose message it was; the rest says who passed it on. */
static struct slice originator(const struct waybill_record *r)
{
    const struct dkim2 *dkim2 = &r->dkim2;
    return dkim2->n_signatures && dkim2->signatures[0] ? dkim2->signatures[0]->ascii_domain
                                                       : (struct slice){NULL, 0};
}

enum waybill_status identifiers_make(struct arena *arena, const struct waybill_record *r,
                                     bool dkim2, struct identifiers *out)
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
    if (dkim2 && originator(r).n)
        out->all[out->n++] =
            (struct dmarc_identifier){.method = DMARC_BY_DKIM2, .domain = originator(r)};
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

/* NOT_EVALUATED is open without a reason, and not run with one. */
static enum dmarc_standing of_verdict(const struct waybill_record *r, enum waybill_method method,
                                      struct verdict v)
{
    if (!record_has(r, method))
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

static enum dmarc_standing standing(const struct identifiers *identifiers, size_t i,
                                    const struct waybill_record *r)
{
    switch (identifiers->all[i].method) {
    case DMARC_BY_SPF:
        return of_verdict(r, WAYBILL_METHOD_SPF, r->spf.of[SPF_MAIL_FROM].verdict);
    case DMARC_BY_DKIM2:
        return of_verdict(r, WAYBILL_METHOD_DKIM2, r->dkim2.verdict);
    case DMARC_BY_DKIM:
        break;
    }
    return of_signature(identifiers->signatures[i]);
}

void identifiers_update(struct identifiers *identifiers, const struct waybill_record *r)
{
    for (size_t i = 0; i < identifiers->n; i++)
        identifiers->all[i].standing = standing(identifiers, i, r);
}
