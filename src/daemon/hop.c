#include "daemon/hop.h"

#include "daemon/departure.h"
#include "daemon/signing.h"
#include "dns/name.h"
#include "mail/address.h"
#include "mail/message.h"
#include "record/record.h"

/* Who signs: of the last two domains the first hands over to the second, where there are two. */
struct hop_domains {
    struct domain_keys hands_over, sends;
};

/* --- whose hop ---------------------------------------------------------------------------------
 */

static struct slice domain_of(struct passage *p, const char *path)
{
    struct mailbox mailbox;
    struct slice domain = {NULL, 0};
    const char *why;
    if (address_parse_path(&p->arena, slice_str(path), &mailbox, &why) != WAYBILL_OK ||
        mailbox.domain.n == 0 || name_to_ascii(&p->arena, mailbox.domain, &domain) != WAYBILL_OK)
        return (struct slice){NULL, 0};
    return domain;
}

static bool is_next_domain(const struct passage *p, struct slice domain)
{
    const struct config_list *list = p->listener->next_domains;
    for (size_t i = 0; i < list->n; i++)
        if (slice_ieq(slice_str(list->values[i].text), domain))
            return true;
    return false;
}

/* A domain that the arrival was sent to, and that a sender may stand for; empty: none. */
static struct slice find_recipient_domain(struct passage *p, const struct arrival *a,
                                          struct slice sender)
{
    for (size_t i = 0; i < a->rcpts; i++) {
        struct slice domain = domain_of(p, a->rcpt_to[i]);
        if (domain.n && (!sender.n || name_is_within(sender, domain)))
            return domain;
    }
    return (struct slice){NULL, 0};
}

/*
 * MAIL FROM lies in a domain that the message was sent to, or one of those hands over to it (nd=).
 * A message of another envelope is no departure of this arrival: a token that was found in an
 * archive is worth nothing. NULL, or why there is no hop.
 */
static const char *find_domains(struct passage *p, const struct arrival *a, struct hop_domains *out)
{
    struct slice sender = domain_of(p, p->mail_from);
    struct slice recipient = find_recipient_domain(p, a, sender);
    *out = (struct hop_domains){.hands_over = {.n = 0}};
    if (recipient.n) {
        out->sends = signing_find_keys(p, sender.n ? sender : recipient);
        return NULL;
    }
    if (!is_next_domain(p, sender))
        return "MAIL FROM is in no domain that the message was sent to: rewrite it (SRS), or set "
               "next-domains";
    struct slice none = {NULL, 0};
    out->hands_over = signing_find_keys(p, find_recipient_domain(p, a, none));
    out->sends = signing_find_keys(p, sender);
    return NULL;
}

/* --- signers -----------------------------------------------------------------------------------
 */

static enum waybill_status open_hop(struct passage *p, const struct domain_keys *of,
                                    struct waybill_dkim2_hop *out)
{
    struct waybill_signing_key *keys;
    *out = (struct waybill_dkim2_hop){.domain = (const char *)of->domain.p};
    enum waybill_status status =
        signing_open(p, of, KEY_DKIM2, &keys, &out->n_keys, &p->custody.why);
    out->keys = keys;
    return status;
}

static enum waybill_status add_hop(struct passage *p, const struct hop_domains *domains,
                                   const struct waybill_recipe *recipe)
{
    struct waybill_dkim2_hop hops[2];
    size_t n = 0;
    enum waybill_status status = WAYBILL_OK;
    if (domains->hands_over.domain.n)
        status = open_hop(p, &domains->hands_over, &hops[n++]);
    if (status == WAYBILL_OK && !p->custody.why)
        status = open_hop(p, &domains->sends, &hops[n++]);
    if (status != WAYBILL_OK || p->custody.why)
        return status;
    if (n == 2)
        hops[0].next_domain = hops[1].domain;
    hops[n - 1].mail_from = p->mail_from;
    hops[n - 1].rcpt_to = p->rcpt_to;
    hops[n - 1].rcpts = p->n_recipients;
    hops[n - 1].nonce = p->id;
    const struct departure *departure = p->custody.departure;
    const struct waybill_dkim2_options options = {.draft = departure ? departure->arrival.draft
                                                                     : p->settings->draft,
                                                  .now = worker_now(p->worker),
                                                  .hops = hops,
                                                  .n_hops = n};
    status = waybill_dkim2_signer_new(p->custody.message, departure ? departure->check : NULL,
                                      recipe, &options, &p->signing.dkim2);
    if (status != WAYBILL_MISUSE)
        return status;
    p->custody.why = "an address of the envelope cannot stand in a signature";
    return WAYBILL_OK;
}

