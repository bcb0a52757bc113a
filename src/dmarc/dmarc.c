#include "dmarc/dmarc.h"

#include "base/limits.h"
#include "dmarc/align.h"
#include "dmarc/author.h"
#include "dmarc/from.h"
#include "dmarc/walk.h"

const char *dmarc_policy_text(enum dmarc_policy policy)
{
    static const char *const texts[] = {"none", "quarantine", "reject"};
    return texts[policy];
}

static bool is_open(struct verdict verdict)
{
    return verdict.result == WAYBILL_RESULT_NOT_EVALUATED && !verdict.why;
}

/* --- asking ahead ----------------------------------------------------------------------------- */

static bool may_align_with_some(const struct dmarc *d, struct slice domain)
{
    for (size_t i = 0; i < d->n; i++)
        if (alignment_is_possible(&d->authors[i], domain))
            return true;
    return false;
}

/* Whatever the identifiers' standing: what is asked must not depend on which answers came first. */
static enum waybill_status plan_identifiers(struct dmarc *d)
{
    enum waybill_status status = WAYBILL_OK;
    size_t ahead = 0;
    for (size_t i = 0; i < d->n_identifiers && ahead < LIMIT_DMARC_WALKS_AHEAD; i++) {
        struct slice domain = d->identifiers[i].domain;
        struct dmarc_walk *walk;
        if (!may_align_with_some(d, domain) || dmarc_walks_has(d->walks, domain))
            continue;
        ahead++;
        status = dmarc_walks_ask(d->walks, domain, 1, &walk);
        if (status != WAYBILL_OK)
            return status;
    }
    return status;
}

enum waybill_status dmarc_plan(struct arena *arena, struct questions *questions,
                               const struct mailboxes *from, struct dmarc_identifier *identifiers,
                               size_t n, struct dmarc *out)
{
    *out = (struct dmarc){.identifiers = identifiers,
                          .n_identifiers = n,
                          .from_why = from->why,
                          .arena = arena,
                          .questions = questions,
                          .walks = dmarc_walks_new(arena, questions)};
    out->verdict = verdict_of(WAYBILL_RESULT_NOT_EVALUATED, NULL);
    if (!out->walks)
        return WAYBILL_NOMEM;
    if (from->n == 0 && !from->why)
        out->from_why = "From has no mailbox";
    enum waybill_status status = from_domains(from, out);
    for (size_t i = 0; i < out->n && status == WAYBILL_OK; i++)
        if (is_open(out->authors[i].verdict))
            status = author_plan(out, &out->authors[i]);
    return status == WAYBILL_OK ? plan_identifiers(out) : status;
}

/* --- all authors ------------------------------------------------------------------------------ */

/* Why there is no verdict on all that From says (sections 5.3.1 and 11.5); NULL: there is one. */
static const char *trouble_of(const struct dmarc *d)
{
    return d->beyond ? "more Author Domains than are evaluated" : d->from_why;
}

static struct verdict worst(const struct dmarc *d)
{
    static const enum waybill_result worst_first[] = {
        WAYBILL_RESULT_FAIL,          WAYBILL_RESULT_TEMPERROR, WAYBILL_RESULT_PERMERROR,
        WAYBILL_RESULT_NOT_EVALUATED, WAYBILL_RESULT_NONE,      WAYBILL_RESULT_PASS};
    for (size_t r = 0; r < sizeof worst_first / sizeof worst_first[0]; r++)
        for (size_t i = 0; i < d->n; i++)
            if (d->authors[i].verdict.result == worst_first[r])
                return d->authors[i].verdict;
    return verdict_of(WAYBILL_RESULT_PERMERROR, d->from_why);
}

/* The strictest of those that fail (section 11.5). */
static enum dmarc_policy strictest(const struct dmarc *d)
{
    enum dmarc_policy policy = DMARC_NONE;
    for (size_t i = 0; i < d->n; i++)
        if (d->authors[i].verdict.result == WAYBILL_RESULT_FAIL && d->authors[i].policy > policy)
            policy = d->authors[i].policy;
    return policy;
}

static bool any_open(const struct dmarc *d)
{
    for (size_t i = 0; i < d->n; i++)
        if (is_open(d->authors[i].verdict))
            return true;
    return false;
}

enum waybill_status dmarc_evaluate(struct dmarc *dmarc)
{
    dmarc->verdict = verdict_of(WAYBILL_RESULT_NOT_EVALUATED, NULL);
    dmarc->policy = DMARC_NONE;
    for (size_t i = 0; i < dmarc->n; i++) {
        enum waybill_status status = author_evaluate(dmarc, &dmarc->authors[i]);
        if (status != WAYBILL_OK)
            return status;
    }
    if (any_open(dmarc))
        return WAYBILL_OK;
    dmarc->verdict = worst(dmarc);
    dmarc->policy = strictest(dmarc);
    if (trouble_of(dmarc) && dmarc->verdict.result != WAYBILL_RESULT_FAIL)
        dmarc->verdict = verdict_of(WAYBILL_RESULT_PERMERROR, trouble_of(dmarc));
    return WAYBILL_OK;
}
