#include "policy/decide.h"

#include "base/buffer.h"
#include "base/limits.h"

#define BIT(method) (1u << (method))

/* --- what DMARC asks for, and the one way to lift it --------------------------------------------
 */

/* What DMARC asks for. Made of DMARC's verdict alone; all that can become of it is nothing. */
struct demand {
    enum dmarc_policy policy;
};

static struct demand demand_of(const struct dmarc *dmarc)
{
    bool fails = dmarc->verdict.result == WAYBILL_RESULT_FAIL;
    return (struct demand){fails ? dmarc->policy : DMARC_NONE};
}

static struct demand lifted(struct demand demand, const struct rule_outcome *rule)
{
    return rule->matched ? (struct demand){DMARC_NONE} : demand;
}

/* --- what is enforced ------------------------------------------------------------------------- */

static enum waybill_result result_of(const struct waybill_record *r, enum waybill_method method)
{
    return waybill_record_result(r, method);
}

/* RFC 6376 section 6.3: a message without a signature is no worse than any other. */
static bool dkim_fails(enum waybill_result result)
{
    return result == WAYBILL_RESULT_FAIL || result == WAYBILL_RESULT_POLICY ||
           result == WAYBILL_RESULT_NEUTRAL || result == WAYBILL_RESULT_PERMERROR;
}

static unsigned failed(const struct waybill_policy *policy, const struct waybill_record *r,
                       struct demand demand)
{
    unsigned all = 0;
    if (result_of(r, WAYBILL_METHOD_SPF) == WAYBILL_RESULT_FAIL)
        all |= BIT(WAYBILL_METHOD_SPF);
    if (dkim_fails(result_of(r, WAYBILL_METHOD_DKIM)))
        all |= BIT(WAYBILL_METHOD_DKIM);
    if (result_of(r, WAYBILL_METHOD_ARC) == WAYBILL_RESULT_FAIL)
        all |= BIT(WAYBILL_METHOD_ARC);
    if (demand.policy == DMARC_REJECT)
        all |= BIT(WAYBILL_METHOD_DMARC);
    return all & policy->reject;
}

static unsigned deferring(const struct waybill_policy *policy, const struct waybill_record *r)
{
    static const enum waybill_method methods[] = {WAYBILL_METHOD_SPF, WAYBILL_METHOD_DKIM,
                                                  WAYBILL_METHOD_ARC, WAYBILL_METHOD_DMARC};
    unsigned all = 0;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (result_of(r, methods[i]) == WAYBILL_RESULT_TEMPERROR)
            all |= BIT(methods[i]);
    return all & policy->defer;
}

/* What is to be done, with this demand and these failures. */
static enum waybill_disposition disposition_of(const struct waybill_policy *policy,
                                               struct demand demand, unsigned fails, unsigned waits)
{
    if (fails)
        return WAYBILL_REJECT;
    if (waits)
        return WAYBILL_DEFER;
    return demand.policy == DMARC_QUARANTINE && policy->reject & BIT(WAYBILL_METHOD_DMARC)
               ? WAYBILL_QUARANTINE
               : WAYBILL_DELIVER;
}

/* With a rule. One that a temporary error keeps from an answer, where the operator waits for such
 * errors of ARC, lets DMARC's demand wait, too. */
static enum waybill_disposition judge(const struct waybill_policy *policy,
                                      const struct waybill_record *r,
                                      const struct rule_outcome *rule, unsigned *fails,
                                      unsigned *waits)
{
    struct demand demand = lifted(demand_of(&r->dmarc), rule);
    *waits = deferring(policy, r);
    if (rule->temporary && demand.policy != DMARC_NONE)
        *waits |= BIT(WAYBILL_METHOD_ARC) & policy->defer;
    if (rule->temporary && *waits & BIT(WAYBILL_METHOD_ARC))
        demand.policy = DMARC_NONE;
    *fails = failed(policy, r, demand);
    return disposition_of(policy, demand, *fails, *waits);
}

/* --- words ------------------------------------------------------------------------------------ */

/* RFC 7372, RFC 8617 section 7.1, RFC 9989 section 7.3. */
static const struct words {
    enum waybill_method method;
    const char *rejected; /* enhanced status codes */
    const char *deferred;
    const char *name;
    const char *text;
} words[] = {
    {WAYBILL_METHOD_DMARC, "5.7.1", "4.7.5", "DMARC", "rejected per DMARC policy of"},
    {WAYBILL_METHOD_SPF, "5.7.23", "4.7.24", "SPF", "SPF: the client may not send for"},
    {WAYBILL_METHOD_DKIM, "5.7.20", "4.7.5", "DKIM", "DKIM: no signature passes"},
    {WAYBILL_METHOD_ARC, "5.7.29", "4.7.5", "ARC", "ARC: the chain does not validate"},
};

enum { WORDS = sizeof words / sizeof words[0] };

/* The first Author Domain that fails with the policy that counts. */
static struct slice failing_author(const struct dmarc *dmarc)
{
    for (size_t i = 0; i < dmarc->n; i++)
        if (dmarc->authors[i].verdict.result == WAYBILL_RESULT_FAIL &&
            dmarc->authors[i].policy == dmarc->policy)
            return dmarc->authors[i].domain;
    return (struct slice){NULL, 0};
}

