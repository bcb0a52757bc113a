/*
 * What leaves a list or a forwarder: the arrival is found by its token, verified again, and the
 * message signed as the next hop of its custody (design 3).
 *
 *     end --> token? --> arrival at hand? --(spool)--> verified again --> hop: whose? --> recipe
 *                 \             \                            \                \             \
 *                  `-------------`----------------------------`----------------`-------------> no
 * hop in any case: DKIM as usual, the token goes, a line says what was done and why not
 */
#include "base/limits.h"
#include "daemon/departure.h"
#include "daemon/say.h"
#include "daemon/signing.h"
#include "dns/name.h"
#include "io/spool.h"
#include "mail/address.h"
#include "mail/message.h"
#include "mail/taglist.h"
#include "record/record.h"
#include "transit/token.h"

/* Who signs: of the last two domains the first hands over to the second, where there are two. */
struct hop_domains {
    struct domain_keys hands_over, sends;
};

/* --- the message as it comes -------------------------------------------------------------------
 */

static enum waybill_status begin(struct passage *p)
{
    p->custody.octets = buffer_new(LIMIT_ARRIVAL_OCTETS);
    return WAYBILL_OK;
}

static enum waybill_status take_token(struct passage *p, struct slice value)
{
    if (p->custody.token.p || arena_copy(&p->arena, value, &p->custody.token))
        return WAYBILL_OK;
    return WAYBILL_NOMEM;
}

static enum waybill_status take_chain(struct passage *p, struct slice value)
{
    (void)value;
    p->custody.has_chain = true;
    return WAYBILL_OK;
}

static enum waybill_status take_signature(struct passage *p, struct slice value)
{
    struct taglist tags;
    struct slice copy;
    if (!arena_copy(&p->arena, value, &copy))
        return WAYBILL_NOMEM;
    enum waybill_status status = taglist_parse(&p->arena, copy, &tags);
    const struct tag *domain = status == WAYBILL_OK ? taglist_find(&tags, "d") : NULL;
    struct signer_seen *seen = domain ? arena_alloc(&p->arena, sizeof *seen) : NULL;
    if (!seen)
        return domain || status == WAYBILL_NOMEM ? WAYBILL_NOMEM : WAYBILL_OK;
    *seen = (struct signer_seen){p->custody.seen, domain->value};
    p->custody.seen = seen;
    return WAYBILL_OK;
}

