#include "base/limits.h"
#include "spf/test_spf_trial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

/* --- what is asked, when, and whether it is used ---------------------------------------------- */

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* All questions, a line each, sorted: "WAVE TYPE NAME", and " ahead" where it is not used. */
static void say_questions(struct buffer *out, const struct questions *q)
{
    static char lines[LIMIT_QUESTIONS][320];
    for (size_t i = 0; i < q->n; i++)
        snprintf(lines[i], sizeof lines[i], "%u %s %s%s\n", q->all[i]->question.wave,
                 waybill_dns_type_text(q->all[i]->question.type), q->all[i]->question.name,
                 q->all[i]->used ? "" : " ahead");
    qsort(lines, q->n, sizeof lines[0], by_text);
    for (size_t i = 0; i < q->n; i++)
        buffer_add_str(out, lines[i]);
}

static const struct ahead_case {
    const char *name, *zone; /* the client is 192.0.2.1, the domain t.example */
    const char *questions;
    unsigned waves;
} ahead_cases[] = {
    {"nothing but the record", "t.example. IN TXT \"v=spf1 -all\"\n", "1 TXT t.example\n", 1},
    {"three includes in one wave",
     "t.example. IN TXT \"v=spf1 include:a.example include:b.example include:c.example -all\"\n"
     "a.example. IN TXT \"v=spf1\"\nb.example. IN TXT \"v=spf1\"\nc.example. IN TXT \"v=spf1\"\n",
     "1 TXT t.example\n2 TXT a.example\n2 TXT b.example\n2 TXT c.example\n", 2},
    {"of all kinds, and what they need",
     "t.example. IN TXT \"v=spf1 a mx:m.example exists:%{i}.e.example redirect=r.example\"\n"
     "t.example. IN A 203.0.113.1\nm.example. IN MX 0 h.example.\nm.example. IN MX 0 i.example.\n"
     "h.example. IN A 203.0.113.1\ni.example. IN A 203.0.113.1\n"
     "r.example. IN TXT \"v=spf1 a:s.example ~all\"\ns.example. IN A 203.0.113.1\n",
     "1 TXT t.example\n2 A 192.0.2.1.e.example\n2 A t.example\n2 MX m.example\n2 TXT r.example\n"
     "3 A h.example\n3 A i.example\n3 A s.example\n",
     3},
    {"behind what matches is nothing",
     "t.example. IN TXT \"v=spf1 a:b.example ip4:192.0.2.0/24 a:c.example redirect=d.example\"\n",
     "1 TXT t.example\n2 A b.example\n", 2},
    {"behind all is nothing", "t.example. IN TXT \"v=spf1 ~all a:c.example redirect=d.example\"\n",
     "1 TXT t.example\n", 1},
    {"what turns out not to be needed",
     "t.example. IN TXT \"v=spf1 include:a.example include:b.example a:c.example -all\"\n"
     "a.example. IN TXT \"v=spf1 ip4:192.0.2.1\"\nb.example. IN TXT \"v=spf1 mx:d.example\"\n",
     "1 TXT t.example\n2 A c.example ahead\n2 TXT a.example\n2 TXT b.example ahead\n"
     "3 MX d.example ahead\n",
     3},
    {"an explanation only of a fail",
     "t.example. IN TXT \"v=spf1 include:a.example ~all exp=x.example\"\n"
     "a.example. IN TXT \"v=spf1 -all exp=x.example\"\n",
     "1 TXT t.example\n2 TXT a.example\n", 2},
    {"an explanation, and the name in it",
     "t.example. IN TXT \"v=spf1 -all exp=x.example\"\nx.example. IN TXT \"%{p}\"\n"
     "1.2.0.192.in-addr.arpa. IN PTR h.example.\n",
     "1 TXT t.example\n2 TXT x.example\n3 PTR 1.2.0.192.in-addr.arpa\n4 A h.example\n", 4},
    {"ptr and %{p} are left to the evaluation",
     "t.example. IN TXT \"v=spf1 ptr a:%{p}.t.example -all\"\n"
     "1.2.0.192.in-addr.arpa. IN PTR h.example.\n1.2.0.192.in-addr.arpa. IN PTR h.t.example.\n",
     "1 TXT t.example\n2 PTR 1.2.0.192.in-addr.arpa\n3 A h.example\n3 A h.t.example\n"
     "4 A unknown.t.example\n",
     5},
    {"more hosts than a mx may have",
     "t.example. IN TXT \"v=spf1 ?include:t.example mx:m.example\"\n"
     "m.example. IN MX 0 a.example.\nm.example. IN MX 1 a.example.\n"
     "m.example. IN MX 2 a.example.\nm.example. IN MX 3 a.example.\n"
     "m.example. IN MX 4 a.example.\nm.example. IN MX 5 a.example.\n"
     "m.example. IN MX 6 a.example.\nm.example. IN MX 7 a.example.\n"
     "m.example. IN MX 8 a.example.\nm.example. IN MX 9 a.example.\n"
     "m.example. IN MX 10 a.example.\n",
     "1 TXT t.example\n2 MX m.example ahead\n", 2},
    {"one name in two places has the lower wave, and so has what is behind it",
     "t.example. IN TXT \"v=spf1 include:a.example include:b.example -all\"\n"
     "a.example. IN TXT \"v=spf1 include:b.example\"\n"
     "b.example. IN TXT \"v=spf1 a:c.example\"\nc.example. IN A 203.0.113.1\n",
     "1 TXT t.example\n2 TXT a.example\n2 TXT b.example\n3 A c.example\n", 3},
};