/* Whom a method's failure is about; p is NULL where it is about nobody. */
static struct slice subject(const struct waybill_record *r, enum waybill_method method)
{
    switch (method) {
    case WAYBILL_METHOD_DMARC:
        return failing_author(&r->dmarc);
    case WAYBILL_METHOD_SPF:
        return r->spf.of[SPF_MAIL_FROM].domain;
    default:
        return (struct slice){NULL, 0};
    }
}

static void add_names(struct buffer *out, unsigned methods)
{
    const char *between = "";
    for (size_t i = 0; i < WORDS; i++)
        if (methods & BIT(words[i].method)) {
            buffer_printf(out, "%s%s", between, words[i].name);
            between = ", ";
        }
}

static const struct words *words_of(unsigned methods)
{
    size_t i = 0;
    while (i + 1 < WORDS && !(methods & BIT(words[i].method)))
        i++;
    return &words[i];
}

static bool is_several(unsigned methods)
{
    return (methods & (methods - 1)) != 0;
}

/* RFC 7208 section 6.2: what the domain says is told as the domain's words. */
static void add_explanation(struct buffer *out, const struct waybill_record *r)
{
    const struct spf_check *spf = &r->spf.of[SPF_MAIL_FROM];
    if (!spf->explanation.p)
        return;
    buffer_add_str(out, "; ");
    buffer_add_escaped(out, slice_sub(spf->domain, 0, LIMIT_NAME_OCTETS));
    buffer_add_str(out, " explains: ");
    buffer_add_escaped(out, slice_sub(spf->explanation, 0, LIMIT_SHOWN_OCTETS / 2));
}

static void add_rejection(struct buffer *out, const struct waybill_record *r, unsigned methods)
{
    const struct words *w = words_of(methods);
    if (is_several(methods)) {
        buffer_add_str(out, "550 5.7.26 several checks fail: ");
        add_names(out, methods);
        return;
    }
    struct slice about = subject(r, w->method);
    buffer_printf(out, "550 %s %s", w->rejected, w->text);
    if (about.n) {
        buffer_add_octet(out, ' ');
        buffer_add_escaped(out, slice_sub(about, 0, LIMIT_NAME_OCTETS));
    }
    if (w->method == WAYBILL_METHOD_SPF)
        add_explanation(out, r);
}

static void add_deferral(struct buffer *out, unsigned methods)
{
    buffer_printf(out, "451 %s ", is_several(methods) ? "4.7.5" : words_of(methods)->deferred);
    add_names(out, methods);
    buffer_add_str(out, " cannot be judged now: try again later");
}

static void add_reply(struct buffer *out, const struct waybill_record *r)
{
    const struct decision *d = &r->decision;
    if (d->disposition == WAYBILL_REJECT)
        add_rejection(out, r, d->failed);
    else if (d->disposition == WAYBILL_DEFER)
        add_deferral(out, d->deferring);
}

static void add_demand(struct buffer *out, const struct decision *d)
{
    buffer_printf(out, "DMARC asks for %s", dmarc_policy_text(d->asked));
    if (d->lifted)
        buffer_printf(out, ", which the rule %s lifts", d->rule.name);
    else if (d->disposition == WAYBILL_DELIVER)
        buffer_add_str(out, ", which is not enforced");
}

static void add_reason(struct buffer *out, const struct waybill_record *r)
{
    const struct decision *d = &r->decision;
    unsigned methods = d->failed ? d->failed : d->deferring;
    add_names(out, methods);
    if (d->failed)
        buffer_add_str(out, is_several(methods) ? " fail, and that is enforced"
                                                : " fails, and that is enforced");
    else if (d->deferring)
        buffer_add_str(out, " cannot be judged now");
    else if (d->asked == DMARC_NONE)
        buffer_add_str(out, "nothing that is enforced fails");
    else
        add_demand(out, d);
}

/* The line has room for all that is put into it: names and explanations are cut before. */
static enum waybill_status write_line(struct arena *arena, const struct waybill_record *r,
                                      void (*add)(struct buffer *, const struct waybill_record *),
                                      const char **out)
{
    char octets[LIMIT_REPLY_OCTETS];
    struct buffer line = buffer_over(octets, sizeof octets);
    struct slice copy;
    *out = NULL;
    add(&line, r);
    if (line.n == 0)
        return WAYBILL_OK;
    if (!arena_copy(arena, buffer_slice(&line), &copy))
        return WAYBILL_NOMEM;
    *out = (const char *)copy.p;
    return WAYBILL_OK;
}

enum waybill_status decide(const struct waybill_policy *policy, struct arena *arena,
                           struct waybill_record *r)
{
    struct decision *d = &r->decision;
    unsigned unused;
    d->made = true;
    d->asked = demand_of(&r->dmarc).policy;
    d->lifted = d->asked != DMARC_NONE && d->rule.matched;
    d->disposition = judge(policy, r, &d->rule, &d->failed, &d->deferring);
    d->rule.would = d->disposition;
    for (size_t i = 0; i < d->n_shadows; i++)
        d->shadows[i].would = judge(policy, r, &d->shadows[i], &unused, &unused);
    enum waybill_status status = write_line(arena, r, add_reply, &d->reply);
    return status == WAYBILL_OK ? write_line(arena, r, add_reason, &d->reason) : status;
}
