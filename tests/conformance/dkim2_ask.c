/*
 * dkim2_ask: DKIM2 of one message after the other, for the suites in Python.
 *
 * A line of standard input is a JSON object: message (CRLF), draft ("06", "09"), now, mail_from
 * and rcpt_to (absent where the envelope is not known), and zone, the text of waybill/answers.h. A
 * line of standard output has the verdict, all findings, the hops and the instances, and, of each,
 * the octets that its digests are taken of. In all strings a character U+0000 to U+00FF is one
 * octet.
 */
#include "dkim2/run.h"
#include "support/asked.h"
#include "support/characters.h"
#include "support/custody.h"

#include <stdio.h>
#include <stdlib.h>

enum { RCPTS_MOST = 64 };

/* --- asking ----------------------------------------------------------------------------------- */

static struct waybill_answer answer_by_zone(const void *self,
                                            const struct waybill_question *question,
                                            struct waybill_datum room[DNS_ROW_TEXTS])
{
    struct waybill_answer answer;
    (void)room;
    must(waybill_answers_find((struct waybill_answers *)self, question, &answer) == WAYBILL_OK,
         "no answer");
    return answer;
}

/* --- telling ---------------------------------------------------------------------------------- */

static const char *result_of(enum waybill_result result)
{
    return waybill_result_text(result);
}

static json_t *found_json(const struct dkim2 *dkim2)
{
    json_t *list = json_array();
    for (size_t k = 0; k < dkim2->n_found; k++)
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:i}", "state", result_of(dkim2->found[k].state), "text",
                            dkim2->found[k].text, "signature", (int)dkim2->found[k].signature));
    return list;
}

static json_t *sets_json(const struct dkim2_signature *s)
{
    json_t *list = json_array();
    for (size_t k = 0; k < s->n_sets; k++)
        json_array_append_new(
            list, json_pack("{s:o, s:o, s:s, s:i}", "selector", characters_of(s->sets[k].selector),
                            "algorithm", characters_of(s->sets[k].algorithm_name), "result",
                            result_of(s->sets[k].result), "group", (int)s->sets[k].group));
    return list;
}

static json_t *hex_of(struct slice octets)
{
    char text[2 * DIGEST_OCTETS_MOST + 1] = "";
    for (size_t k = 0; k < octets.n; k++)
        snprintf(text + 2 * k, 3, "%02x", octets.p[k]);
    return json_string(text);
}

static json_t *signature_json(const struct dkim2 *dkim2, size_t i)
{
    const struct dkim2_signature *s = dkim2->signatures[i - 1];
    const struct dkim2_cover *cover = &dkim2->run->covers[i - 1];
    struct buffer octets = buffer_new(LAB_MESSAGE_OCTETS);
    if (!s)
        return json_null();
    if (cover->whole)
        must(run_octets(dkim2, i, &octets) == WAYBILL_OK, "no octets");
    json_t *json = json_pack("{s:s, s:s?, s:b, s:o, s:o, s:o, s:o}", "result", result_of(s->result),
                             "why", s->why, "no_final_semicolon", (int)s->no_final_semicolon,
                             "domain", characters_of(s->domain), "sets", sets_json(s), "input",
                             characters_of(buffer_slice(&octets)), "digest",
                             hex_of(digest_slice(&cover->digest)));
    buffer_free(&octets);
    return json;
}

static json_t *changes_json(const struct dkim2_instance *instance)
{
    json_t *list = json_array();
    for (size_t k = 0; k < instance->n_changes; k++)
        json_array_append_new(list, json_pack("{s:s, s:o, s:i}", "what",
                                              dkim2_change_text(instance->changes[k].what), "name",
                                              characters_of(instance->changes[k].name), "lines",
                                              (int)instance->changes[k].lines));
    return list;
}

