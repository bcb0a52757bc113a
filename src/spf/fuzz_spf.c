/*
 * A whole evaluation. The first line is the session: client, HELO and MAIL FROM, a space between.
 * Each further one is a record, "TYPE NAME DATA": T for TXT, A, 6 for AAAA, M for MX, P for PTR,
 * and S for a name at which the DNS fails. What comes out must not depend on the order of answers.
 */
#include "base/cursor.h"
#include "base/limits.h"
#include "spf/test_spf_trial.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DATA = 16 };

static int type_of(uint8_t letter)
{
    static const struct {
        uint8_t letter;
        int type;
    } types[] = {{'T', WAYBILL_DNS_TXT}, {'A', WAYBILL_DNS_A},   {'6', WAYBILL_DNS_AAAA},
                 {'M', WAYBILL_DNS_MX},  {'P', WAYBILL_DNS_PTR}, {'S', 0}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].letter == letter)
            return types[i].type;
    return -1;
}

/* The answer, its data in `room`. */
static struct waybill_answer look_up(struct slice lines, const struct waybill_question *q,
                                     struct waybill_datum room[DATA])
{
    struct waybill_answer answer = WAYBILL_ANSWER(WAYBILL_NXDOMAIN);
    struct cursor c = cursor_new(lines);
    for (answer.data = room; !cursor_done(&c); cursor_take(&c)) {
        struct cursor line = cursor_new(cursor_until(&c, '\n'));
        int letter = cursor_take(&line);
        int type = letter == CURSOR_END ? -1 : type_of((uint8_t)letter);
        cursor_accept(&line, ' ');
        struct slice name = cursor_until(&line, ' ');
        cursor_accept(&line, ' ');
        if (!slice_ieq(name, slice_of(q->name, q->name_octets)))
            continue;
        if (type == 0)
            return (struct waybill_answer)WAYBILL_ANSWER(WAYBILL_SERVFAIL);
        struct slice text = cursor_rest(&line);
        if (type == (int)q->type && answer.n < DATA)
            room[answer.n++] = (struct waybill_datum){(const char *)text.p, text.n};
        if (answer.status == WAYBILL_NXDOMAIN)
            answer.status = WAYBILL_NODATA;
    }
    if (answer.n > 0)
        answer.status = WAYBILL_ANSWERED;
    return answer;
}

static void say(struct buffer *out, const struct spf *spf)
{
    for (int i = 0; i < SPF_SCOPES; i++) {
        const struct spf_check *c = &spf->of[i];
        must(c->verdict.result != WAYBILL_RESULT_NOT_EVALUATED || c->verdict.why, "open");
        buffer_printf(out, "%d %s %u %u\n", (int)c->verdict.result,
                      c->verdict.why ? c->verdict.why : "", c->lookups, c->void_lookups);
        say_path(out, c);
        buffer_add(out, c->explanation);
    }
    size_t used = 0, waves = 0;
    for (size_t i = 0; i < spf->questions->n; i++) {
        used += spf->questions->all[i]->used;
        waves += spf->questions->all[i]->question.wave;
    }
    buffer_printf(out, "%zu %zu %zu", spf->questions->n, used, waves);
}

/* Answers all that is open, or one, then a step. */
static void evaluate(const struct spf_session *session, struct slice lines, bool one,
                     struct buffer *out)
{
    struct arena arena = arena_new();
    struct questions questions = questions_new(&arena);
    struct spf spf;
    const struct waybill_question *open;
    size_t n, steps = 0;
    must(spf_plan(&arena, &questions, session, &spf) == WAYBILL_OK, "plan");
    do {
        questions_restart(&questions);
        must(spf_evaluate(&spf) == WAYBILL_OK, "evaluate");
        must(questions_open(&questions, &open, &n) == WAYBILL_OK, "open");
        must(++steps <= LIMIT_QUESTIONS, "no end");
        for (size_t i = one && n ? n - 1 : 0; i < n; i++) {
            struct waybill_datum room[DATA];
            struct waybill_question own = open[i];
            struct waybill_answer answer = look_up(lines, &own, room);
            must(questions_answer(&questions, &own, &answer) == WAYBILL_OK, "answer");
        }
    } while (n > 0);
    say(out, &spf);
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor c = cursor_new(slice_of(data, size));
    struct cursor first = cursor_new(cursor_until(&c, '\n'));
    struct spf_session session = {.now = 1};
    struct buffer at_once = buffer_new(1 << 20), one_by_one = buffer_new(1 << 20);
    ip_parse(cursor_until(&first, ' '), &session.client);
    cursor_take(&first);
    session.helo = cursor_until(&first, ' ');
    cursor_take(&first);
    session.mail_from = cursor_rest(&first);
    cursor_take(&c);
    evaluate(&session, cursor_rest(&c), false, &at_once);
    evaluate(&session, cursor_rest(&c), true, &one_by_one);
    must(slice_eq(buffer_slice(&at_once), buffer_slice(&one_by_one)), "the order matters");
    buffer_free(&at_once);
    buffer_free(&one_by_one);
    return 0;
}
