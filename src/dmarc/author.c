/* From an Author Domain to its verdict: policy discovery (RFC 9989 section 4.10.1), then whether
 * some domain that speaks for it is authenticated (section 5.3). */
#include "dmarc/author.h"

#include "dmarc/align.h"
#include "dmarc/walk.h"

static const struct verdict open = {WAYBILL_RESULT_NOT_EVALUATED, NULL};

enum waybill_status author_plan(struct dmarc *dmarc, const struct dmarc_author *author)
{
    struct dmarc_walk *walk;
    struct asked *exists;
    enum waybill_status status = dmarc_walks_ask(dmarc->walks, author->domain, 1, &walk);
    return status == WAYBILL_OK ? questions_ask(dmarc->questions, WAYBILL_DNS, author->domain,
                                                WAYBILL_DNS_A, (struct slice){NULL, 0}, 1, &exists)
                                : status;
}

/* --- policy ----------------------------------------------------------------------------------- */

/* The Author Domain's own record, else what the walk finds. */
static enum waybill_status discover(struct dmarc *d, struct dmarc_author *a,
                                    struct dmarc_walk *walk, struct dmarc_finding *found)
{
    enum waybill_status status = dmarc_walk_first(d->walks, walk, found);
    if (status != WAYBILL_OK || found->state != DMARC_FOUND_ALL || found->record)
        return status;
    status = dmarc_walk_all(d->walks, walk, found);
    a->organisation = found->organisation;
    return status;
}

/* What follows where no record can be applied; PASS: one can. */
static struct verdict judge_discovery(const struct dmarc_finding *found)
{
    if (found->state == DMARC_FOUND_OPEN)
        return open;
    if (found->state == DMARC_FOUND_TEMPERROR)
        return verdict_of(WAYBILL_RESULT_TEMPERROR, found->why);
    if (!found->record)
        return verdict_of(WAYBILL_RESULT_NONE,
                          found->several ? "no DMARC record: several at one name count as none"
                                         : "no DMARC record");
    if (!found->record->applies)
        return verdict_of(WAYBILL_RESULT_NONE, "a DMARC record without a valid policy and without "
                                               "a valid rua= counts as none");
    return verdict_of(WAYBILL_RESULT_PASS, NULL);
}

/*
 * Whether the Author Domain exists: PASS, FAIL, or that it is open or not known. A name with
 * something below it exists (RFC 8020), so that an answer for "_dmarc." but NXDOMAIN tells it.
 */
static enum waybill_status find_existence(struct dmarc *d, const struct dmarc_author *a,
                                          const struct dmarc_walk *walk, struct verdict *out)
{
    const struct asked *below = walk->places[0]->asked;
    struct asked *own;
    *out = verdict_of(WAYBILL_RESULT_PASS, NULL);
    if (below && below->answer.status != WAYBILL_NXDOMAIN)
        return WAYBILL_OK;
    enum waybill_status status = questions_dns(d->questions, a->domain, WAYBILL_DNS_A, 1, &own);
    if (status != WAYBILL_OK)
        return status;
    if (!own)
        *out = verdict_of(WAYBILL_RESULT_TEMPERROR,
                          "whether the Author Domain exists is not known: too many questions");
    else if (!own->answered)
        *out = open;
    else if (own->answer.status == WAYBILL_SERVFAIL || own->answer.status == WAYBILL_TIMEOUT)
        *out = verdict_of(WAYBILL_RESULT_TEMPERROR,
                          "whether the Author Domain exists is not known: the DNS failed");
    else if (own->answer.status == WAYBILL_NXDOMAIN)
        *out = verdict_of(WAYBILL_RESULT_FAIL, NULL);
    return WAYBILL_OK;
}

static void set_policy(struct dmarc_author *a, enum dmarc_request request)
{
    a->tag = dmarc_request_text(request);
    a->published = a->policy = a->record->requests[request].policy;
    if (a->record->testing && a->policy != DMARC_NONE) /* section 4.7: one level lower */
        a->policy--;
}

/* The policy that holds. *out: PASS, or why that is not known. */
static enum waybill_status find_policy(struct dmarc *d, struct dmarc_author *a,
                                       const struct dmarc_walk *walk, struct verdict *out)
{
    const struct dmarc_record *r = a->record;
    *out = verdict_of(WAYBILL_RESULT_PASS, NULL);
    if (slice_eq(a->policy_domain, a->domain)) {
        set_policy(a, DMARC_P);
        return WAYBILL_OK;
    }
    enum dmarc_request there = dmarc_record_below(r, true), gone = dmarc_record_below(r, false);
    if (there == gone) {
        set_policy(a, there);
        return WAYBILL_OK;
    }
    enum waybill_status status = find_existence(d, a, walk, out);
    if (status != WAYBILL_OK)
        return status;
    bool same = r->requests[there].policy == r->requests[gone].policy;
    if (out->result == WAYBILL_RESULT_TEMPERROR && same)
        *out = verdict_of(WAYBILL_RESULT_PASS, NULL); /* it makes no difference */
    if (out->result == WAYBILL_RESULT_PASS)
        set_policy(a, there);
    if (out->result == WAYBILL_RESULT_FAIL) {
        set_policy(a, gone);
        *out = verdict_of(WAYBILL_RESULT_PASS, NULL);
    }
    return WAYBILL_OK;
}

/* --- identifiers ------------------------------------------------------------------------------ */

