#include "record/line.h"

#include "base/limits.h"
#include "mail/address.h"
#include "mail/message.h"
#include "record/local_parts.h"

static void add_str(struct buffer *out, const char *key, const char *value)
{
    if (value && *value)
        line_add(out, key, slice_str(value));
}

/* A reason may show an address, of which the domain stays. */
static void add_reason(struct buffer *out, const char *key, const char *why)
{
    struct buffer text = buffer_new(LIMIT_LOG_LINE);
    if (why)
        local_parts_remove(slice_str(why), &text);
    if (text.n > 0)
        line_add(out, key, buffer_slice(&text));
    buffer_free(&text);
}

static void add_known(struct buffer *out, const char *key, struct slice value)
{
    if (value.n > 0)
        line_add(out, key, value);
}

/* --- who ---------------------------------------------------------------------------------------
 */

/* Behind the last '@'; where there is none, nothing: what stands there may be a local part. */
static struct slice domain_of(struct slice path)
{
    size_t at = path.n;
    while (at > 0 && path.p[at - 1] != '@')
        at--;
    return at > 0 ? slice_from(path, at) : SLICE("");
}

struct slice record_line_path(struct slice path, bool addresses)
{
    if (path.n == 0)
        return SLICE("<>");
    return addresses ? path : domain_of(path);
}

/* A HELO name is what the client likes, an address if need be. */
static struct slice shown_helo(struct slice helo, bool addresses)
{
    return addresses || slice_find(helo, '@', 0) == helo.n ? helo : domain_of(helo);
}

static void add_envelope(struct buffer *out, const struct waybill_record *r, bool addresses)
{
    const struct record_envelope *e = &r->envelope;
    add_known(out, "client", e->ip);
    add_known(out, "helo", shown_helo(e->helo, addresses));
    if (e->mail_from.p)
        line_add(out, "mail-from", record_line_path(e->mail_from, addresses));
    if (e->rcpts > 0 && addresses)
        line_add(out, "rcpt-to", e->rcpt_to[0]);
    line_add_number(out, "recipients", e->rcpts);
}

static void add_from(struct buffer *out, const struct waybill_record *r, bool addresses)
{
    if (r->from.n == 0)
        return;
    const struct mailbox *author = &r->from.all[0];
    struct buffer whole = buffer_new(LIMIT_HEADER_OCTETS);
    if (addresses) {
        buffer_add(&whole, author->local_part);
        buffer_add_octet(&whole, '@');
    }
    buffer_add(&whole, author->domain);
    line_add(out, "from", buffer_slice(&whole));
    buffer_free(&whole);
}

/* --- what was found ----------------------------------------------------------------------------
 */

static const char *word_of(enum waybill_result result)
{
    return result == WAYBILL_RESULT_NOT_EVALUATED ? "-" : waybill_result_text(result);
}

/* Whether DMARC rests on this domain's signature. */
static bool is_aligned(const struct waybill_record *r, struct slice domain)
{
    const struct dmarc_author *author = r->dmarc.n ? &r->dmarc.authors[0] : NULL;
    for (size_t i = 0; author && i < author->n_aligned; i++) {
        const struct dmarc_identifier *by = &r->dmarc.identifiers[author->aligned[i]];
        if (by->method == DMARC_BY_DKIM && slice_eq(by->domain, domain))
            return true;
    }
    return false;
}

/* Of those with the best result the first that is aligned with From, else the first. */
static const struct signature *best_signature(const struct waybill_record *r)
{
    enum waybill_result best = dkim_result(&r->dkim);
    const struct signature *first = NULL;
    for (size_t i = 0; i < r->dkim.n; i++) {
        const struct signature *s = r->dkim.signatures[i];
        if (s->verdict.result != best)
            continue;
        if (is_aligned(r, s->ascii_domain))
            return s;
        first = first ? first : s;
    }
    return first;
}

