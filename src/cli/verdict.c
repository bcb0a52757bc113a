#include "cli/verdict.h"

#include "base/limits.h"
#include "dkim2/also.h"
#include "dns/name.h"
#include "record/record.h"

/* The domain people see: of the one mailbox in From. */
static struct slice from_domain(const struct waybill_record *r)
{
    return r->from.n ? r->from.all[0].domain : (struct slice){NULL, 0};
}

/* One domain is the other's or lies below it: what can be said without asking the DNS. */
static bool related(struct slice a, struct slice b)
{
    return a.n && b.n && (name_is_within(a, b) || name_is_within(b, a));
}

/* A name, and what follows it without a space. */
static void say_name(struct page *page, struct slice name, const char *behind)
{
    char text[LIMIT_NAME_OCTETS + 8];
    struct buffer b = buffer_over(text, sizeof text);
    buffer_add(&b, slice_sub(name, 0, LIMIT_NAME_OCTETS));
    buffer_add_str(&b, behind);
    page_words(page, TONE_STRONG, buffer_slice(&b));
}

/* A signature of the author's own domain where there is one, else any that passes. */
static const struct signature *best_signature(const struct waybill_record *r)
{
    const struct signature *best = NULL;
    for (size_t i = 0; i < r->dkim.n; i++) {
        const struct signature *s = r->dkim.signatures[i];
        if (s->verdict.result != WAYBILL_RESULT_PASS)
            continue;
        if (related(s->ascii_domain, from_domain(r)))
            return s;
        if (!best)
            best = s;
    }
    return best;
}

static void say_dkim(struct page *page, const struct waybill_record *r)
{
    const struct signature *s = best_signature(r);
    struct slice from = from_domain(r);
    if (s && related(s->ascii_domain, from)) {
        say_name(page, s->domain, "");
        page_say(page, TONE_PLAIN, "signed this message, and what it signed arrived unchanged.");
    } else if (s) {
        page_say(page, TONE_PLAIN, "The signature of");
        say_name(page, s->domain, "");
        page_say(page, TONE_PLAIN, "verifies, but says nothing about the author's domain");
        say_name(page, from.n ? from : SLICE("(there is none)"), ".");
    } else if (r->dkim.n == 0) {
        page_say(page, TONE_PLAIN, "No DKIM signature speaks for this message.");
    } else if (dkim_result(&r->dkim) == WAYBILL_RESULT_TEMPERROR) {
        page_say(page, TONE_PLAIN,
                 "Whether a DKIM signature verifies cannot be said now: a key "
                 "was not to be had.");
    } else {
        page_say(page, TONE_PLAIN, "No DKIM signature of this message verifies.");
    }
}

static void say_chain_pass(struct page *page, const struct arc_chain *chain)
{
    unsigned oldest = chain->oldest_pass ? chain->oldest_pass : 1;
    page_say(page, TONE_GOOD, "The chain holds:");
    if (chain->n == 1)
        page_say(page, TONE_PLAIN, "its one set verifies;");
    else
        page_say(page, TONE_PLAIN, "all %zu seals verify;", chain->n);
    page_say(page, TONE_PLAIN, "what");
    say_name(page, chain->sets[0].seal->domain, "");
    page_say(page, TONE_PLAIN, "says it saw stands as it was sealed, and the message is as");
    say_name(page, chain->sets[oldest - 1].message_signature->domain, "");
    page_say(page, TONE_PLAIN,
             "(i=%u) left it. Whether the sealers are believed is the "
             "receiver's decision.",
             oldest);
}

static void say_chain_fail(struct page *page, const struct arc_chain *chain)
{
    page_say(page, TONE_BAD, "The chain is broken:");
    if (chain->failing.p)
        page_words(page, TONE_PLAIN, chain->failing);
    if (chain->failing_instance)
        page_say(page, TONE_PLAIN, "i=%u:", chain->failing_instance);
    page_say(page, TONE_PLAIN, "%s.", chain->verdict.why);
    page_say(page, TONE_PLAIN, "What its sealers claim counts for nothing.");
}

static void say_arc(struct page *page, const struct arc_chain *chain)
{
    switch (chain->verdict.result) {
    case WAYBILL_RESULT_PASS:
        say_chain_pass(page, chain);
        break;
    case WAYBILL_RESULT_FAIL:
        say_chain_fail(page, chain);
        break;
    case WAYBILL_RESULT_TEMPERROR:
        page_say(page, TONE_WARN, "The chain cannot be judged now:");
        page_say(page, TONE_PLAIN, "%s.", chain->verdict.why);
        break;
    default:
        break;
    }
}

/* --- dkim2 -------------------------------------------------------------------------------------
 */

