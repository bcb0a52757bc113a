/*
 * A whole evaluation. The first line is the value of a From field, the second has the identifiers,
 * words of a method (s, d), a standing (o, p, f, u, n) and a domain; each further line answers one
 * question, in the order they are raised: a status (a, n, x, s, t) and, for a, texts between TABs.
 * What is asked and not answered there does not exist.
 */
#include "base/cursor.h"
#include "base/limits.h"
#include "dmarc/dmarc.h"
#include "dns/name.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { IDENTIFIERS = 24, TEXTS = 3 };

struct run {
    struct arena arena;
    struct questions questions;
    struct mailboxes from;
    struct dmarc_identifier identifiers[IDENTIFIERS];
    size_t n;
    struct dmarc dmarc;
};

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static struct slice line_of(struct cursor *c)
{
    struct slice line = cursor_until(c, '\n');
    cursor_accept(c, '\n');
    return line;
}

static void add_identifier(struct run *r, struct slice word)
{
    static const char standings[] = "opfun";
    struct dmarc_identifier *id = &r->identifiers[r->n];
    if (r->n == IDENTIFIERS || word.n < 2)
        return;
    size_t standing = slice_find(slice_of(standings, 5), word.p[1], 0);
    id->method = word.p[0] == 's' ? DMARC_BY_SPF : DMARC_BY_DKIM;
    id->standing = standing < 5 ? (enum dmarc_standing)standing : DMARC_PASSED;
    if (id->standing == DMARC_NOT_RUN ||
        name_to_ascii(&r->arena, slice_from(word, 2), &id->domain) != WAYBILL_OK)
        id->domain = (struct slice){NULL, 0};
    r->n++;
}

static void start(struct run *r, struct slice from, struct slice identifiers)
{
    struct cursor c = cursor_new(identifiers);
    *r = (struct run){.arena = arena_new()};
    r->questions = questions_new(&r->arena);
    for (; !cursor_done(&c); cursor_accept(&c, ' '))
        add_identifier(r, cursor_until(&c, ' '));
    address_parse_list(&r->arena, from, &r->from);
    must(dmarc_plan(&r->arena, &r->questions, &r->from, r->identifiers, r->n, &r->dmarc) ==
         WAYBILL_OK);
}

static struct waybill_answer answer_of(struct slice line, struct waybill_datum room[TEXTS])
{
    static const char statuses[] = "anxst";
    size_t status = line.n ? slice_find(slice_of(statuses, 5), line.p[0], 0) : 5;
    struct waybill_answer answer = WAYBILL_ANSWER(WAYBILL_NXDOMAIN);
    if (status < 5)
        answer.status = (enum waybill_answer_status)status;
    struct cursor c = cursor_new(slice_from(line, 1));
    while (answer.status == WAYBILL_ANSWERED && answer.n < TEXTS &&
           (answer.n == 0 || cursor_accept(&c, '\t'))) {
        struct slice text = cursor_until(&c, '\t');
        room[answer.n++] = (struct waybill_datum){text.n ? (const char *)text.p : "", text.n};
    }
    answer.data = answer.n ? room : NULL;
    return answer;
}

/* Evaluates, and answers all that is open, until nothing is. */
static void finish(struct run *r, struct cursor *lines)
{
    const struct waybill_question *open;
    size_t n;
    do {
        questions_restart(&r->questions);
        must(dmarc_evaluate(&r->dmarc) == WAYBILL_OK);
        must(questions_open(&r->questions, &open, &n) == WAYBILL_OK);
        for (size_t i = 0; i < n; i++) {
            struct waybill_datum room[TEXTS];
            struct waybill_answer answer = answer_of(line_of(lines), room);
            must(open[i].wave <= 2);
            must(questions_answer(&r->questions, &open[i], &answer) == WAYBILL_OK);
        }
    } while (n > 0);
}

/* The same answers one by one, the last first, with a step behind each. */
static void repeat(struct run *r, const struct run *first)
{
    const struct waybill_question *open;
    size_t n;
    must(dmarc_evaluate(&r->dmarc) == WAYBILL_OK);
    while (questions_open(&r->questions, &open, &n) == WAYBILL_OK && n > 0) {
        struct waybill_question q = open[n - 1];
        size_t i = 0;
        while (i < first->questions.n &&
               (first->questions.all[i]->question.type != q.type ||
                strcmp(first->questions.all[i]->question.name, q.name) != 0))
            i++;
        must(i < first->questions.n); /* no question that other portions would not raise */
        must(questions_answer(&r->questions, &q, &first->questions.all[i]->answer) == WAYBILL_OK);
        questions_restart(&r->questions);
        must(dmarc_evaluate(&r->dmarc) == WAYBILL_OK);
    }
}

static bool has_standing(const struct run *r, enum dmarc_standing standing)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->identifiers[i].standing == standing)
            return true;
    return false;
}

static void look_at(const struct run *r, const struct dmarc_author *a)
{
    bool open = a->verdict.result == WAYBILL_RESULT_NOT_EVALUATED && !a->verdict.why;
    must(!open || has_standing(r, DMARC_OPEN));
    must((a->verdict.result == WAYBILL_RESULT_PASS) == (a->n_aligned > 0));
    for (size_t i = 0; i < a->n_aligned; i++)
        must(r->identifiers[a->aligned[i]].standing == DMARC_PASSED);
    must(a->verdict.result != WAYBILL_RESULT_FAIL || (a->record && a->tag));
    must(a->policy <= a->published && (a->tag || a->published == DMARC_NONE));
    must(!a->organisation.p || name_is_within(a->domain, a->organisation));
    must(!a->policy_domain.p || name_is_within(a->domain, a->policy_domain));
    must(a->verdict.why || a->verdict.result == WAYBILL_RESULT_PASS || open);
}

static void look_at_both(const struct run *one, const struct run *two)
{
    must(one->questions.n == two->questions.n && one->dmarc.n == two->dmarc.n);
    must(one->dmarc.verdict.result == two->dmarc.verdict.result);
    must(one->dmarc.policy == two->dmarc.policy);
    for (size_t i = 0; i < one->dmarc.n; i++) {
        const struct dmarc_author *a = &one->dmarc.authors[i], *b = &two->dmarc.authors[i];
        must(a->verdict.result == b->verdict.result && a->verdict.why == b->verdict.why);
        must(a->tag == b->tag && a->policy == b->policy && a->n_aligned == b->n_aligned);
        must(slice_eq(a->organisation, b->organisation));
        must(slice_eq(a->policy_domain, b->policy_domain));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor lines = cursor_new(slice_of(data, size));
    struct slice from = line_of(&lines), identifiers = line_of(&lines);
    struct run one, two;
    start(&one, from, identifiers);
    finish(&one, &lines);
    must(one.dmarc.n <= LIMIT_DMARC_AUTHORS && !one.questions.refused);
    for (size_t i = 0; i < one.dmarc.n; i++)
        look_at(&one, &one.dmarc.authors[i]);
    must(one.dmarc.n > 0 || one.dmarc.verdict.result == WAYBILL_RESULT_PERMERROR);
    start(&two, from, identifiers);
    repeat(&two, &one);
    look_at_both(&one, &two);
    arena_free(&two.arena);
    arena_free(&one.arena);
    return 0;
}
