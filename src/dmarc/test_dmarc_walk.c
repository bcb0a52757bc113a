#include "dmarc/walk.h"

#include "support/dmarc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define LABELS_63 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"
#define LONG_DOMAIN LABELS_63 "." LABELS_63 "." LABELS_63 "." /* 192 octets */

/* --- the names -------------------------------------------------------------------------------- */

static const struct names_case {
    const char *name, *domain;
    const char *asked; /* "_" stands for "_dmarc." */
} names_cases[] = {
    {"one label", "com", "_com"},
    {"two labels", "example.com", "_example.com _com"},
    {"seven labels", "a.b.c.d.e.example.com",
     "_a.b.c.d.e.example.com _b.c.d.e.example.com _c.d.e.example.com _d.e.example.com "
     "_e.example.com _example.com _com"},
    {"eight labels: no name is left out", "a.b.c.d.e.f.example.com",
     "_a.b.c.d.e.f.example.com _b.c.d.e.f.example.com _c.d.e.f.example.com _d.e.f.example.com "
     "_e.f.example.com _f.example.com _example.com _com"},
    {"nine labels: one is", "a.b.c.d.e.f.g.example.com",
     "_a.b.c.d.e.f.g.example.com _c.d.e.f.g.example.com _d.e.f.g.example.com _e.f.g.example.com "
     "_f.g.example.com _g.example.com _example.com _com"},
    {"the example of section 4.10", "a.b.c.d.e.f.g.h.i.j.mail.example.com",
     "_a.b.c.d.e.f.g.h.i.j.mail.example.com _g.h.i.j.mail.example.com _h.i.j.mail.example.com "
     "_i.j.mail.example.com _j.mail.example.com _mail.example.com _example.com _com"},
    {"the example of appendix B.4.2", "a.b.c.d.e.f.g.h.i.j.k.example.com",
     "_a.b.c.d.e.f.g.h.i.j.k.example.com _g.h.i.j.k.example.com _h.i.j.k.example.com "
     "_i.j.k.example.com _j.k.example.com _k.example.com _example.com _com"},
    {"a name too long for what stands before it",
     LONG_DOMAIN "hhhhhhhhhhiiiiiiiiiijjjjjjjjjjkkkkkkkkkk.llllll.example",
     "_" LABELS_63 "." LABELS_63 ".hhhhhhhhhhiiiiiiiiiijjjjjjjjjjkkkkkkkkkk.llllll.example "
     "_" LABELS_63 ".hhhhhhhhhhiiiiiiiiiijjjjjjjjjjkkkkkkkkkk.llllll.example "
     "_hhhhhhhhhhiiiiiiiiiijjjjjjjjjjkkkkkkkkkk.llllll.example _llllll.example _example"},
};

struct walking {
    struct dmarc_trial trial;
    struct dmarc_walks *walks;
};

static struct dmarc_walk *start(struct walking *w, const char *domain, const struct dns_row *zone,
                                size_t n)
{
    struct dmarc_walk *walk;
    dmarc_trial_start(&w->trial, "", "", zone, n);
    w->walks = dmarc_walks_new(&w->trial.arena, &w->trial.questions);
    assert_non_null(w->walks);
    assert_int_equal(dmarc_walks_ask(w->walks, slice_str(domain), 1, &walk), WAYBILL_OK);
    return walk;
}

static void names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names_cases / sizeof names_cases[0]; i++) {
        const struct names_case *c = &names_cases[i];
        struct walking w;
        struct dmarc_walk *walk = start(&w, c->domain, NULL, 0);
        if (strcmp(dmarc_questions_text(&w.trial, false), c->asked) != 0 ||
            walk->n > LIMIT_DMARC_WALK)
            fail_msg("%s: %s", c->name, dmarc_questions_text(&w.trial, false));
        dmarc_trial_free(&w.trial);
    }
}

/* --- what it comes to ------------------------------------------------------------------------- */

