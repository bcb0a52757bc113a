/* The record as an Authentication-Results field (RFC 8601), one field for all methods. */
#include "authres/authres.h"

#include "base/limits.h"
#include "record/authres_fields.h"
#include "record/record.h"

/* RFC 6008: enough of b= to tell signatures apart. */
enum { SIGNATURE_OCTETS_SHOWN = 8 };

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

/* RFC 8617 section 6. */
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

void record_write_methods(const struct waybill_record *r, bool comments, struct authres_writer *w)
{
    write_dkim(w, &r->dkim, comments);
    write_arc(w, r, comments);
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
