/*
 * A whole verification. The first line is the envelope: MAIL FROM and recipients between TABs;
 * empty, it is not known. The second answers all questions: a status (a, n, x, s, t) and, for a, a
 * text. The rest is the message.
 */
#include "base/cursor.h"
#include "dkim2/also.h"
#include "support/custody.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RCPTS = 4, PATH = 200 };

struct input {
    char mail_from[PATH], paths[RCPTS][PATH];
    const char *rcpt_to[RCPTS];
    struct slice answer;
    struct custody_input in;
};

static void take_word(struct cursor *c, uint8_t stop, char out[PATH])
{
    struct slice word = slice_sub(cursor_until(c, stop), 0, PATH - 1);
    size_t n = slice_find(word, '\0', 0);
    memcpy(out, word.n ? (const char *)word.p : "", n);
    out[n] = '\0';
}

static struct waybill_answer answer_by_line(const void *self,
                                            const struct waybill_question *question,
                                            struct waybill_datum room[DNS_ROW_TEXTS])
{
    static const char statuses[] = "anxst";
    const struct input *input = self;
    struct slice line = input->answer;
    struct waybill_answer answer = WAYBILL_ANSWER(WAYBILL_NXDOMAIN);
    must(question->wave == 1, "a key is asked for at once");
    size_t status = line.n ? slice_find(slice_of(statuses, 5), line.p[0], 0) : 5;
    if (status < 5)
        answer.status = (enum waybill_answer_status)status;
    if (answer.status != WAYBILL_ANSWERED)
        return answer;
    struct slice text = slice_from(line, 1);
    room[0] = (struct waybill_datum){text.n ? (const char *)text.p : "", text.n};
    answer.data = room;
    answer.n = 1;
    return answer;
}

static void read_input(struct slice all, struct input *out)
{
    struct cursor c = cursor_new(all), envelope = cursor_new(cursor_until(&c, '\n'));
    *out = (struct input){.in = {.answer = answer_by_line}};
    out->in.self = out;
    cursor_accept(&c, '\n');
    out->answer = cursor_until(&c, '\n');
    cursor_accept(&c, '\n');
    out->in.message = cursor_rest(&c);
    take_word(&envelope, '\t', out->mail_from);
    while (out->in.rcpts < RCPTS && cursor_accept(&envelope, '\t')) {
        take_word(&envelope, '\t', out->paths[out->in.rcpts]);
        out->rcpt_to[out->in.rcpts] = out->paths[out->in.rcpts];
        out->in.rcpts++;
    }
    out->in.rcpt_to = out->rcpt_to;
    out->in.mail_from = out->in.rcpts > 0 ? out->mail_from : NULL;
}

/* Nothing passes with a finding against it, or without an envelope; a state is the draft's. */
static void judge(const struct dkim2 *dkim2)
{
    bool bad = false, named = dkim2->n_found == 0;
    for (size_t k = 0; k < dkim2->n_found; k++) {
        const struct dkim2_found *found = &dkim2->found[k];
        must(found->state == dkim2->draft->findings[found->what].state, "another state");
        must(found->state != WAYBILL_RESULT_NONE, "a finding the draft does not know");
        bad |= found->state != WAYBILL_RESULT_PASS;
        named |= found->text == dkim2->verdict.why;
    }
    bool passes = dkim2->verdict.result == WAYBILL_RESULT_PASS;
    must(!passes || (!bad && dkim2->envelope_checked && dkim2->provisional), "a pass too many");
    must(!bad || named, "a verdict without its reason");
    for (size_t i = 0; i < dkim2->n_signatures; i++)
        must(!passes || dkim2->signatures[i]->result == WAYBILL_RESULT_PASS, "a hop");
    for (size_t m = 0; m < dkim2->n_instances; m++)
        must(!passes || dkim2->instances[m]->result == WAYBILL_RESULT_PASS, "an instance");
}

static void compare(const struct dkim2 *a, const struct dkim2 *b)
{
    must(a->verdict.result == b->verdict.result && a->n_found == b->n_found, "portions matter");
    for (size_t k = 0; k < a->n_found; k++)
        must(strcmp(a->found[k].text, b->found[k].text) == 0, "portions matter");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct waybill_engine *engine;
    struct input input;
    struct custody whole, pieces, other;
    must(engine || waybill_engine_new(&engine) == WAYBILL_OK, "no engine");
    read_input(slice_of(data, size), &input);
    input.in.draft = WAYBILL_DRAFT_09;
    if (custody_run(engine, &input.in, &whole) == WAYBILL_OK) {
        input.in.piece = 3;
        must(custody_run(engine, &input.in, &pieces) == WAYBILL_OK, "it had gone well");
        input.in.draft = WAYBILL_DRAFT_06;
        must(custody_run(engine, &input.in, &other) == WAYBILL_OK, "it had gone well");
        judge(&whole.dkim2);
        judge(&other.dkim2);
        compare(&whole.dkim2, &pieces.dkim2);
        must(!whole.dkim2.also == !other.dkim2.also, "one draft sees nothing");
        if (whole.dkim2.also) {
            must(whole.dkim2.also->verdict.result == other.dkim2.verdict.result, "two answers");
            must(other.dkim2.also->verdict.result == whole.dkim2.verdict.result, "two answers");
        }
        custody_free(&pieces);
        custody_free(&other);
    }
    custody_free(&whole);
    return 0;
}