static void questions(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(ahead_cases); i++) {
        const struct ahead_case *c = &ahead_cases[i];
        struct buffer says = buffer_new(65536);
        struct spf_trial t;
        spf_trial_start(&t, slice_str(c->zone), NULL,
                        &(struct spf_trial_session){"192.0.2.1", NULL, "x@t.example"});
        unsigned waves = spf_trial_finish(&t);
        say_questions(&says, &t.questions);
        if (!slice_eq(buffer_slice(&says), slice_str(c->questions)) || waves != c->waves)
            fail_msg("%s: %u waves:\n%.*s", c->name, waves, SLICE_ARGS(buffer_slice(&says)));
        buffer_free(&says);
        spf_trial_free(&t);
    }
}

static void both_identities_are_asked_for_at_the_envelope(void **state)
{
    (void)state;
    const struct waybill_question *open;
    struct spf_trial t;
    spf_trial_start(&t, SLICE("a.example. IN TXT \"v=spf1\"\n"), NULL,
                    &(struct spf_trial_session){"192.0.2.1", "h.example", "x@a.example"});
    assert_int_equal(spf_trial_open(&t, &open), 2);
    assert_string_equal(open[0].name, "a.example");
    assert_string_equal(open[1].name, "h.example");
    assert_int_equal(open[1].wave, 1);
    spf_trial_step(&t);
    assert_int_equal(t.spf.of[SPF_HELO].verdict.result, WAYBILL_RESULT_NOT_EVALUATED);
    assert_null(t.spf.of[SPF_HELO].verdict.why);
    spf_trial_free(&t);
}

/* Each record includes the next: eleven are asked for, and it ends. */
static void a_chain_of_fifty_ends(void **state)
{
    (void)state;
    struct buffer zone = buffer_new(65536);
    struct spf_trial t;
    for (int i = 0; i < 50; i++)
        buffer_printf(&zone, "c%d.example. IN TXT \"v=spf1 include:c%d.example\"\n", i, i + 1);
    spf_trial_start(&t, buffer_slice(&zone), NULL,
                    &(struct spf_trial_session){"192.0.2.1", NULL, "x@c0.example"});
    unsigned waves = spf_trial_finish(&t);
    const struct spf_check *c = &t.spf.of[SPF_MAIL_FROM];
    assert_int_equal(c->verdict.result, WAYBILL_RESULT_PERMERROR);
    assert_int_equal(c->lookups, LIMIT_SPF_LOOKUPS);
    assert_int_equal(c->n_path, LIMIT_SPF_LOOKUPS + 1);
    assert_in_range(waves, 11, LIMIT_WAVES);
    assert_in_range(t.questions.n, 11, LIMIT_WAVES);
    buffer_free(&zone);
    spf_trial_free(&t);
}

static void add_terms(struct buffer *zone, const char *name, int first, int n)
{
    buffer_printf(zone, "%s. IN TXT \"v=spf1\" ", name);
    for (int i = first; i < first + n; i++)
        buffer_printf(zone, "\" a:n%d.example\" ", i);
    buffer_add_str(zone, "\n");
}