/* "ORGANISATION RECORD-AT", "open", or "temperror WHY"; and which names were used. */
static const struct walk_case {
    const char *name, *domain;
    struct dns_row zone[5];
    const char *finds, *used;
} walk_cases[] = {
    {"nothing at all",
     "a.example.com",
     {{.name = NULL}},
     "a.example.com -",
     "_a.example.com _example.com _com"},
    {"its own record",
     "example.com",
     {DMARC_AT("example.com", "v=DMARC1")},
     "example.com example.com",
     "_example.com _com"},
    {"the fewest labels",
     "a.b.example.com",
     {DMARC_AT("a.b.example.com", "v=DMARC1"), DMARC_AT("b.example.com", "v=DMARC1"),
      DMARC_AT("example.com", "v=DMARC1")},
     "example.com example.com",
     "_a.b.example.com _b.example.com _example.com _com"},
    {"a parent of one label",
     "a.example",
     {DMARC_AT("example", "v=DMARC1")},
     "example example",
     "_a.example _example"},
    {"a public suffix with a record counts",
     "shop.co.uk",
     {DMARC_AT("shop.co.uk", "v=DMARC1"), DMARC_AT("co.uk", "v=DMARC1")},
     "co.uk co.uk",
     "_shop.co.uk _co.uk _uk"},
    {"a subdomain whose parents have no record",
     "sub.example.com",
     {DMARC_AT("sub.example.com", "v=DMARC1")},
     "sub.example.com sub.example.com",
     "_sub.example.com _example.com _com"},

    {"psd=n at the start",
     "a.example.com",
     {DMARC_AT("a.example.com", "v=DMARC1; psd=n"), DMARC_AT("example.com", "v=DMARC1")},
     "a.example.com a.example.com",
     "_a.example.com"},
    {"psd=n in the middle",
     "a.b.example.com",
     {DMARC_AT("a.b.example.com", "v=DMARC1"), DMARC_AT("b.example.com", "v=DMARC1; psd=n"),
      DMARC_AT("example.com", "v=DMARC1")},
     "b.example.com b.example.com",
     "_a.b.example.com _b.example.com"},
    {"psd=n at the last label",
     "a.com",
     {DMARC_AT("com", "v=DMARC1; psd=n")},
     "com com",
     "_a.com _com"},
    {"psd=y at the start",
     "bank.example",
     {DMARC_AT("bank.example", "v=DMARC1; psd=y"), DMARC_AT("example", "v=DMARC1")},
     "bank.example bank.example",
     "_bank.example"},
    {"psd=y one above",
     "a.bank.example",
     {DMARC_AT("bank.example", "v=DMARC1; psd=y")},
     "a.bank.example bank.example",
     "_a.bank.example _bank.example"},
    {"psd=y two above, nothing between",
     "a.b.bank.example",
     {DMARC_AT("bank.example", "v=DMARC1; psd=y")},
     "b.bank.example bank.example",
     "_a.b.bank.example _b.bank.example _bank.example"},
    {"psd=y two above, a record between",
     "a.b.bank.example",
     {DMARC_AT("b.bank.example", "v=DMARC1"), DMARC_AT("bank.example", "v=DMARC1; psd=y")},
     "b.bank.example b.bank.example",
     "_a.b.bank.example _b.bank.example _bank.example"},
    {"psd=y three above, a record below the organisation",
     "a.b.c.example",
     {DMARC_AT("b.c.example", "v=DMARC1"), DMARC_AT("example", "v=DMARC1; psd=y")},
     "c.example example",
     "_a.b.c.example _b.c.example _c.example _example"},
    {"psd=y at the last label",
     "a.com",
     {DMARC_AT("com", "v=DMARC1; psd=y")},
     "a.com com",
     "_a.com _com"},
    {"psd=n below psd=y",
     "a.b.example",
     {DMARC_AT("b.example", "v=DMARC1; psd=n"), DMARC_AT("example", "v=DMARC1; psd=y")},
     "b.example b.example",
     "_a.b.example _b.example"},
    {"psd=y behind the cut: a name that was not asked",
     "a.b.c.d.e.f.g.h.i.example",
     {DMARC_AT("d.e.f.g.h.i.example", "v=DMARC1; psd=y")},
     "c.d.e.f.g.h.i.example d.e.f.g.h.i.example",
     "_a.b.c.d.e.f.g.h.i.example _d.e.f.g.h.i.example"},

    {"several at the start",
     "a.example.com",
     {DMARC_AT("a.example.com", "v=DMARC1; psd=n", "v=DMARC1"),
      DMARC_AT("example.com", "v=DMARC1")},
     "example.com example.com",
     "_a.example.com _example.com _com"},
    {"several above",
     "a.example.com",
     {DMARC_AT("a.example.com", "v=DMARC1"), DMARC_AT("example.com", "v=DMARC1", "v=DMARC1")},
     "a.example.com a.example.com",
     "_a.example.com _example.com _com"},
    {"no record of ours",
     "a.example.com",
     {DMARC_AT("a.example.com", "v=spf1 -all", "hello"), DMARC_AT("example.com", "v=dmarc1")},
     "a.example.com -",
     "_a.example.com _example.com _com"},
    {"a record that applies no DMARC is one still",
     "a.example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=x")},
     "example.com example.com",
     "_a.example.com _example.com _com"},
    {"no data",
     "a.example.com",
     {DMARC_EMPTY("a.example.com"), DMARC_EMPTY("example.com")},
     "a.example.com -",
     "_a.example.com _example.com _com"},

    {"an error at the start",
     "a.example.com",
     {DMARC_FAILS("a.example.com"), DMARC_AT("example.com", "v=DMARC1")},
     "temperror DMARC record not available: the DNS failed",
     "_a.example.com"},
    {"an error in the middle",
     "a.example.com",
     {DMARC_AT("a.example.com", "v=DMARC1"), NAME_IS("_dmarc.example.com", WAYBILL_TIMEOUT)},
     "temperror DMARC record not available: no answer in time",
     "_a.example.com _example.com"},
    {"an error at the end",
     "a.example.com",
     {DMARC_AT("example.com", "v=DMARC1"), DMARC_FAILS("com")},
     "temperror DMARC record not available: the DNS failed",
     "_a.example.com _example.com _com"},
    {"an error behind where it stops",
     "a.example.com",
     {DMARC_AT("example.com", "v=DMARC1; psd=n"), DMARC_FAILS("com")},
     "example.com example.com",
     "_a.example.com _example.com"},
    {"an error behind a psd=y",
     "a.b.example.com",
     {DMARC_AT("b.example.com", "v=DMARC1; psd=y"), DMARC_FAILS("example.com")},
     "a.b.example.com b.example.com",
     "_a.b.example.com _b.example.com"},
};

