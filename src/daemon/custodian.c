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
#include "daemon/hop.h"
#include "daemon/say.h"
#include "daemon/signing.h"
#include "io/spool.h"
#include "mail/taglist.h"
#include "transit/token.h"

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
        status = hop_sign(p);
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
