/* The record as an Authentication-Results field (RFC 8601), one field for all methods. */
#include "authres/authres.h"

#include "base/limits.h"
#include "dkim2/also.h"
#include "record/authres_fields.h"
#include "record/record.h"

/* RFC 6008: enough of b= to tell signatures apart. */
enum { SIGNATURE_OCTETS_SHOWN = 8 };

/* --- spf (RFC 8601 section 2.7.2) --------------------------------------------------------------
 */

static void write_spf_check(struct authres_writer *w, const struct spf_check *check,
                            enum spf_scope scope, bool comments)
{
    char octets[2 * LIMIT_LINE_OCTETS];
    struct buffer sender = buffer_over(octets, sizeof octets);
    if (check->verdict.result == WAYBILL_RESULT_NOT_EVALUATED)
        return;
    authres_method(w, "spf", waybill_result_text(check->verdict.result));
    if (comments && check->verdict.why)
        authres_comment(w, slice_str(check->verdict.why));
    if (scope == SPF_HELO) {
        authres_property(w, "smtp", "helo", check->domain);
        return;
    }
    buffer_add(&sender, check->local_part);
    buffer_add_octet(&sender, '@');
    buffer_add(&sender, check->domain);
    authres_property(w, "smtp", "mailfrom",
                     sender.status == WAYBILL_OK ? buffer_slice(&sender) : check->domain);
}

/* --- dkim (section 2.7.1) ----------------------------------------------------------------------
 */

static void write_signature(struct authres_writer *w, const struct signature *s, bool comments)
{
    authres_method(w, "dkim", waybill_result_text(s->verdict.result));
    if (comments && s->verdict.why)
        authres_comment(w, slice_str(s->verdict.why));
    if (s->domain.p)
        authres_property(w, "header", "d", s->domain);
    if (s->identity.p)
        authres_property(w, "header", "i", s->identity);
    if (s->selector.p)
        authres_property(w, "header", "s", s->selector);
    if (s->algorithm_name.p)
        authres_property(w, "header", "a", s->algorithm_name);
    const struct tag *b = taglist_find(&s->tags, "b");
    if (b && b->value.n > 0)
        authres_property(w, "header", "b", slice_sub(b->value, 0, SIGNATURE_OCTETS_SHOWN));
}

static void write_dkim(struct authres_writer *w, const struct dkim *dkim, bool comments)
{
    size_t written = 0;
    for (size_t i = 0; i < dkim->n; i++)
        if (dkim->signatures[i]->verdict.result != WAYBILL_RESULT_NOT_EVALUATED) {
            write_signature(w, dkim->signatures[i], comments);
            written++;
        }
    if (written == 0)
        authres_method(w, "dkim", "none");
}

/* --- dkim2 (draft-gondwana-dkim2-authres section 3) ---------------------------------------------
 */

/* "i=1 sender.example.com pass, i=2 …; FAIL: …": for people. */
static void write_hops(struct buffer *out, const struct dkim2 *d)
{
    for (size_t i = 0; i < d->n_signatures; i++) {
        const struct dkim2_signature *s = d->signatures[i];
        if (!s)
            continue;
        buffer_printf(out, "%si=%u ", out->n ? ", " : "", s->i);
        buffer_add(out, s->ascii_domain);
        buffer_printf(out, " %s",
                      s->skipped || s->result == WAYBILL_RESULT_NONE
                          ? "skipped"
                          : waybill_result_text(s->result));
    }
    if (d->verdict.why)
        buffer_printf(out, "; %s", d->verdict.why);
    if (d->also && d->also->verdict.result != d->verdict.result)
        buffer_printf(out, "; by draft %s %s", d->also->draft->name,
                      waybill_result_text(d->also->verdict.result));
}

/* The signature to which the reported failure is attributed; 0: to the message as a whole. */
static unsigned failing_hop(const struct dkim2 *d)
{
    for (size_t i = 0; i < d->n_found; i++)
        if (d->found[i].text == d->verdict.why)
            return d->found[i].signature;
    return 0;
}

static void write_dkim2(struct authres_writer *w, const struct dkim2 *d, bool comments)
{
    char octets[8 * LIMIT_LINE_OCTETS];
    struct buffer hops = buffer_over(octets, sizeof octets);
    const struct dkim2_signature *first = d->n_signatures ? d->signatures[0] : NULL;
    if (d->verdict.result == WAYBILL_RESULT_NOT_EVALUATED)
        return;
    authres_method(w, "dkim2", waybill_result_text(d->verdict.result));
    if (comments && d->n_signatures) {
        write_hops(&hops, d);
        authres_comment(w, buffer_slice(&hops));
    }
    if (first && first->domain.n)
        authres_property(w, "header", "d", first->domain);
    unsigned i = failing_hop(d);
    if (i) {
        char digits[12];
        struct buffer b = buffer_over(digits, sizeof digits);
        buffer_add_number(&b, i);
        authres_property(w, "header", "i", buffer_slice(&b));
    }
}

