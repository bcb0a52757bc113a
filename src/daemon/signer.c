/* What leaves is signed, last of all, or a line says why not. */
#include "base/limits.h"
#include "base/line.h"
#include "daemon/passage.h"
#include "daemon/say.h"
#include "daemon/signing_keys.h"
#include "dns/name.h"
#include "mail/address.h"
#include "mail/message.h"

#include <stdlib.h>

/* A domain that may sign, and the lines of the key file that are for it. */
struct domain_keys {
    struct slice domain; /* A-labels, ended by a NUL */
    const struct key_line *lines;
    size_t n;
};

/* --- who is to sign ----------------------------------------------------------------------------
 */

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

static enum waybill_status take_from(struct passage *p, struct slice name, struct slice value)
{
    struct signing *s = &p->signing;
    if (!slice_ieq(name, SLICE("From")))
        return WAYBILL_OK;
    if (s->from_fields++ == 0 && !arena_copy(&p->arena, value, &s->from))
        return WAYBILL_NOMEM;
    return WAYBILL_OK;
}

/* The domain of the one author; of several, or of none, nothing is signed. */
static enum waybill_status find_author(struct passage *p, struct slice *domain)
{
    struct mailboxes from;
    *domain = (struct slice){NULL, 0};
    if (p->signing.from_fields != 1)
        return refuse_both(p, p->signing.from_fields ? "several From fields" : "no From field");
    enum waybill_status status = address_parse_list(&p->arena, p->signing.from, &from);
    if (status == WAYBILL_NOMEM)
        return status;
    if (status != WAYBILL_OK || from.n == 0)
        return refuse_both(p, "From is no address");
    if (from.n > 1)
        return refuse_both(p, "several authors");
    status = name_to_ascii(&p->arena, from.all[0].domain, domain);
    return status == WAYBILL_SYNTAX ? refuse_both(p, "From has no domain") : status;
}

static struct domain_keys find_keys(const struct passage *p, struct slice domain)
{
    struct domain_keys found = {.domain = domain};
    if (p->settings->keys && domain.n)
        key_table_find(p->settings->keys, domain, &found.lines, &found.n);
    return found;
}

/* --- keys --------------------------------------------------------------------------------------
 */

static enum waybill_status hold(struct passage *p, const struct key_line *line,
                                struct waybill_signing_key *out, const char **why)
{
    struct signing *s = &p->signing;
    char text[160] = "";
    struct signing_key *key;
    enum waybill_status status =
        signing_keys_take(p->settings->signing_keys, line->file, &key, text);
    if (status == WAYBILL_REFUSED) {
        *why = arena_printf(&p->arena, "%s", text);
        say_key_trouble(p, text);
        return *why ? WAYBILL_OK : WAYBILL_NOMEM;
    }
    if (status != WAYBILL_OK)
        return status;
    s->keys[s->n_keys++] = key;
    *out = (struct waybill_signing_key){line->selector, key->key};
    return WAYBILL_OK;
}

/* The keys of a domain that are for this kind of signature; those that cannot be opened are left
 * out, and *why says so where none is left. */
static enum waybill_status open_keys(struct passage *p, const struct domain_keys *of,
                                     enum key_use use, struct waybill_signing_key **out, size_t *n,
                                     const char **why)
{
    enum waybill_status status = WAYBILL_OK;
    *out = arena_array(&p->arena, of->n, sizeof **out);
    *n = 0;
    *why = "no key for the domain of From";
    if (!*out)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < of->n && status == WAYBILL_OK; i++) {
        struct waybill_signing_key *key = &(*out)[*n];
        if (!(of->lines[i].uses & (unsigned)use))
            continue;
        status = hold(p, &of->lines[i], key, why);
        *n += key->key != NULL;
    }
    return status;
}

/* --- signers -----------------------------------------------------------------------------------
 */

static enum waybill_status make_dkim(struct passage *p, const struct domain_keys *of)
{
    struct signing *s = &p->signing;
    struct waybill_sign_options options = {.domain = (const char *)of->domain.p,
                                           .now = worker_now(p->worker)};
    struct waybill_signing_key *keys;
    enum waybill_status status =
        open_keys(p, of, KEY_DKIM, &keys, &options.n_keys, &s->unsigned_why[SIGNED_AS_DKIM]);
    if (status != WAYBILL_OK || options.n_keys == 0)
        return status;
    options.keys = keys;
    s->unsigned_why[SIGNED_AS_DKIM] = NULL;
    return waybill_dkim_signer_new(p->message, &options, &s->dkim);
}

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
    s->unsigned_why[SIGNED_AS_DKIM2] = NULL;
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
    enum waybill_status status =
        open_keys(p, of, KEY_DKIM2, &keys, &out->n_keys, &p->signing.unsigned_why[SIGNED_AS_DKIM2]);
    out->keys = keys;
    return status;
}

