#include "cli/verdict.h"

#include "base/limits.h"
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

enum waybill_status verdict_write(struct page *page, const struct waybill_record *r)
{
    page->indent = 2;
    page_start(page);
    say_dkim(page, r);
    if (r->arc.verdict.result != WAYBILL_RESULT_NONE) {
        page_end(page);
        page_start(page);
        say_arc(page, &r->arc);
    }
    page_end(page);
    return page->out->status;
}
