/*
 * The pure function (design 2): every step evaluates all methods from the parsed message and the
 * answers at hand.
 *
 *     new --> envelope? --> [header ends: plan] --> step* --> DONE: the record is complete
 */
#include "check/check.h"

#include "check/envelope.h"
#include "check/from.h"
#include "check/identifiers.h"
#include "check/judge.h"
#include "crypto/engine.h"

#include <stdlib.h>

#define ALL_METHODS                                                                    \
    (1u << WAYBILL_METHOD_SPF | 1u << WAYBILL_METHOD_DKIM | 1u << WAYBILL_METHOD_ARC | \
     1u << WAYBILL_METHOD_DMARC)

struct waybill_check {
    struct arena arena;
    struct message_client client;
    struct evaluation evaluation;
    struct questions questions;
    struct waybill_record record;
    struct identifiers identifiers;
    struct judge judge; /* its functions are NULL where nobody decides */
    bool planned, done;
};

/* --- planning -----------------------------------------------------------------------------------
 */

/* What the envelope raises is asked while the message still comes. */
static enum waybill_status plan_spf(struct waybill_check *check)
{
    const struct record_envelope *e = &check->record.envelope;
    if (!record_has(&check->record, WAYBILL_METHOD_SPF))
        return WAYBILL_OK;
    struct spf_session session = {.helo = e->helo,
                                  .mail_from = e->mail_from,
                                  .receiver = e->receiver,
                                  .now = check->record.time};
    if (e->ip.p)
        ip_parse(e->ip, &session.client);
    return spf_plan(&check->arena, &check->questions, &session, &check->record.spf);
}

static enum waybill_status plan_dmarc(struct waybill_check *check)
{
    struct waybill_record *r = &check->record;
    enum waybill_status status = identifiers_make(&check->arena, r, &check->identifiers);
    return status == WAYBILL_OK
               ? dmarc_plan(&check->arena, &check->questions, &r->from, check->identifiers.all,
                            check->identifiers.n, &r->dmarc)
               : status;
}

/* The header is complete: everything that the message itself raises is asked now, wave 1. */
static enum waybill_status plan(void *self)
{
    struct waybill_check *check = self;
    struct waybill_record *r = &check->record;
    enum waybill_status status = from_read(&check->arena, message_header(r->message), &r->from);
    if (status == WAYBILL_OK && !r->envelope.given)
        status = plan_spf(check);
    if (status == WAYBILL_OK && record_has(r, WAYBILL_METHOD_DKIM))
        status = dkim_plan(&check->evaluation, &r->dkim);
    if (status == WAYBILL_OK && record_has(r, WAYBILL_METHOD_ARC))
        status = arc_plan(&check->evaluation, &r->arc);
    if (status == WAYBILL_OK && record_has(r, WAYBILL_METHOD_DMARC))
        status = plan_dmarc(check);
    if (status == WAYBILL_OK && check->judge.plan)
        status = check->judge.plan(check->judge.self, &check->evaluation, r);
    check->planned = status == WAYBILL_OK;
    return status;
}

/* --- a check ------------------------------------------------------------------------------------
 */

enum waybill_status waybill_check_new(struct waybill_message *message, int64_t now,
                                      struct waybill_check **out)
{
    struct waybill_check **slot = message_check_slot(message);
    *out = NULL;
    if (*slot)
        return WAYBILL_MISUSE;
    struct waybill_check *check = calloc(1, sizeof *check);
    if (!check)
        return WAYBILL_NOMEM;
    const struct waybill_engine *engine = message_engine(message);
    check->arena = arena_new();
    check->questions = questions_new(&check->arena);
    check->evaluation = (struct evaluation){.arena = &check->arena,
                                            .message = message,
                                            .crypto = engine->crypto,
                                            .keyring = engine->keyring,
                                            .questions = &check->questions,
                                            .now = now};
    check->record = (struct waybill_record){
        .message = message, .time = now, .methods = ALL_METHODS, .questions = &check->questions};
    check->client = (struct message_client){.self = check, .header_ended = plan};
    enum waybill_status status = message_attach(message, &check->client);
    if (status != WAYBILL_OK) {
        free(check);
        return status;
    }
    *slot = *out = check;
    return WAYBILL_OK;
}

void waybill_check_free(struct waybill_check *check)
{
    if (!check)
        return;
    message_detach(check->record.message, &check->client);
    *message_check_slot(check->record.message) = NULL;
    arena_free(&check->arena);
    free(check);
}