static void so_many_are_asked_ahead_and_no_more(void **state)
{
    (void)state;
    struct buffer zone = buffer_new(65536);
    struct spf_trial t;
    buffer_add_str(&zone, "t.example. IN TXT \"v=spf1 a:n0.example include:u.example "
                          "include:v.example include:w.example\"\nn0.example. IN A 192.0.2.1\n");
    add_terms(&zone, "u.example", 1, 9);
    add_terms(&zone, "v.example", 10, 9);
    add_terms(&zone, "w.example", 20, 9);
    spf_trial_start(&t, buffer_slice(&zone), NULL,
                    &(struct spf_trial_session){"192.0.2.1", NULL, "x@t.example"});
    spf_trial_finish(&t);
    assert_int_equal(t.questions.n, 1 + LIMIT_SPF_AHEAD);
    assert_int_equal(t.spf.ahead, LIMIT_SPF_AHEAD);
    assert_int_equal(t.spf.of[SPF_MAIL_FROM].verdict.result, WAYBILL_RESULT_PASS);
    for (size_t i = 0; i < t.questions.n; i++)
        assert_int_equal(t.questions.all[i]->used, i < 2);
    buffer_free(&zone);
    spf_trial_free(&t);
}

static void what_no_evaluation_comes_to_is_not_asked(void **state)
{
    (void)state;
    struct buffer zone = buffer_new(65536);
    struct spf_trial t;
    add_terms(&zone, "t.example", 0, 30);
    spf_trial_start(&t, buffer_slice(&zone), NULL,
                    &(struct spf_trial_session){"192.0.2.1", NULL, "x@t.example"});
    spf_trial_finish(&t);
    assert_int_equal(t.questions.n, 1 + LIMIT_SPF_LOOKUPS);
    buffer_free(&zone);
    spf_trial_free(&t);
}

/* --- questions that are refused --------------------------------------------------------------- */

static void fill(struct questions *q, size_t n)
{
    char name[32];
    for (size_t i = 0; q->n < n; i++) {
        struct asked *asked;
        snprintf(name, sizeof name, "n%zu.other", i);
        must(questions_dns(q, slice_str(name), WAYBILL_DNS_A, 1, &asked) == WAYBILL_OK, "ask");
    }
}

static void a_refused_question_ends_the_evaluation(void **state)
{
    (void)state;
    static const char zone[] = "t.example. IN TXT \"v=spf1 a:a.example ptr -all\"\n"
                               "a.example. IN A 203.0.113.1\n"
                               "1.2.0.192.in-addr.arpa. IN PTR h.t.example.\n";
    for (size_t room = 1; room < 4; room++) {
        struct spf_trial t;
        spf_trial_start(&t, SLICE(zone), NULL,
                        &(struct spf_trial_session){"192.0.2.1", NULL, "x@t.example"});
        fill(&t.questions, LIMIT_QUESTIONS - room + 1);
        spf_trial_finish(&t);
        const struct spf_check *c = &t.spf.of[SPF_MAIL_FROM];
        assert_int_equal(c->verdict.result, WAYBILL_RESULT_NOT_EVALUATED);
        assert_string_equal(c->verdict.why, "too many questions");
        assert_int_equal(c->n_path, 0);
        spf_trial_free(&t);
    }
}

static void the_record_itself_may_be_refused(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct questions q = questions_new(&arena);
    struct spf_session session = {.helo = SLICE("h.example"), .mail_from = SLICE("x@t.example")};
    struct spf spf;
    must(ip_parse(SLICE("192.0.2.1"), &session.client), "ip");
    fill(&q, LIMIT_QUESTIONS);
    assert_int_equal(spf_plan(&arena, &q, &session, &spf), WAYBILL_OK);
    assert_int_equal(spf_evaluate(&spf), WAYBILL_OK);
    for (int i = 0; i < SPF_SCOPES; i++) {
        assert_int_equal(spf.of[i].verdict.result, WAYBILL_RESULT_NOT_EVALUATED);
        assert_string_equal(spf.of[i].verdict.why, "too many questions");
    }
    arena_free(&arena);
}

/* --- the order of answers --------------------------------------------------------------------- */

enum { NAMES = 8 };

static const char *const terms[] = {
    "include:n%zu.example",
    "?include:n%zu.example",
    "a:n%zu.example",
    "a:n%zu.example/24",
    "mx:n%zu.example",
    "exists:%%{l}.n%zu.example",
    "exists:%%{p}.n%zu.example",
    "ptr:n%zu.example",
    "ip4:192.0.2.%zu",
    "-a:n%zu.example",
    "include:%%{d1r}.n%zu.example",
    "exp=n%zu.example",
};