static void answer_all(struct dmarc_trial *t)
{
    const struct waybill_question *open;
    size_t n;
    assert_int_equal(questions_open(&t->questions, &open, &n), WAYBILL_OK);
    for (size_t i = 0; i < n; i++)
        dmarc_trial_answer(t, &open[i]);
}

static const char *text_of(const struct dmarc_finding *f)
{
    static char text[512];
    if (f->state == DMARC_FOUND_OPEN)
        return "open";
    if (f->state == DMARC_FOUND_TEMPERROR)
        snprintf(text, sizeof text, "temperror %s", f->why);
    else if (f->record)
        snprintf(text, sizeof text, "%.*s %.*s", SLICE_ARGS(f->organisation), SLICE_ARGS(f->at));
    else
        snprintf(text, sizeof text, "%.*s -", SLICE_ARGS(f->organisation));
    return text;
}

static void walks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof walk_cases / sizeof walk_cases[0]; i++) {
        const struct walk_case *c = &walk_cases[i];
        struct walking w;
        struct dmarc_finding found;
        struct dmarc_walk *walk = start(&w, c->domain, c->zone, 5);
        assert_int_equal(dmarc_walk_all(w.walks, walk, &found), WAYBILL_OK);
        if (found.state != DMARC_FOUND_OPEN)
            fail_msg("%s: not open before there is an answer", c->name);
        answer_all(&w.trial);
        assert_int_equal(dmarc_walk_all(w.walks, walk, &found), WAYBILL_OK);
        if (strcmp(text_of(&found), c->finds) != 0)
            fail_msg("%s: %s", c->name, text_of(&found));
        if (strcmp(dmarc_questions_text(&w.trial, true), c->used) != 0)
            fail_msg("%s: used %s", c->name, dmarc_questions_text(&w.trial, true));
        dmarc_trial_free(&w.trial);
    }
}