static void say_custody(struct page *page, const struct dkim2 *dkim2)
{
    const struct dkim2_signature *first = dkim2->n_signatures ? dkim2->signatures[0] : NULL;
    switch (dkim2->verdict.result) {
    case WAYBILL_RESULT_PASS:
        page_say(page, TONE_GOOD, "The chain of custody is proved");
        page_say(page, TONE_PLAIN, "back to");
        say_name(page, first ? first->domain : SLICE("?"), ":");
        page_say(page, TONE_PLAIN,
                 "every hop signed what it passed on, and every change is undone.");
        break;
    case WAYBILL_RESULT_TEMPERROR:
        page_say(page, TONE_WARN, "The chain of custody cannot be judged now:");
        page_say(page, TONE_PLAIN, "%s.", dkim2->verdict.why);
        break;
    case WAYBILL_RESULT_NOT_EVALUATED:
        page_say(page, TONE_WARN, "The chain of custody is not judged:");
        page_say(page, TONE_PLAIN, "%s (--mail-from, --rcpt-to).", dkim2->verdict.why);
        break;
    default:
        page_say(page, TONE_BAD, "The chain of custody is not proved:");
        page_say(page, TONE_PLAIN, "%s.", dkim2->verdict.why);
        break;
    }
    if (dkim2->also && dkim2->also->verdict.result != dkim2->verdict.result)
        page_say(page, TONE_DIM, "(By draft %s: %s.)", dkim2->also->draft->name,
                 waybill_result_text(dkim2->also->verdict.result));
}

/* --- dmarc -------------------------------------------------------------------------------------
 */

static void say_policy(struct page *page, const struct dmarc_author *author)
{
    bool tests = author->policy != author->published;
    page_say(page, TONE_PLAIN, "whose owner asks for %s (%s=%s)%s",
             dmarc_policy_text(author->published), author->tag ? author->tag : "p",
             dmarc_policy_text(author->published), tests ? "," : ".");
    if (tests)
        page_say(page, TONE_PLAIN, "but only tests it: %s holds (t=y).",
                 dmarc_policy_text(author->policy));
}

/* What speaks for the author: "by DKIM, SPF". */
static void say_aligned(struct page *page, const struct dmarc *dmarc,
                        const struct dmarc_author *author)
{
    static const struct {
        enum dmarc_method method;
        const char *name;
    } names[] = {{DMARC_BY_DKIM, "DKIM"}, {DMARC_BY_DKIM2, "DKIM2"}, {DMARC_BY_SPF, "SPF"}};
    char octets[32];
    struct buffer b = buffer_over(octets, sizeof octets);
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
        for (size_t i = 0; i < author->n_aligned; i++)
            if (dmarc->identifiers[author->aligned[i]].method == names[n].method) {
                buffer_printf(&b, "%s%s", b.n ? ", " : "", names[n].name);
                break;
            }
    page_say(page, TONE_PLAIN, "by %.*s.", SLICE_ARGS(buffer_slice(&b)));
}

static void say_author(struct page *page, const struct dmarc *dmarc,
                       const struct dmarc_author *author)
{
    static const struct {
        enum waybill_result result;
        enum tone tone;
        const char *text;
    } texts[] = {
        {WAYBILL_RESULT_PASS, TONE_GOOD, "DMARC passes for"},
        {WAYBILL_RESULT_FAIL, TONE_BAD, "DMARC fails for"},
        {WAYBILL_RESULT_NONE, TONE_PLAIN, "No DMARC policy is published for"},
        {WAYBILL_RESULT_NOT_EVALUATED, TONE_WARN, "DMARC was not judged for"},
        {WAYBILL_RESULT_TEMPERROR, TONE_WARN, "DMARC cannot be judged now for"},
        {WAYBILL_RESULT_PERMERROR, TONE_BAD, "DMARC cannot be judged for"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].result == author->verdict.result)
            page_say(page, texts[i].tone, "%s", texts[i].text);
    bool fails = author->verdict.result == WAYBILL_RESULT_FAIL;
    bool passes = author->verdict.result == WAYBILL_RESULT_PASS;
    bool says_why = author->verdict.why && author->verdict.result != WAYBILL_RESULT_NONE;
    say_name(page, author->domain, fails || passes ? "," : says_why ? ":" : ".");
    if (fails)
        say_policy(page, author);
    else if (passes)
        say_aligned(page, dmarc, author);
    else if (says_why)
        page_say(page, TONE_PLAIN, "%s.", author->verdict.why);
}

