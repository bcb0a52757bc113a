#include "support/custody.h"

#include "crypto/engine.h"

static enum waybill_status plan(void *self)
{
    struct custody *c = self;
    return dkim2_plan(&c->evaluation, c->draft, &c->envelope, &c->dkim2);
}

static enum waybill_status take_body(void *self, struct slice octets)
{
    struct custody *c = self;
    return dkim2_body(&c->dkim2, octets);
}

static enum waybill_status end_body(void *self)
{
    struct custody *c = self;
    return dkim2_body_end(&c->dkim2);
}

static enum waybill_status start(struct waybill_engine *engine, const struct custody_input *in,
                                 struct custody *out)
{
    *out = (struct custody){.draft = in->draft};
    out->arena = arena_new();
    out->questions = questions_new(&out->arena);
    out->rcpt_to = arena_array(&out->arena, in->rcpts, sizeof *out->rcpt_to);
    if (!out->rcpt_to)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < in->rcpts; i++)
        out->rcpt_to[i] = slice_str(in->rcpt_to[i]);
    out->envelope = (struct dkim2_envelope){in->mail_from != NULL, slice_str(in->mail_from),
                                            out->rcpt_to, in->rcpts};
    enum waybill_status status = waybill_message_new(engine, WAYBILL_LINES_CRLF, &out->message);
    out->evaluation = (struct evaluation){.arena = &out->arena,
                                          .message = out->message,
                                          .crypto = engine->crypto,
                                          .keyring = engine->keyring,
                                          .questions = &out->questions,
                                          .now = in->now ? in->now : LAB_NOW};
    out->client = (struct message_client){
        .self = out, .header_ended = plan, .body = take_body, .body_ended = end_body};
    return status == WAYBILL_OK ? message_attach(out->message, &out->client) : status;
}

static enum waybill_status feed(const struct custody_input *in, struct custody *c)
{
    size_t piece = in->piece ? in->piece : in->message.n + 1;
    enum waybill_status status = WAYBILL_OK;
    for (size_t at = 0; at < in->message.n && status == WAYBILL_OK; at += piece) {
        struct slice portion = slice_sub(in->message, at, piece);
        status = waybill_message_feed(c->message, portion.p, portion.n);
    }
    return status == WAYBILL_OK ? waybill_message_end(c->message) : status;
}

static enum waybill_status answer_all(const struct custody_input *in, struct custody *c, size_t *n)
{
    const struct waybill_question *open;
    enum waybill_status status = questions_open(&c->questions, &open, n);
    for (size_t i = 0; i < *n && status == WAYBILL_OK; i++) {
        struct waybill_datum room[DNS_ROW_TEXTS];
        struct waybill_answer answer = in->answer(in->self, &open[i], room);
        status = questions_answer(&c->questions, &open[i], &answer);
    }
    return status;
}

enum waybill_status custody_run(struct waybill_engine *engine, const struct custody_input *in,
                                struct custody *out)
{
    size_t open = 1;
    enum waybill_status status = start(engine, in, out);
    if (status == WAYBILL_OK)
        status = feed(in, out);
    while (open > 0 && status == WAYBILL_OK) {
        questions_restart(&out->questions);
        status = dkim2_evaluate(&out->evaluation, &out->dkim2);
        if (status == WAYBILL_OK)
            status = answer_all(in, out, &open);
    }
    return status;
}

void custody_free(struct custody *c)
{
    dkim2_drop(&c->dkim2);
    if (c->message) {
        message_detach(c->message, &c->client);
        waybill_message_free(c->message);
    }
    arena_free(&c->arena);
}

struct waybill_answer custody_by_rows(const void *self, const struct waybill_question *question,
                                      struct waybill_datum room[DNS_ROW_TEXTS])
{
    const struct custody_rows *rows = self;
    return lab_answer(rows->lab, rows->rows, rows->n, question, room);
}