enum waybill_status waybill_check_methods(struct waybill_check *check, unsigned methods)
{
    if (check->record.envelope.given || message_has_started(check->record.message) ||
        methods & ~ALL_METHODS)
        return WAYBILL_MISUSE;
    check->record.methods = methods;
    return WAYBILL_OK;
}

enum waybill_status waybill_check_envelope(struct waybill_check *check,
                                           const struct waybill_envelope *envelope)
{
    if (check->record.envelope.given || message_has_started(check->record.message))
        return WAYBILL_MISUSE;
    enum waybill_status status = envelope_read(&check->arena, envelope, &check->record.envelope);
    return status == WAYBILL_OK ? plan_spf(check) : status;
}

enum waybill_status check_attach_judge(struct waybill_check *check, struct judge judge)
{
    if (check->judge.judge || waybill_message_has_header(check->record.message))
        return WAYBILL_MISUSE;
    check->judge = judge;
    return WAYBILL_OK;
}

enum waybill_status waybill_check_id(struct waybill_check *check, const char *id)
{
    struct slice text = slice_str(id);
    if (text.n == 0 || text.n > 64)
        return WAYBILL_SYNTAX;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < 33 || text.p[i] > 126)
            return WAYBILL_SYNTAX;
    return arena_copy(&check->arena, text, &check->record.id) ? WAYBILL_OK : WAYBILL_NOMEM;
}

enum waybill_status waybill_check_questions(struct waybill_check *check,
                                            const struct waybill_question **list, size_t *n)
{
    return questions_open(&check->questions, list, n);
}

enum waybill_status waybill_check_answer(struct waybill_check *check,
                                         const struct waybill_question *question,
                                         const struct waybill_answer *answer)
{
    return questions_answer(&check->questions, question, answer);
}

/* --- steps --------------------------------------------------------------------------------------
 */

static enum waybill_status evaluate_dmarc(struct waybill_check *check)
{
    identifiers_update(&check->identifiers, &check->record);
    return dmarc_evaluate(&check->record.dmarc);
}

/* What needs the header, in the order in which one rests on the other. */
static enum waybill_status evaluate_message(struct waybill_check *check)
{
    struct waybill_record *r = &check->record;
    enum waybill_status status = WAYBILL_OK;
    if (record_has(r, WAYBILL_METHOD_DKIM))
        status = dkim_evaluate(&check->evaluation, &r->dkim);
    if (status == WAYBILL_OK && record_has(r, WAYBILL_METHOD_ARC))
        status = arc_evaluate(&check->evaluation, &r->arc);
    if (status == WAYBILL_OK && record_has(r, WAYBILL_METHOD_DMARC))
        status = evaluate_dmarc(check);
    if (status == WAYBILL_OK && check->judge.judge)
        status = check->judge.judge(check->judge.self, &check->evaluation, r);
    return status;
}

/* SPF has what it needs with the envelope, or, without one, when the rest is planned. */
static bool spf_is_planned(const struct waybill_check *check)
{
    return record_has(&check->record, WAYBILL_METHOD_SPF) &&
           (check->planned || check->record.envelope.given);
}

static enum waybill_status evaluate(struct waybill_check *check)
{
    questions_restart(&check->questions);
    enum waybill_status status =
        spf_is_planned(check) ? spf_evaluate(&check->record.spf) : WAYBILL_OK;
    return status == WAYBILL_OK && check->planned ? evaluate_message(check) : status;
}

enum waybill_status waybill_check_step(struct waybill_check *check, enum waybill_progress *progress)
{
    const struct waybill_question *open;
    size_t n_open = 0;
    enum waybill_status status = message_status(check->record.message);
    *progress = WAYBILL_MORE;
    if (status == WAYBILL_OK)
        status = evaluate(check);
    if (status == WAYBILL_OK)
        status = questions_open(&check->questions, &open, &n_open);
    if (status != WAYBILL_OK || !message_has_ended(check->record.message))
        return status;
    check->done = n_open == 0;
    *progress = check->done ? WAYBILL_DONE : WAYBILL_ASK;
    return WAYBILL_OK;
}

const struct waybill_record *waybill_check_record(struct waybill_check *check)
{
    return check->done ? &check->record : NULL;
}

struct waybill_message *check_message(const struct waybill_check *check)
{
    return check->record.message;
}