/* The record of a name that two walks meet is parsed once. */
static void shared_names(void **state)
{
    (void)state;
    static const struct dns_row zone[] = {DMARC_AT("example.com", "v=DMARC1; p=reject")};
    struct walking w;
    struct dmarc_finding one, two;
    struct dmarc_walk *other, *walk = start(&w, "a.example.com", zone, 1);
    assert_int_equal(dmarc_walks_ask(w.walks, SLICE("b.example.com"), 2, &other), WAYBILL_OK);
    assert_int_equal(w.trial.questions.n, 4);
    assert_true(dmarc_walks_has(w.walks, SLICE("b.example.com")));
    assert_false(dmarc_walks_has(w.walks, SLICE("example.com")));
    answer_all(&w.trial);
    assert_int_equal(dmarc_walk_all(w.walks, walk, &one), WAYBILL_OK);
    assert_int_equal(dmarc_walk_all(w.walks, other, &two), WAYBILL_OK);
    assert_non_null(one.record);
    assert_ptr_equal(one.record, two.record);
    dmarc_trial_free(&w.trial);
}

/* Of two who ask the lower wave holds, also for names of one walk. */
static void lower_wave(void **state)
{
    (void)state;
    struct walking w;
    struct dmarc_walk *again, *walk = start(&w, "example.com", NULL, 0);
    assert_int_equal(dmarc_walks_ask(w.walks, SLICE("a.example.com"), 3, &walk), WAYBILL_OK);
    assert_int_equal(w.trial.questions.all[2]->question.wave, 3);
    assert_int_equal(dmarc_walks_ask(w.walks, SLICE("a.example.com"), 2, &again), WAYBILL_OK);
    assert_ptr_equal(walk, again);
    assert_int_equal(w.trial.questions.all[2]->question.wave, 2);
    assert_int_equal(w.trial.questions.all[1]->question.wave, 1);
    dmarc_trial_free(&w.trial);
}

/* A name that no packet holds has no record; one refused at a limit is not known. */
static void names_that_cannot_be_asked(void **state)
{
    (void)state;
    struct walking w;
    struct dmarc_finding found;
    struct dmarc_walk *walk = start(&w, names_cases[7].domain, NULL, 0);
    answer_all(&w.trial);
    assert_int_equal(dmarc_walk_all(w.walks, walk, &found), WAYBILL_OK);
    assert_int_equal(found.state, DMARC_FOUND_ALL);
    assert_null(found.record);
    assert_int_equal(dmarc_walks_ask(w.walks, SLICE("x.example"), LIMIT_WAVES + 1, &walk),
                     WAYBILL_OK);
    assert_int_equal(dmarc_walk_all(w.walks, walk, &found), WAYBILL_OK);
    assert_int_equal(found.state, DMARC_FOUND_TEMPERROR);
    assert_string_equal(found.why, "DMARC record not available: too many questions");
    dmarc_trial_free(&w.trial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(walks),
        cmocka_unit_test(shared_names),
        cmocka_unit_test(lower_wave),
        cmocka_unit_test(names_that_cannot_be_asked),
    };
    return cmocka_run_group_tests_name("dmarc_walk", tests, NULL, NULL);
}
