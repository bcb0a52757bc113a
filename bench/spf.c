#include "spf.h"

#include "spf/spf.h"
#include "waybill/answers.h"
#include "world.h"

#include <stdio.h>

/* A record as a sender of some size has it: an include, hosts, networks. */
static const struct row {
    const char *name, *type, *data;
} rows[] = {
    {"author.example", "TXT",
     "v=spf1 include:_spf.author.example mx a:out.author.example ip4:192.0.2.0/24 -all"},
    {"author.example", "MX", "10 mx1.author.example"},
    {"author.example", "MX", "20 mx2.author.example"},
    {"mx1.author.example", "A", "198.51.100.10"},
    {"mx2.author.example", "A", "198.51.100.20"},
    {"out.author.example", "A", "198.51.100.30"},
    {"_spf.author.example", "TXT",
     "v=spf1 ip4:203.0.113.0/26 ip4:203.0.113.128/26 ip6:2001:db8::/32 ~all"},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static const char client[] = "192.0.2.77", mail_from[] = "user@author.example";

struct scene {
    struct waybill_answers *zone;
    struct spf_session session;
    struct arena arena; /* of the first check, which the others have their answers from */
    struct questions questions;
    struct spf spf;
};

static void make_zone(struct scene *s)
{
    struct waybill_text_error error;
    struct buffer text = buffer_new(65536);
    for (size_t i = 0; i < ROWS; i++) {
        const char *quote = rows[i].type[0] == 'T' ? "\"" : "";
        buffer_printf(&text, "%s. IN %s %s%s%s\n", rows[i].name, rows[i].type, quote, rows[i].data,
                      rows[i].type[0] == 'M' ? "." : quote);
    }
    s->zone = waybill_answers_new(WAYBILL_NXDOMAIN);
    must(s->zone && waybill_answers_read(s->zone, text.p, text.n, &error) == WAYBILL_OK, "zone");
    s->session.mail_from = slice_str(mail_from);
    must(ip_parse(slice_str(client), &s->session.client), "ip");
    buffer_free(&text);
}

/* The answer that the first check got, of a handful one after the other: as the peer's zone does.
 */
static const struct waybill_answer *recall(const struct scene *s, const struct waybill_question *q)
{
    for (size_t i = 0; i < s->questions.n; i++) {
        const struct asked *a = s->questions.all[i];
        if (a->question.type == q->type && a->question.name_octets == q->name_octets &&
            memcmp(a->question.name, q->name, q->name_octets) == 0)
            return &a->answer;
    }
    return NULL;
}

static void answer(struct scene *s, struct questions *questions,
                   const struct waybill_question *open, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct waybill_answer found;
        if (questions == &s->questions)
            must(waybill_answers_find(s->zone, &open[i], &found) == WAYBILL_OK, "find");
        else
            found = *recall(s, &open[i]);
        must(questions_answer(questions, &open[i], &found) == WAYBILL_OK, "answer");
    }
}

/* From the envelope to the verdict. */
static void check(struct scene *s, struct arena *arena, struct questions *questions,
                  struct spf *spf)
{
    const struct waybill_question *open;
    size_t n;
    *arena = arena_new();
    *questions = questions_new(arena);
    must(spf_plan(arena, questions, &s->session, spf) == WAYBILL_OK, "plan");
    for (;;) {
        questions_restart(questions);
        must(spf_evaluate(spf) == WAYBILL_OK, "evaluate");
        must(questions_open(questions, &open, &n) == WAYBILL_OK, "open");
        if (n == 0)
            break;
        answer(s, questions, open, n);
    }
    must(spf->of[SPF_MAIL_FROM].verdict.result == WAYBILL_RESULT_PASS, "verdict");
}

static void check_once(void *self)
{
    struct arena arena;
    struct questions questions;
    struct spf spf;
    check(self, &arena, &questions, &spf);
    arena_free(&arena);
}

static void evaluate_once(void *self)
{
    struct scene *s = self;
    questions_restart(&s->questions);
    must(spf_evaluate(&s->spf) == WAYBILL_OK, "evaluate");
}

static void print_case(const char *name, const char *title, struct operation operation,
                       struct effort effort, const char *only)
{
    if (!slice_starts(slice_str(name), slice_str(only)))
        return;
    struct pair p = measure_pair(operation, operation, effort);
    printf("spf\t%s\t%s\t%.1f\n", name, title, p.ops);
    fflush(stdout);
}

static void write_zone(const char *directory)
{
    struct buffer text = buffer_new(65536);
    buffer_printf(&text, "%s\t%s\n", client, mail_from);
    for (size_t i = 0; i < ROWS; i++)
        buffer_printf(&text, "%s\t%s\t%s\n", rows[i].name, rows[i].type, rows[i].data);
    write_file(directory, "spf", "tsv", buffer_slice(&text));
    buffer_free(&text);
}

void spf_run(struct effort effort, const char *only, const char *directory)
{
    struct scene s = {0};
    make_zone(&s);
    check(&s, &s.arena, &s.questions, &s.spf);
    print_case("spf-check", "SPF check, six answers", (struct operation){check_once, &s}, effort,
               only);
    print_case("spf-evaluate", "SPF evaluation alone", (struct operation){evaluate_once, &s},
               effort, only);
    if (directory)
        write_zone(directory);
    arena_free(&s.arena);
    waybill_answers_free(s.zone);
}