static void add_record(struct buffer *zone, struct prng *p, size_t name)
{
    static const char *const ends[] = {" -all", " ~all", "", " redirect=n%zu.example"};
    buffer_printf(zone, "n%zu.example. IN TXT \"v=spf1", name);
    size_t n = prng_below(p, 7);
    bool explains = false;
    for (size_t i = 0; i < n; i++) {
        size_t which = prng_below(p, ROWS(terms) - explains);
        explains |= which == ROWS(terms) - 1;
        buffer_add_octet(zone, ' ');
        buffer_printf(zone, terms[which], prng_below(p, NAMES + 1));
    }
    buffer_printf(zone, ends[prng_below(p, ROWS(ends))], prng_below(p, NAMES));
    buffer_add_str(zone, "\"\n");
}

/* A zone of eight names that speak of each other. */
static void make_zone(struct buffer *zone, struct prng *p)
{
    for (size_t i = 0; i < NAMES; i++) {
        add_record(zone, p, i);
        if (prng_below(p, 2))
            buffer_printf(zone, "n%zu.example. IN A 192.0.2.%zu\n", i, prng_below(p, 12));
        for (size_t mx = prng_below(p, 4); mx > 0; mx--)
            buffer_printf(zone, "n%zu.example. IN MX 0 n%zu.example.\n", i, prng_below(p, NAMES));
        if (prng_below(p, 2))
            buffer_printf(zone, "*.n%zu.example. IN A 192.0.2.%zu\n", i, prng_below(p, 12));
        if (prng_below(p, 2))
            buffer_printf(zone, "9.2.0.192.in-addr.arpa. IN PTR n%zu.example.\n", i);
    }
}

static void say_all(struct buffer *out, struct spf_trial *t)
{
    for (int i = 0; i < SPF_SCOPES; i++) {
        const struct spf_check *c = &t->spf.of[i];
        buffer_printf(out, "%s (%s) %u %u ", waybill_result_text(c->verdict.result),
                      c->verdict.why ? c->verdict.why : "", c->lookups, c->void_lookups);
        say_path(out, c);
        buffer_add(out, c->explanation);
        buffer_add_str(out, "\n");
    }
    say_questions(out, &t->questions);
}

/* Some of what is open, in any order, then a step; to the end. */
static void finish_by_chance(struct spf_trial *t, struct prng *p)
{
    const struct waybill_question *open;
    for (size_t n; spf_trial_step(t), (n = spf_trial_open(t, &open)) > 0;)
        for (size_t some = 1 + prng_below(p, n); some > 0 && n > 0; some--) {
            spf_trial_answer(t, &open[prng_below(p, n)]);
            n = spf_trial_open(t, &open);
        }
}

static void try_orders(struct prng *p, unsigned round)
{
    static const struct spf_trial_session session = {"192.0.2.9", "n1.example", "x@n0.example"};
    struct buffer zone = buffer_new(65536), wanted = buffer_new(65536);
    struct spf_trial t;
    make_zone(&zone, p);
    spf_trial_start(&t, buffer_slice(&zone), " n7.example ", &session);
    spf_trial_finish(&t);
    say_all(&wanted, &t);
    spf_trial_free(&t);
    for (int order = 0; order < 6; order++) {
        struct buffer is = buffer_new(65536);
        spf_trial_start(&t, buffer_slice(&zone), " n7.example ", &session);
        finish_by_chance(&t, p);
        say_all(&is, &t);
        if (!slice_eq(buffer_slice(&is), buffer_slice(&wanted)))
            fail_msg("round %u:\n%.*s\nis:\n%.*s\nwanted:\n%.*s", round,
                     SLICE_ARGS(buffer_slice(&zone)), SLICE_ARGS(buffer_slice(&is)),
                     SLICE_ARGS(buffer_slice(&wanted)));
        spf_trial_free(&t);
        buffer_free(&is);
    }
    buffer_free(&zone);
    buffer_free(&wanted);
}

static void the_order_of_answers_changes_nothing(void **state)
{
    (void)state;
    struct prng p = {seed_of_run(7208)};
    unsigned rounds = rounds_of_run(300);
    for (unsigned round = 0; round < rounds; round++)
        try_orders(&p, round);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions),
        cmocka_unit_test(both_identities_are_asked_for_at_the_envelope),
        cmocka_unit_test(a_chain_of_fifty_ends),
        cmocka_unit_test(so_many_are_asked_ahead_and_no_more),
        cmocka_unit_test(what_no_evaluation_comes_to_is_not_asked),
        cmocka_unit_test(a_refused_question_ends_the_evaluation),
        cmocka_unit_test(the_record_itself_may_be_refused),
        cmocka_unit_test(the_order_of_answers_changes_nothing),
    };
    return cmocka_run_group_tests_name("spf_ahead", tests, NULL, NULL);
}