static struct buffer header_of(const struct custody *c, size_t m)
{
    struct buffer octets = buffer_new(LAB_MESSAGE_OCTETS);
    const struct dkim2_fields *fields = &c->dkim2.run->states[m].fields;
    for (size_t k = 0; k < fields->n; k++)
        for (size_t v = 0; v < fields->all[k]->n; v++) {
            struct slice value;
            must(dkim2_value_canonical(message_arena(c->message), fields->all[k]->name,
                                       &fields->all[k]->values[v], &value) == WAYBILL_OK,
                 "no memory");
            buffer_add(&octets, fields->all[k]->name);
            buffer_add_str(&octets, ":");
            buffer_add(&octets, value);
            buffer_add_str(&octets, "\r\n");
        }
    return octets;
}

static json_t *instance_json(const struct custody *c, size_t m)
{
    const struct dkim2_instance *instance = c->dkim2.instances[m - 1];
    if (!instance)
        return json_null();
    struct buffer header = header_of(c, m);
    json_t *json =
        json_pack("{s:s, s:s?, s:o, s:o}", "result", result_of(instance->result), "why",
                  instance->why ? instance->why : instance->recipe_why, "changes",
                  changes_json(instance), "header", characters_of(buffer_slice(&header)));
    buffer_free(&header);
    return json;
}

static json_t *output_of(const struct custody *c)
{
    const struct dkim2 *dkim2 = &c->dkim2;
    json_t *signatures = json_array(), *instances = json_array();
    for (size_t i = 1; i <= dkim2->n_signatures; i++)
        json_array_append_new(signatures, signature_json(dkim2, i));
    for (size_t m = 1; m <= dkim2->n_instances; m++)
        json_array_append_new(instances, instance_json(c, m));
    const struct dkim2_also *also = dkim2->also;
    return json_pack("{s:s, s:s?, s:b, s:o, s:o, s:o, s:s?, s:i}", "result",
                     result_of(dkim2->verdict.result), "why", dkim2->verdict.why, "provisional",
                     (int)dkim2->provisional, "found", found_json(dkim2), "signatures", signatures,
                     "instances", instances, "also", also ? result_of(also->verdict.result) : NULL,
                     "key_operations", (int)c->evaluation.key_operations);
}

/* --- one case --------------------------------------------------------------------------------- */

static size_t read_recipients(struct arena *arena, const json_t *input, const char **rcpt_to)
{
    const json_t *list = json_object_get(input, "rcpt_to");
    size_t n = json_array_size(list);
    must(n <= RCPTS_MOST, "too many recipients");
    for (size_t i = 0; i < n; i++)
        rcpt_to[i] = (const char *)octets_of(arena, json_array_get(list, i)).p;
    return n;
}

static json_t *run_case(void *engine, const json_t *input)
{
    struct arena arena = arena_new();
    const char *rcpt_to[RCPTS_MOST];
    const char *draft = json_string_value(json_object_get(input, "draft"));
    struct custody_input in = {
        .message = octets_of(&arena, json_object_get(input, "message")),
        .draft = strcmp(draft, "06") == 0 ? WAYBILL_DRAFT_06 : WAYBILL_DRAFT_09,
        .now = json_integer_value(json_object_get(input, "now")),
        .mail_from = (const char *)octets_of(&arena, json_object_get(input, "mail_from")).p,
        .rcpt_to = rcpt_to,
        .rcpts = read_recipients(&arena, input, rcpt_to),
        .answer = answer_by_zone,
        .self = asked_zone(input),
    };
    struct custody c;
    must(custody_run(engine, &in, &c) == WAYBILL_OK, "it could not be verified");
    json_t *output = output_of(&c);
    custody_free(&c);
    waybill_answers_free((struct waybill_answers *)in.self);
    arena_free(&arena);
    return output;
}

int main(void)
{
    struct waybill_engine *engine;
    must(waybill_engine_new(&engine) == WAYBILL_OK, "no engine");
    asked_run(run_case, engine);
    waybill_engine_free(engine);
    return 0;
}