static void add_dkim(struct buffer *out, const struct waybill_record *r)
{
    const struct signature *s = best_signature(r);
    if (!s)
        return;
    add_known(out, "dkim-d", s->ascii_domain);
    add_known(out, "dkim-s", s->selector);
    add_str(out, "dkim-why", s->verdict.why);
}

static void add_dkim2(struct buffer *out, const struct waybill_record *r)
{
    const struct dkim2 *d = &r->dkim2;
    if (d->n_signatures == 0)
        return;
    line_add_number(out, "hops", d->n_signatures);
    const struct dkim2_signature *first = d->signatures[0];
    const struct dkim2_signature *newest = d->signatures[d->n_signatures - 1];
    if (first)
        add_known(out, "dkim2-d", first->ascii_domain); /* as header.d, dkim2-authres 3.2.1 */
    if (newest && newest != first)
        add_known(out, "dkim2-newest-d", newest->ascii_domain);
    add_reason(out, "dkim2-why", d->verdict.why);
}

static void add_arc(struct buffer *out, const struct waybill_record *r)
{
    const struct arc_chain *arc = &r->arc;
    if (arc->n == 0)
        return;
    line_add_number(out, "sets", arc->n);
    const struct arc_set *newest = &arc->sets[arc->n - 1];
    if (newest->seal)
        add_known(out, "sealer", newest->seal->ascii_domain);
    add_str(out, "arc-why", arc->verdict.why);
}

static void add_dmarc(struct buffer *out, const struct waybill_record *r)
{
    if (r->dmarc.verdict.result == WAYBILL_RESULT_FAIL)
        add_str(out, "policy", dmarc_policy_text(r->dmarc.policy));
}

static void add_spf(struct buffer *out, const struct waybill_record *r)
{
    add_str(out, "spf-why", r->spf.of[SPF_MAIL_FROM].verdict.why);
}

static void add_methods(struct buffer *out, const struct waybill_record *r)
{
    static void (*const details[])(struct buffer *, const struct waybill_record *) = {
        [WAYBILL_METHOD_SPF] = add_spf,     [WAYBILL_METHOD_DKIM] = add_dkim,
        [WAYBILL_METHOD_DKIM2] = add_dkim2, [WAYBILL_METHOD_ARC] = add_arc,
        [WAYBILL_METHOD_DMARC] = add_dmarc,
    };
    for (size_t m = 0; m < sizeof details / sizeof *details; m++) {
        enum waybill_method method = (enum waybill_method)m;
        if (!record_has(r, method))
            continue;
        line_add(out, waybill_method_text(method),
                 slice_str(word_of(waybill_record_result(r, method))));
        details[m](out, r);
    }
}

static void add_decision(struct buffer *out, const struct waybill_record *r)
{
    const struct decision *d = &r->decision;
    if (!d->made)
        return;
    add_str(out, "decision", waybill_disposition_text(d->disposition));
    add_str(out, "reason", d->reason);
    if (d->lifted)
        add_str(out, "rule", d->rule.name);
}

/* --- what it cost ------------------------------------------------------------------------------
 */

static void add_cost(struct buffer *out, const struct waybill_record *r, int64_t ms)
{
    unsigned waves = 0;
    for (size_t i = 0; i < r->questions->n; i++)
        if (r->questions->all[i]->question.wave > waves)
            waves = r->questions->all[i]->question.wave;
    line_add_number(out, "waves", waves);
    line_add_number(out, "questions", r->questions->n);
    line_add_number(out, "size", message_octets(r->message));
    line_add_number(out, "ms", ms > 0 ? (uint64_t)ms : 0);
}

enum waybill_status record_line(const struct waybill_record *r,
                                const struct record_line_facts *facts, struct buffer *out)
{
    line_start(out, facts->queue_id);
    add_known(out, "listener", facts->listener);
    add_envelope(out, r, facts->log_addresses);
    add_from(out, r, facts->log_addresses);
    add_methods(out, r);
    add_decision(out, r);
    add_cost(out, r, facts->ms);
    add_known(out, "id", r->id);
    return out->status;
}