/* The chain first, for a recipe is work: what did not verify is not extended (design 5.6). */
static const char *wrong_with_chain(const struct departure *departure)
{
    const struct dkim2 *chain = &waybill_check_record(departure->check)->dkim2;
    if (chain->n_signatures + chain->n_instances == 0)
        return "the message arrived without DKIM2";
    if (chain->verdict.result == WAYBILL_RESULT_PASS)
        return NULL;
    return chain->verdict.why ? chain->verdict.why : "the chain did not verify when it arrived";
}

static enum waybill_status plan_hop(struct passage *p, const struct hop_domains *domains)
{
    struct custody *c = &p->custody;
    const struct waybill_recipe *recipe;
    const char *why;
    if (!c->why && !(p->listener->sign & KEY_DKIM2))
        c->why = "not asked for";
    if (!c->why)
        c->why = wrong_with_chain(c->departure);
    if (c->why)
        return WAYBILL_OK;
    enum waybill_status status = departure_recipe(c->departure, buffer_slice(&c->octets),
                                                  &p->listener->recipes, &recipe, &why);
    if (status == WAYBILL_REFUSED) {
        c->why = why;
        return WAYBILL_OK;
    }
    return status == WAYBILL_OK ? add_hop(p, domains, recipe) : status;
}

/* With what was found when the message arrived (S-64). */
static enum waybill_status add_seal(struct passage *p, const struct domain_keys *of)
{
    struct custody *c = &p->custody;
    struct waybill_signing_key *keys;
    struct waybill_sign_options options = {.domain = (const char *)of->domain.p,
                                           .now = worker_now(p->worker)};
    if (!p->listener->seal)
        return WAYBILL_OK;
    enum waybill_status status =
        signing_open(p, of, KEY_DKIM, &keys, &options.n_keys, &c->unsealed);
    if (status != WAYBILL_OK || options.n_keys == 0)
        return status;
    options.keys = keys;
    options.n_keys = 1;
    return waybill_arc_signer_new(c->message, c->departure->check, &options,
                                  c->departure->arrival.receiver, NULL, &c->arc);
}

/* What began here and has no custody yet begins it: where the envelope has one recipient that is
 * possible for hidden ones, too. */
static enum waybill_status originate(struct passage *p, const struct domain_keys *author)
{
    struct hop_domains domains = {.sends = *author};
    if (p->custody.has_chain || author->n == 0 || !(p->listener->sign & KEY_DKIM2))
        return WAYBILL_OK;
    p->custody.why = NULL;
    p->custody.begins = true;
    return add_hop(p, &domains, NULL);
}

static bool is_signed_by(const struct passage *p, struct slice domain)
{
    for (const struct signer_seen *seen = p->custody.seen; seen; seen = seen->next)
        if (slice_ieq(seen->domain, domain))
            return true;
    return false;
}

/* NULL, or why there is no DKIM signature. What did not arrive here was signed where it began. */
static const char *wrong_with_dkim(const struct passage *p, const struct domain_keys *keys)
{
    if (!(p->listener->sign & KEY_DKIM))
        return "not asked for";
    if (keys->n == 0)
        return "no key for the domain of From or of MAIL FROM";
    return !p->custody.departure && is_signed_by(p, keys->domain) ? "it is signed already" : NULL;
}

/* By the author's own keys, where the site has them; else by those of who sends. */
static enum waybill_status add_dkim(struct passage *p, const struct domain_keys *author)
{
    const struct domain_keys sender = signing_find_keys(p, domain_of(p, p->mail_from));
    const struct domain_keys *keys = author->n > 0 ? author : &sender;
    const char *why = wrong_with_dkim(p, keys);
    p->signing.unsigned_why[SIGNED_AS_DKIM] = why;
    if (why)
        return WAYBILL_OK;
    p->signing.domain = (const char *)keys->domain.p;
    return signing_add_dkim(p, p->custody.message, keys);
}

enum waybill_status hop_sign(struct passage *p)
{
    struct custody *c = &p->custody;
    struct hop_domains domains = {.hands_over = {.n = 0}};
    struct slice author;
    const char *why;
    enum waybill_status status =
        waybill_message_new(p->worker->engine, WAYBILL_LINES_CRLF, &c->message);
    if (status != WAYBILL_OK)
        return status;
    message_measure_lines(c->message);
    if (!c->why)
        c->why = find_domains(p, &c->departure->arrival, &domains);
    bool departs = !c->why;
    c->unsealed = c->why;
    status = signing_author(p, &author, &why);
    const struct domain_keys own = signing_find_keys(p, author);
    if (status == WAYBILL_OK)
        status = c->token.p ? plan_hop(p, &domains) : originate(p, &own);
    if (status == WAYBILL_OK && departs)
        status = add_seal(p, &domains.sends);
    if (status == WAYBILL_OK)
        status = add_dkim(p, &own);
    if (status == WAYBILL_OK)
        status = waybill_message_feed(c->message, c->octets.p, c->octets.n);
    return status == WAYBILL_OK ? waybill_message_end(c->message) : status;
}
