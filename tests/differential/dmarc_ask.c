/*
 * dmarc_ask: DMARC of one header after the other, for a suite in Python.
 *
 * A line of standard input is a JSON object: from, the value of a From field; identifiers, as
 * support/dmarc.h reads them; zone, the text of waybill/answers.h. A line of standard output has
 * the verdict and, for each Author Domain, what was found.
 */
#include "support/asked.h"
#include "support/dmarc.h"

#include <jansson.h>
#include <stdlib.h>

static size_t answer_all(struct dmarc_trial *t, struct waybill_answers *zone)
{
    const struct waybill_question *open;
    size_t n;
    must(questions_open(&t->questions, &open, &n) == WAYBILL_OK, "no list of questions");
    for (size_t i = 0; i < n; i++) {
        struct waybill_answer answer;
        must(waybill_answers_find(zone, &open[i], &answer) == WAYBILL_OK &&
                 questions_answer(&t->questions, &open[i], &answer) == WAYBILL_OK,
             "no answer");
    }
    return n;
}

static json_t *text_json(struct slice text)
{
    return text.p ? json_stringn((const char *)text.p, text.n) : json_null();
}

static json_t *author_json(const struct dmarc_author *a)
{
    json_t *aligned = json_array();
    for (size_t i = 0; i < a->n_aligned; i++)
        json_array_append_new(aligned, json_integer((json_int_t)a->aligned[i]));
    return json_pack("{s:o, s:s, s:s?, s:o, s:o, s:s?, s:o}", "domain", text_json(a->domain),
                     "result", waybill_result_text(a->verdict.result), "why", a->verdict.why,
                     "policy_domain", text_json(a->policy_domain), "organisation",
                     text_json(a->organisation), "policy",
                     a->tag ? dmarc_policy_text(a->policy) : NULL, "aligned", aligned);
}

static json_t *dmarc_json(const struct dmarc *dmarc)
{
    json_t *authors = json_array();
    for (size_t i = 0; i < dmarc->n; i++)
        json_array_append_new(authors, author_json(&dmarc->authors[i]));
    return json_pack("{s:s, s:s?, s:o}", "result", waybill_result_text(dmarc->verdict.result),
                     "why", dmarc->verdict.why, "authors", authors);
}

static json_t *run_case(void *self, const json_t *input)
{
    (void)self;
    struct dmarc_trial t;
    struct waybill_answers *zone = asked_zone(input);
    const char *from = json_string_value(json_object_get(input, "from"));
    const char *identifiers = json_string_value(json_object_get(input, "identifiers"));
    must(from && identifiers, "no header");
    dmarc_trial_start(&t, from, identifiers, NULL, 0);
    do
        dmarc_trial_step(&t);
    while (answer_all(&t, zone) > 0);
    json_t *output = dmarc_json(&t.dmarc);
    dmarc_trial_free(&t);
    waybill_answers_free(zone);
    return output;
}

int main(void)
{
    asked_run(run_case, NULL);
    return 0;
}