/* The author's hop, and for a customer's mail, with nd=, the provider's own behind it (S-7). */
static enum waybill_status make_dkim2(struct passage *p, const struct domain_keys *author)
{
    struct waybill_dkim2_hop hops[2];
    struct slice own = slice_str(p->listener->domain ? p->listener->domain : "");
    bool for_customer = p->listener->preset->for_customers && !slice_ieq(own, author->domain);
    enum waybill_status status = open_hop(p, author, &hops[0]);
    if (status != WAYBILL_OK || hops[0].n_keys == 0)
        return status;
    if (p->too_many) {
        p->signing.unsigned_why[SIGNED_AS_DKIM2] = "too many recipients";
        return WAYBILL_OK;
    }
    if (!for_customer)
        return sign_dkim2(p, hops, 1);
    const struct domain_keys provider = find_keys(p, own);
    status = open_hop(p, &provider, &hops[1]);
    if (status != WAYBILL_OK)
        return status;
    if (hops[1].n_keys == 0) {
        p->signing.unsigned_why[SIGNED_AS_DKIM2] = "no key for the provider's own domain";
        return WAYBILL_OK;
    }
    hops[0].next_domain = p->listener->domain;
    return sign_dkim2(p, hops, 2);
}

static enum waybill_status make_signers(struct passage *p, const struct domain_keys *of)
{
    struct signing *s = &p->signing;
    const struct domain_keys provider =
        find_keys(p, slice_str(p->listener->domain ? p->listener->domain : ""));
    /* Each line may serve both kinds of signature, the author's and the provider's. */
    s->keys = arena_array(&p->arena, 2 * (of->n + provider.n), sizeof(struct signing_key *));
    if (!s->keys)
        return WAYBILL_NOMEM;
    s->domain = (const char *)of->domain.p;
    enum waybill_status status = WAYBILL_OK;
    if (p->listener->sign & KEY_DKIM)
        status = make_dkim(p, of);
    else
        s->unsigned_why[SIGNED_AS_DKIM] = "not asked for";
    if (!(p->listener->sign & KEY_DKIM2))
        s->unsigned_why[SIGNED_AS_DKIM2] = "not asked for";
    else if (status == WAYBILL_OK)
        status = make_dkim2(p, of);
    return status;
}

static enum waybill_status fields_end(struct passage *p)
{
    struct slice domain;
    enum waybill_status status = find_author(p, &domain);
    if (status != WAYBILL_OK || !domain.n)
        return status;
    const struct domain_keys keys = find_keys(p, domain);
    if (keys.n == 0) {
        p->signing.domain = (const char *)domain.p;
        return refuse_both(p, p->settings->keys ? "no key for the domain of From"
                                                : "no key file: set keys in the configuration");
    }
    return make_signers(p, &keys);
}

/* --- the end -----------------------------------------------------------------------------------
 */

/* The fields of one signer, or why it has none. */
static enum waybill_status finish(struct waybill_signer *signer, const char **why)
{
    enum waybill_progress progress;
    if (!signer)
        return WAYBILL_OK;
    enum waybill_status status = waybill_signer_step(signer, &progress);
    if (status != WAYBILL_REFUSED)
        return status;
    *why = waybill_signer_reason(signer);
    return WAYBILL_OK;
}

/* On top of what is there: index 0 each, so that what is inserted last stands first. */
static enum waybill_status insert(struct passage *p, struct waybill_signer *signer, const char *why)
{
    const struct waybill_field *fields;
    size_t n;
    if (!signer || why || !passage_may_change(p))
        return WAYBILL_OK;
    enum waybill_status status = waybill_signer_fields(signer, &fields, &n);
    for (size_t i = n; status == WAYBILL_OK && i > 0; i--)
        status = milter_insert_header(p->session, 0, slice_str(fields[i - 1].name),
                                      slice_str(fields[i - 1].value));
    return status;
}

/* DKIM below, the hop of DKIM2 on top (spec-08). */
static enum waybill_status insert_all(struct passage *p)
{
    const struct signing *s = &p->signing;
    enum waybill_status status = insert(p, s->dkim, s->unsigned_why[SIGNED_AS_DKIM]);
    return status == WAYBILL_OK ? insert(p, s->dkim2, s->unsigned_why[SIGNED_AS_DKIM2]) : status;
}

/* What cannot be signed leaves as it is; half signed it does not leave. */
static void end(struct passage *p)
{
    struct signing *s = &p->signing;
    enum waybill_status status = p->status;
    if (status == WAYBILL_OK)
        status = finish(s->dkim, &s->unsigned_why[SIGNED_AS_DKIM]);
    if (status == WAYBILL_OK)
        status = finish(s->dkim2, &s->unsigned_why[SIGNED_AS_DKIM2]);
    if (status != WAYBILL_OK) {
        say_failure(p, "not signed", waybill_status_text(status));
        milter_reply_continue(p->session);
    } else if ((status = insert_all(p)) != WAYBILL_OK) {
        say_failure(p, "not signed", waybill_status_text(status));
        milter_reply_tempfail(p->session);
    } else {
        say_signed(p);
        milter_reply_continue(p->session);
    }
    passage_answered(p);
}

static void drop(struct passage *p)
{
    waybill_signer_free(p->signing.dkim);
    waybill_signer_free(p->signing.dkim2);
    for (size_t i = 0; i < p->signing.n_keys; i++)
        signing_keys_give_back(p->settings->signing_keys, p->signing.keys[i]);
}

const struct role role_signer = {
    .begin = begin, .field = take_from, .fields_end = fields_end, .end = end, .drop = drop};
