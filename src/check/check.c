/*
 * The pure function (design 2): every step evaluates all methods from the parsed message and the
 * answers at hand.
 *
 *     new --> envelope? --> [header ends: plan] --> step* --> DONE: the record is complete
 */
#include "check/check.h"

#include "check/envelope.h"
#include "crypto/engine.h"

#include <stdlib.h>

struct waybill_check {
    struct arena arena;
    struct message_client client;
    struct evaluation evaluation;
    struct questions questions;
    struct waybill_record record;
    bool planned, done;
};

/* A From field that does not parse is a finding, not an error. */
static enum waybill_status read_from(struct waybill_check *check)
{
    struct waybill_record *r = &check->record;
    const struct field *from = header_first(message_header(r->message), SLICE("From"));
    if (!from) {
        r->from.why = "there is no From field";
        return WAYBILL_OK;
    }
    enum waybill_status status = address_parse_list(&check->arena, from->value, &r->from);
    return status == WAYBILL_NOMEM ? status : WAYBILL_OK;
}

/* The header is complete: everything that the message itself raises is asked now, wave 1. */
static enum waybill_status plan(void *self)
{
    struct waybill_check *check = self;
    enum waybill_status status = read_from(check);
    if (status == WAYBILL_OK)
        status = dkim_plan(&check->evaluation, &check->record.dkim);
    if (status == WAYBILL_OK)
        status = arc_plan(&check->evaluation, &check->record.arc);
    check->planned = status == WAYBILL_OK;
    return status;
}

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
    check->record =
        (struct waybill_record){.message = message, .time = now, .questions = &check->questions};
    check->client = (struct message_client){plan, check, NULL};
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

enum waybill_status waybill_check_envelope(struct waybill_check *check,
                                           const struct waybill_envelope *envelope)
{
    if (check->record.envelope.given || message_has_started(check->record.message))
        return WAYBILL_MISUSE;
    return envelope_read(&check->arena, envelope, &check->record.envelope);
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

static enum waybill_status evaluate(struct waybill_check *check)
{
    questions_restart(&check->questions);
    enum waybill_status status = dkim_evaluate(&check->evaluation, &check->record.dkim);
    return status == WAYBILL_OK ? arc_evaluate(&check->evaluation, &check->record.arc) : status;
}

enum waybill_status waybill_check_step(struct waybill_check *check, enum waybill_progress *progress)
{
    const struct waybill_question *open;
    size_t n_open = 0;
    enum waybill_status status = message_status(check->record.message);
    *progress = WAYBILL_MORE;
    if (status != WAYBILL_OK || !check->planned)
        return status;
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