static void say_dmarc(struct page *page, const struct dmarc *dmarc)
{
    for (size_t i = 0; i < dmarc->n; i++)
        say_author(page, dmarc, &dmarc->authors[i]);
    if (dmarc->verdict.result == WAYBILL_RESULT_PERMERROR && (dmarc->n == 0 || dmarc->from_why)) {
        page_say(page, TONE_BAD, "DMARC cannot be judged:");
        page_say(page, TONE_PLAIN, "%s.", dmarc->verdict.why);
    }
}

/* --- the decision ------------------------------------------------------------------------------
 */

/* What the rule rests on: the first property without which it would not hold. */
static const struct claim_read *evidence(const struct rule_outcome *rule)
{
    for (size_t i = 0; i < rule->n_reads; i++)
        if (rule->reads[i].decisive && rule->reads[i].property.p)
            return &rule->reads[i];
    return NULL;
}

static void say_lifted(struct page *page, const struct waybill_record *r)
{
    const struct decision *d = &r->decision;
    const struct claim_read *read = evidence(&d->rule);
    page_say(page, TONE_PLAIN, "DMARC alone would %s;", dmarc_policy_text(d->asked));
    if (d->rule.instance == 0) { /* no set reports anything: DKIM2 proves it */
        page_say(page, TONE_PLAIN, "but the message is as its author's domain");
        say_name(page, r->dkim2.signatures[0]->domain, "");
        page_say(page, TONE_PLAIN, "sent it, apart from changes by trusted hops.");
        return;
    }
    say_name(page, r->arc.sets[d->rule.instance - 1].seal->domain, "");
    page_say(page, TONE_PLAIN, "(i=%u, trusted) reports that", d->rule.instance);
    if (!read) {
        page_say(page, TONE_PLAIN, "it was well.");
        return;
    }
    page_words(page, TONE_PLAIN, read->method);
    page_say(page, TONE_PLAIN, "passed for");
    say_name(page, read->value, ".");
}

static void say_shadows(struct page *page, const struct decision *d)
{
    for (size_t i = 0; i < d->n_shadows && d->asked != DMARC_NONE; i++) {
        const struct rule_outcome *shadow = &d->shadows[i];
        page_say(page, TONE_DIM, "The shadow rule %s would %s%s%s.", shadow->name,
                 waybill_disposition_text(shadow->would), shadow->why ? ": " : "",
                 shadow->why ? shadow->why : "");
    }
}

static void say_decision(struct page *page, const struct waybill_record *r)
{
    static const struct {
        enum tone tone;
        const char *text;
    } texts[] = {[WAYBILL_DELIVER] = {TONE_GOOD, "Deliver"},
                 [WAYBILL_QUARANTINE] = {TONE_WARN, "Quarantine"},
                 [WAYBILL_REJECT] = {TONE_BAD, "Reject"},
                 [WAYBILL_DEFER] = {TONE_WARN, "Defer"}};
    const struct decision *d = &r->decision;
    bool lifted = d->lifted && d->disposition == WAYBILL_DELIVER;
    page_say(page, texts[d->disposition].tone, "%s%s", texts[d->disposition].text,
             lifted ? "." : ":");
    if (lifted)
        say_lifted(page, r);
    else
        page_say(page, TONE_PLAIN, "%s.", d->reason);
    if (d->asked != DMARC_NONE && d->rule.why)
        page_say(page, TONE_PLAIN, "The rule %s does not hold: %s.", d->rule.name, d->rule.why);
    if (d->chain.restarted)
        page_say(page, TONE_WARN, "The chain may have been begun anew: %s.", d->chain.restarted);
    say_shadows(page, d);
}

/* -----------------------------------------------------------------------------------------------
 */

static void begin_paragraph(struct page *page)
{
    page_end(page);
    page_start(page);
}

/* Where DMARC was not run, "deliver" says nothing. */
static bool is_decided(const struct waybill_record *r)
{
    return r->decision.made && (r->decision.disposition != WAYBILL_DELIVER ||
                                r->dmarc.verdict.result != WAYBILL_RESULT_NOT_EVALUATED);
}

enum waybill_status verdict_write(struct page *page, const struct waybill_record *r)
{
    page->indent = 2;
    page_start(page);
    say_dkim(page, r);
    if (r->arc.verdict.result != WAYBILL_RESULT_NONE) {
        begin_paragraph(page);
        say_arc(page, &r->arc);
    }
    if (r->dkim2.n_signatures || r->dkim2.n_instances) {
        begin_paragraph(page);
        say_custody(page, &r->dkim2);
    }
    begin_paragraph(page);
    say_dmarc(page, &r->dmarc);
    if (is_decided(r)) {
        page_end(page);
        begin_paragraph(page);
        say_decision(page, r);
    }
    page_end(page);
    return page->out->status;
}
