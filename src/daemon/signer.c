/* What leaves is signed, last of all, or a line says why not. */
#include "daemon/say.h"
#include "daemon/signing.h"
#include "mail/message.h"

static enum waybill_status refuse_both(struct passage *p, const char *why)
{
    for (size_t i = 0; i < SIGNED_AS; i++)
        if (!p->signing.unsigned_why[i])
            p->signing.unsigned_why[i] = why;
    return WAYBILL_OK;
}

static enum waybill_status begin(struct passage *p)
{
    message_measure_lines(p->message);
    return WAYBILL_OK;
}

/* --- signers -----------------------------------------------------------------------------------
 */

static enum waybill_status sign_dkim2(struct passage *p, struct waybill_dkim2_hop *hops, size_t n)
{
    struct signing *s = &p->signing;
    struct waybill_dkim2_hop *last = &hops[n - 1];
    const struct waybill_dkim2_options options = {
        .draft = p->settings->draft, .now = worker_now(p->worker), .hops = hops, .n_hops = n};
    last->mail_from = p->mail_from;
    last->rcpt_to = p->rcpt_to;
    last->rcpts = p->n_recipients;
    last->nonce = p->id; /* one id names one passage (design 2) */
    enum waybill_status status =
        waybill_dkim2_signer_new(p->message, NULL, NULL, &options, &s->dkim2);
    if (status != WAYBILL_MISUSE)
        return status;
    s->unsigned_why[SIGNED_AS_DKIM2] = "an address of the envelope cannot stand in a signature";
    return WAYBILL_OK;
}

static enum waybill_status open_hop(struct passage *p, const struct domain_keys *of,
                                    struct waybill_dkim2_hop *out)
{
    struct waybill_signing_key *keys;
    *out = (struct waybill_dkim2_hop){.domain = (const char *)of->domain.p};
    enum waybill_status status = signing_open(p, of, KEY_DKIM2, &keys, &out->n_keys,
                                              &p->signing.unsigned_why[SIGNED_AS_DKIM2]);
    out->keys = keys;
    return status;
}

/* The author's hop, and for a customer's mail, with nd=, the provider's own behind it (S-7). */
static enum waybill_status add_dkim2(struct passage *p, const struct domain_keys *author)
{
    struct waybill_dkim2_hop hops[2];
    const char *own = p->listener->domain;
    bool for_customer =
        p->listener->preset->for_customers && !slice_ieq(slice_str(own), author->domain);
    enum waybill_status status = open_hop(p, author, &hops[0]);
    if (status != WAYBILL_OK || hops[0].n_keys == 0)
        return status;
    if (p->too_many) {
        p->signing.unsigned_why[SIGNED_AS_DKIM2] = "too many recipients";
        return WAYBILL_OK;
    }
    if (!for_customer)
        return sign_dkim2(p, hops, 1);
    const struct domain_keys provider = signing_find_keys(p, slice_str(own));
    status = open_hop(p, &provider, &hops[1]);
    if (status != WAYBILL_OK || hops[1].n_keys == 0)
        return status;
    hops[0].next_domain = own;
    return sign_dkim2(p, hops, 2);
}

static enum waybill_status add_signers(struct passage *p, const struct domain_keys *of)
{
    struct signing *s = &p->signing;
    enum waybill_status status = WAYBILL_OK;
    if (p->listener->sign & KEY_DKIM)
        status = signing_add_dkim(p, p->message, of);
    else
        s->unsigned_why[SIGNED_AS_DKIM] = "not asked for";
    if (!(p->listener->sign & KEY_DKIM2))
        s->unsigned_why[SIGNED_AS_DKIM2] = "not asked for";
    else if (status == WAYBILL_OK)
        status = add_dkim2(p, of);
    return status;
}

static enum waybill_status fields_end(struct passage *p)
{
    struct slice domain;
    const char *why;
    enum waybill_status status = signing_author(p, &domain, &why);
    if (status != WAYBILL_OK || !domain.n)
        return status == WAYBILL_OK ? refuse_both(p, why) : status;
    p->signing.domain = (const char *)domain.p;
    if (!p->settings->keys)
        return refuse_both(p, "no key file: set keys in the configuration");
    const struct domain_keys keys = signing_find_keys(p, domain);
    return add_signers(p, &keys);
}

/* --- the end -----------------------------------------------------------------------------------
 */

/* DKIM below, the hop of DKIM2 on top (spec-08). */
static enum waybill_status insert_all(struct passage *p)
{
    const struct signing *s = &p->signing;
    enum waybill_status status = signing_insert(p, s->dkim, s->unsigned_why[SIGNED_AS_DKIM]);
    return status == WAYBILL_OK ? signing_insert(p, s->dkim2, s->unsigned_why[SIGNED_AS_DKIM2])
                                : status;
}

/* What cannot be signed leaves as it is; half signed it does not leave. */
static void end(struct passage *p)
{
    struct signing *s = &p->signing;
    enum waybill_status status = p->status;
    if (status == WAYBILL_OK)
        status = signing_finish(s->dkim, &s->unsigned_why[SIGNED_AS_DKIM]);
    if (status == WAYBILL_OK)
        status = signing_finish(s->dkim2, &s->unsigned_why[SIGNED_AS_DKIM2]);
    if (status != WAYBILL_OK) {
        say_failure(p, "not signed", waybill_status_text(status));
        milter_reply_continue(p->session);
    } else if ((status = insert_all(p)) != WAYBILL_OK) {
        say_failure(p, "not signed", waybill_status_text(status));
        milter_reply_tempfail(p->session);
    } else {
        say_signed(p, p->message);
        milter_reply_continue(p->session);
    }
    passage_answered(p);
}

const struct role role_signer = {.begin = begin,
                                 .field = signing_take_from,
                                 .fields_end = fields_end,
                                 .end = end,
                                 .drop = signing_drop};
