/*
 * spf_ask: SPF of one session after the other, for the suites in Python.
 *
 * A line of standard input is a JSON object: ip, helo, mail_from, receiver (strings, or absent
 * where it is not known), now, and zone, the text of waybill/answers.h. A line of standard output
 * has, for "mail_from" and "helo" each, the verdict and what led to it, and the questions. In all
 * strings a character U+0000 to U+00FF is one octet.
 */
#include "spf/spf.h"
#include "support/asked.h"
#include "support/characters.h"
#include "support/support.h"

#include <stdlib.h>

/* --- one case --------------------------------------------------------------------------------- */

static struct spf_session read_session(struct arena *arena, const json_t *input)
{
    struct spf_session session = {.helo = octets_of(arena, json_object_get(input, "helo")),
                                  .mail_from =
                                      octets_of(arena, json_object_get(input, "mail_from")),
                                  .receiver = octets_of(arena, json_object_get(input, "receiver")),
                                  .now = json_integer_value(json_object_get(input, "now"))};
    struct slice ip = octets_of(arena, json_object_get(input, "ip"));
    must(!ip.p || ip_parse(ip, &session.client), "ip is no address");
    return session;
}

static void answer_all(struct questions *questions, struct waybill_answers *zone)
{
    const struct waybill_question *open;
    size_t n;
    must(questions_open(questions, &open, &n) == WAYBILL_OK, "no memory");
    for (size_t i = 0; i < n; i++) {
        struct waybill_answer answer;
        must(waybill_answers_find(zone, &open[i], &answer) == WAYBILL_OK &&
                 questions_answer(questions, &open[i], &answer) == WAYBILL_OK,
             "no answer");
    }
}

static bool has_open(struct questions *questions)
{
    const struct waybill_question *open;
    size_t n;
    must(questions_open(questions, &open, &n) == WAYBILL_OK, "no memory");
    return n > 0;
}

static void evaluate(struct spf *spf, struct waybill_answers *zone)
{
    for (;;) {
        questions_restart(spf->questions);
        must(spf_evaluate(spf) == WAYBILL_OK, "no memory");
        if (!has_open(spf->questions))
            return;
        answer_all(spf->questions, zone);
    }
}

static json_t *check_json(const struct spf_check *check)
{
    json_t *path = json_array();
    for (size_t i = 0; i < check->n_path; i++)
        json_array_append_new(path, json_pack("{s:o, s:o}", "domain",
                                              characters_of(check->path[i].domain), "term",
                                              characters_of(check->path[i].term)));
    return json_pack("{s:s, s:s?, s:o, s:o, s:i, s:i}", "result",
                     waybill_result_text(check->verdict.result), "why", check->verdict.why,
                     "explanation", characters_of(check->explanation), "path", path, "lookups",
                     (int)check->lookups, "void_lookups", (int)check->void_lookups);
}

static json_t *questions_json(const struct questions *questions)
{
    json_t *list = json_array();
    for (size_t i = 0; i < questions->n; i++) {
        const struct asked *a = questions->all[i];
        json_array_append_new(
            list, json_pack("{s:o, s:s, s:i, s:b}", "name",
                            characters_of(slice_of(a->question.name, a->question.name_octets)),
                            "type", waybill_dns_type_text(a->question.type), "wave",
                            (int)a->question.wave, "used", (int)a->used));
    }
    return list;
}

static json_t *run_case(void *self, const json_t *input)
{
    (void)self;
    struct arena arena = arena_new();
    struct questions questions = questions_new(&arena);
    struct waybill_answers *zone = asked_zone(input);
    struct spf_session session = read_session(&arena, input);
    struct spf spf;
    must(spf_plan(&arena, &questions, &session, &spf) == WAYBILL_OK, "no memory");
    evaluate(&spf, zone);
    json_t *output =
        json_pack("{s:o, s:o, s:o}", "mail_from", check_json(&spf.of[SPF_MAIL_FROM]), "helo",
                  check_json(&spf.of[SPF_HELO]), "questions", questions_json(&questions));
    waybill_answers_free(zone);
    arena_free(&arena);
    return output;
}

int main(void)
{
    asked_run(run_case, NULL);
    return 0;
}