/* --- arc (RFC 8617 section 6) ------------------------------------------------------------------
 */

static void write_why(struct authres_writer *w, const struct arc_chain *chain)
{
    char octets[LIMIT_SHOWN_OCTETS];
    struct buffer why = buffer_over(octets, sizeof octets);
    if (chain->failing.p)
        buffer_add(&why, chain->failing);
    if (chain->failing_instance)
        buffer_printf(&why, "%si=%u", why.n ? " " : "", chain->failing_instance);
    if (why.n)
        buffer_add_str(&why, ": ");
    buffer_add_str(&why, chain->verdict.why);
    authres_comment(w, buffer_slice(&why));
}

static void write_arc(struct authres_writer *w, const struct waybill_record *r, bool comments)
{
    const struct arc_chain *chain = &r->arc;
    authres_method(w, "arc", waybill_result_text(chain->verdict.result));
    if (comments && chain->verdict.why)
        write_why(w, chain);
    if (chain->has_oldest) {
        char digits[4];
        struct buffer b = buffer_over(digits, sizeof digits);
        buffer_add_number(&b, chain->oldest_pass);
        authres_property(w, "header", "oldest-pass", buffer_slice(&b));
    }
    if (r->envelope.ip.p)
        authres_property(w, "smtp", "remote-ip", r->envelope.ip);
}

/* --- dmarc (RFC 9989 section 9.1) --------------------------------------------------------------
 */

static void write_author(struct authres_writer *w, const struct dmarc_author *author, bool comments)
{
    if (author->verdict.result == WAYBILL_RESULT_NOT_EVALUATED)
        return;
    authres_method(w, "dmarc", waybill_result_text(author->verdict.result));
    if (comments && author->verdict.why)
        authres_comment(w, slice_str(author->verdict.why));
    authres_property(w, "header", "from", author->domain);
    if (author->record)
        authres_property(w, "policy", "dmarc", slice_str(dmarc_policy_text(author->policy)));
}

/* One result an Author Domain; what is wrong with From as a whole has none. */
static void write_dmarc(struct authres_writer *w, const struct dmarc *dmarc, bool comments)
{
    for (size_t i = 0; i < dmarc->n; i++)
        write_author(w, &dmarc->authors[i], comments);
    if (dmarc->verdict.result != WAYBILL_RESULT_PERMERROR || (dmarc->n && !dmarc->from_why))
        return;
    authres_method(w, "dmarc", waybill_result_text(WAYBILL_RESULT_PERMERROR));
    if (comments && dmarc->verdict.why)
        authres_comment(w, slice_str(dmarc->verdict.why));
}

/* --- all of them -------------------------------------------------------------------------------
 */

void record_write_methods(const struct waybill_record *r, bool comments, struct authres_writer *w)
{
    for (size_t i = 0; i < SPF_SCOPES && record_has(r, WAYBILL_METHOD_SPF); i++)
        write_spf_check(w, &r->spf.of[i], (enum spf_scope)i, comments);
    if (record_has(r, WAYBILL_METHOD_DKIM))
        write_dkim(w, &r->dkim, comments);
    if (record_has(r, WAYBILL_METHOD_DKIM2))
        write_dkim2(w, &r->dkim2, comments);
    if (record_has(r, WAYBILL_METHOD_ARC))
        write_arc(w, r, comments);
    if (record_has(r, WAYBILL_METHOD_DMARC))
        write_dmarc(w, &r->dmarc, comments);
}

enum waybill_status waybill_record_authres(const struct waybill_record *r, const char *authserv_id,
                                           int comments, char **text, size_t *n)
{
    struct authres_writer w;
    struct buffer b = buffer_new(LIMIT_FIELD_WRITTEN);
    authres_begin(&w, &b, slice_str(authserv_id));
    record_write_methods(r, comments != 0, &w);
    buffer_add_octet(&b, 0);
    if (b.status != WAYBILL_OK) {
        enum waybill_status status = b.status;
        buffer_free(&b);
        return status;
    }
    *text = (char *)b.p;
    *n = b.n - 1;
    return WAYBILL_OK;
}