/* What the identifiers of one standing came to. */
struct tally {
    size_t of_standing;
    size_t aligned;
    bool open;
    const char *temperror; /* of a walk; NULL: none */
};

/* adkim= is of signing domains (section 4.7): of DKIM2's as of DKIM's. */
static bool is_strict(const struct dmarc_record *record, enum dmarc_method method)
{
    return record->strict[method == DMARC_BY_SPF ? DMARC_BY_SPF : DMARC_BY_DKIM];
}

/* Aligns all identifiers of a standing; those that passed are listed. */
static enum waybill_status align_all(struct dmarc *d, struct dmarc_author *a,
                                     enum dmarc_standing standing, struct tally *out)
{
    *out = (struct tally){0};
    for (size_t i = 0; i < d->n_identifiers; i++) {
        const struct dmarc_identifier *id = &d->identifiers[i];
        struct alignment found;
        if (id->standing != standing)
            continue;
        out->of_standing++;
        enum waybill_status status = alignment_find(
            d, a, id->domain, is_strict(a->record, id->method), DMARC_WAVE_OF_RESULTS, &found);
        if (status != WAYBILL_OK)
            return status;
        if (found.organisation.p)
            a->organisation = found.organisation;
        out->open |= found.state == DMARC_ALIGN_OPEN;
        if (found.state == DMARC_ALIGN_TEMPERROR)
            out->temperror = found.why;
        if (found.state != DMARC_ALIGNED)
            continue;
        out->aligned++;
        if (standing == DMARC_PASSED)
            a->aligned[a->n_aligned++] = i;
    }
    return WAYBILL_OK;
}

static const struct dmarc_identifier *find_standing(const struct dmarc *d,
                                                    enum dmarc_standing standing)
{
    for (size_t i = 0; i < d->n_identifiers; i++)
        if (d->identifiers[i].standing == standing)
            return &d->identifiers[i];
    return NULL;
}

/* Without an aligned pass: what is not certain may have been one. */
static enum waybill_status judge_uncertain(struct dmarc *d, struct dmarc_author *a,
                                           struct verdict *out)
{
    static const char *const not_run[] = {
        [DMARC_BY_SPF] = "SPF was not run: it needs the envelope",
        [DMARC_BY_DKIM] = "DKIM was not evaluated in full",
        [DMARC_BY_DKIM2] = "DKIM2 was not run: it needs the envelope",
    };
    struct tally uncertain;
    enum waybill_status status = align_all(d, a, DMARC_UNCERTAIN, &uncertain);
    const struct dmarc_identifier *missing = find_standing(d, DMARC_NOT_RUN);
    if (uncertain.open)
        *out = open;
    else if (uncertain.aligned)
        *out = verdict_of(WAYBILL_RESULT_TEMPERROR,
                          "an aligned domain's own check had a temporary error");
    else if (uncertain.temperror)
        *out = verdict_of(WAYBILL_RESULT_TEMPERROR, uncertain.temperror);
    else if (missing)
        *out = verdict_of(WAYBILL_RESULT_NOT_EVALUATED, not_run[missing->method]);
    return status;
}

/* Section 5.3.5. */
static enum waybill_status judge_identifiers(struct dmarc *d, struct dmarc_author *a,
                                             struct verdict *out)
{
    struct tally passed;
    enum waybill_status status = align_all(d, a, DMARC_PASSED, &passed);
    if (status != WAYBILL_OK)
        return status;
    *out = open;
    if (passed.aligned) {
        *out = verdict_of(WAYBILL_RESULT_PASS, NULL);
    } else if (!passed.open && !find_standing(d, DMARC_OPEN)) {
        *out =
            verdict_of(WAYBILL_RESULT_FAIL, passed.of_standing ? "no domain that passed is aligned"
                                                               : "neither SPF nor DKIM passed");
        if (passed.temperror)
            *out = verdict_of(WAYBILL_RESULT_TEMPERROR, passed.temperror);
        else
            status = judge_uncertain(d, a, out);
    }
    return status;
}

/* --- all together ----------------------------------------------------------------------------- */

static enum waybill_status apply(struct dmarc *d, struct dmarc_author *a,
                                 const struct dmarc_walk *walk)
{
    struct verdict policy;
    enum waybill_status status = find_policy(d, a, walk, &policy);
    if (status == WAYBILL_OK)
        status = judge_identifiers(d, a, &a->verdict);
    /* A fail without a policy says nothing that anybody could act upon. */
    if (a->verdict.result == WAYBILL_RESULT_FAIL && policy.result != WAYBILL_RESULT_PASS)
        a->verdict = policy;
    return status;
}

enum waybill_status author_evaluate(struct dmarc *dmarc, struct dmarc_author *author)
{
    struct dmarc_walk *walk;
    struct dmarc_finding found;
    if (author->verdict.result == WAYBILL_RESULT_PERMERROR) /* no domain: nothing changes that */
        return WAYBILL_OK;
    *author = (struct dmarc_author){.domain = author->domain, .aligned = author->aligned};
    author->verdict = open;
    enum waybill_status status = dmarc_walks_ask(dmarc->walks, author->domain, 1, &walk);
    if (status == WAYBILL_OK)
        status = discover(dmarc, author, walk, &found);
    if (status != WAYBILL_OK)
        return status;
    author->verdict = judge_discovery(&found);
    if (author->verdict.result != WAYBILL_RESULT_PASS)
        return WAYBILL_OK;
    author->record = found.record;
    author->policy_domain = found.at;
    return apply(dmarc, author, walk);
}