static enum waybill_status take_field(struct passage *p, struct slice name, struct slice value)
{
    static const struct {
        struct slice name;
        enum waybill_status (*take)(struct passage *p, struct slice value);
    } fields[] = {
        {SLICE_INIT(TRANSIT_FIELD), take_token},
        {SLICE_INIT("DKIM2-Signature"), take_chain},
        {SLICE_INIT("Message-Instance"), take_chain},
        {SLICE_INIT("DKIM-Signature"), take_signature},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (slice_ieq(name, fields[i].name))
            return fields[i].take(p, value);
    return signing_take_from(p, name, value);
}

static enum waybill_status take_octets(struct passage *p, struct slice octets, bool of_body)
{
    buffer_add(&p->custody.octets, octets);
    p->custody.header_octets += of_body ? 0 : octets.n;
    return p->custody.octets.status;
}

static struct slice body_of(const struct passage *p)
{
    return slice_from(buffer_slice(&p->custody.octets), p->custody.header_octets);
}

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

static enum waybill_status sign(struct passage *p)
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

/* --- the end -----------------------------------------------------------------------------------
 */

static enum waybill_status make_fields(struct passage *p)
{
    struct signing *s = &p->signing;
    enum waybill_status status = signing_finish(s->dkim, &s->unsigned_why[SIGNED_AS_DKIM]);
    if (status == WAYBILL_OK)
        status = signing_finish(p->custody.arc, &p->custody.unsealed);
    return status == WAYBILL_OK ? signing_finish(s->dkim2, &p->custody.why) : status;
}

/* DKIM below, ARC over it, the hop of DKIM2 on top. */
static enum waybill_status insert_all(struct passage *p)
{
    struct signing *s = &p->signing;
    enum waybill_status status = passage_may_change(p) ? passage_remove_tokens(p) : WAYBILL_OK;
    if (status == WAYBILL_OK)
        status = signing_insert(p, s->dkim, s->unsigned_why[SIGNED_AS_DKIM]);
    if (status == WAYBILL_OK)
        status = signing_insert(p, p->custody.arc, p->custody.unsealed);
    return status == WAYBILL_OK ? signing_insert(p, s->dkim2, p->custody.why) : status;
}

static void answer(struct passage *p)
{
    enum waybill_status status = p->status;
    if (status == WAYBILL_OK)
        status = sign(p);
    if (status == WAYBILL_OK)
        status = make_fields(p);
    if (status != WAYBILL_OK)
        p->custody.why = p->custody.unsealed = p->signing.unsigned_why[SIGNED_AS_DKIM] =
            waybill_status_text(status);
    p->signing.unsigned_why[SIGNED_AS_DKIM2] = p->custody.why;
    enum waybill_status inserted = insert_all(p);
    if (status != WAYBILL_OK || inserted != WAYBILL_OK)
        say_failure(p, "not signed",
                    waybill_status_text(inserted != WAYBILL_OK ? inserted : status));
    else
        say_signed(p, p->custody.message);
    if (inserted == WAYBILL_OK)
        milter_reply_continue(p->session);
    else
        milter_reply_tempfail(p->session);
    passage_answered(p);
}

/* --- finding the arrival -----------------------------------------------------------------------
 */

static void use(struct passage *p, struct departure *departure)
{
    p->custody.departure = departure;
    if (!departure)
        p->status = WAYBILL_NOMEM;
    else
        p->custody.why = departure->why;
    answer(p);
}

/* Copies of a post wait at the same time: what one of them found is there for the rest. */
static void got(void *self, struct buffer *file, const char *why)
{
    struct passage *p = self;
    struct departures *all = p->worker->departures;
    struct departure *departure = departures_find(all, p->custody.id);
    p->custody.fetching = NULL;
    deadline_stop(&p->custody.deadline);
    if (departure) {
        use(p, departure);
    } else if (file) {
        use(p, departures_add(all, p->custody.id, file, body_of(p)));
    } else {
        p->custody.why = why;
        answer(p);
    }
}

static void waited_too_long(void *self)
{
    struct passage *p = self;
    spool_forget(p->custody.fetching);
    p->custody.fetching = NULL;
    p->custody.why = "the spool did not answer in time";
    answer(p);
}

static enum waybill_status fetch(struct passage *p)
{
    struct custody *c = &p->custody;
    enum waybill_status status =
        deadline_new(&c->deadline, p->worker->base, p->settings->deadline_ms, waited_too_long, p);
    if (status == WAYBILL_OK)
        status = spool_fetch(p->worker->spool, c->id, got, p, &c->fetching);
    if (status == WAYBILL_OK)
        deadline_start(&c->deadline);
    return status;
}

/* NULL, or why the token is none to be believed. */
static const char *read_token(struct passage *p)
{
    enum transit_verdict verdict;
    if (!p->custody.token.p)
        return "no token: the message did not arrive here, or its arrival was not kept";
    if (transit_token_read(&p->worker->shared->transit_keys, p->custody.token,
                           worker_now(p->worker), p->custody.id, &verdict) != WAYBILL_OK)
        return "the token cannot be verified";
    if (verdict == TRANSIT_GOOD)
        return NULL;
    const char *why = arena_printf(&p->arena, "the token is %s", transit_verdict_text(verdict));
    return why ? why : "the token is none of ours";
}

static void end(struct passage *p)
{
    struct custody *c = &p->custody;
    c->why = read_token(p);
    if (c->why || p->status != WAYBILL_OK) {
        answer(p);
        return;
    }
    struct departure *departure = departures_find(p->worker->departures, c->id);
    if (departure) {
        use(p, departure);
    } else if (!p->worker->spool) {
        c->why = "no spool: set spool in the configuration";
        answer(p);
    } else if (fetch(p) != WAYBILL_OK) {
        p->status = WAYBILL_NOMEM;
        answer(p);
    }
}

static void drop(struct passage *p)
{
    struct custody *c = &p->custody;
    if (c->fetching)
        spool_forget(c->fetching);
    deadline_free(&c->deadline);
    waybill_signer_free(c->arc);
    signing_drop(p);
    waybill_message_free(c->message);
    if (c->departure)
        departures_let_go(c->departure);
    buffer_free(&c->octets);
}

const struct role role_custodian = {
    .begin = begin, .field = take_field, .octets = take_octets, .end = end, .drop = drop};
