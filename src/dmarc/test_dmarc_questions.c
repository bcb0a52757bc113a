/* What is asked, when, and what of it is used. */
#include "base/limits.h"
#include "support/dmarc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { ROWS = 5 };

/* --- one wave --------------------------------------------------------------------------------- */

static const struct asked_case {
    const char *name, *from, *identifiers;
    struct dns_row zone[ROWS];
    const char *used, *ahead; /* at the end; "_" stands for "_dmarc." */
} asked_cases[] = {
    {"an author alone",
     "a@mail.example.com",
     "",
     {DMARC_AT("mail.example.com", "v=DMARC1; p=reject")},
     "_mail.example.com",
     "_example.com _com mail.example.com/A"},
    {"no record",
     "a@example.com",
     "dkim=pass:example.com",
     {{.name = NULL}},
     "_example.com _com",
     "example.com/A"},
    {"an identifier that is the author",
     "a@example.com",
     "dkim=pass:example.com",
     {DMARC_AT("example.com", "v=DMARC1")},
     "_example.com",
     "_com example.com/A"},
    {"an identifier of another last label",
     "a@example.com",
     "dkim=pass:example.net",
     {DMARC_AT("example.com", "v=DMARC1")},
     "_example.com",
     "_com example.com/A"},
    {"an identifier below",
     "a@example.com",
     "dkim=pass:x.example.com",
     {DMARC_AT("example.com", "v=DMARC1")},
     "_example.com _com _x.example.com",
     "example.com/A"},
    {"strict alignment",
     "a@example.com",
     "dkim=pass:x.example.com",
     {DMARC_AT("example.com", "v=DMARC1; adkim=s")},
     "_example.com",
     "_com example.com/A _x.example.com"},
    {"an identifier that failed",
     "a@example.com",
     "dkim=fail:x.example.com",
     {DMARC_AT("example.com", "v=DMARC1")},
     "_example.com",
     "_com example.com/A _x.example.com"},
    {"an identifier outside the organisation",
     "a@example.com",
     "dkim=pass:x.other.com",
     {DMARC_AT("example.com", "v=DMARC1")},
     "_example.com _com",
     "example.com/A _x.other.com _other.com"},
    {"names behind psd=n",
     "a@x.example.com",
     "dkim=pass:y.example.com",
     {DMARC_AT("example.com", "v=DMARC1; psd=n")},
     "_x.example.com _example.com _y.example.com",
     "_com x.example.com/A"},
    {"names behind psd=y",
     "a@x.example.com",
     "",
     {DMARC_AT("example.com", "v=DMARC1; psd=y")},
     "_x.example.com _example.com",
     "_com x.example.com/A"},
    {"an uncertain identifier beside a pass",
     "a@example.com",
     "spf=uncertain:x.example.com dkim=pass:example.com",
     {DMARC_AT("example.com", "v=DMARC1")},
     "_example.com",
     "_com example.com/A _x.example.com"},
    {"an uncertain identifier",
     "a@example.com",
     "spf=uncertain:x.example.com",
     {DMARC_AT("example.com", "v=DMARC1")},
     "_example.com _com _x.example.com",
     "example.com/A"},
    {"existence",
     "a@x.example.com",
     "",
     {DMARC_AT("example.com", "v=DMARC1; np=reject")},
     "_x.example.com _example.com _com x.example.com/A",
     ""},
    {"existence without np",
     "a@x.example.com",
     "",
     {DMARC_AT("example.com", "v=DMARC1; sp=reject")},
     "_x.example.com _example.com _com",
     "x.example.com/A"},
    {"existence that the first name shows",
     "a@x.example.com",
     "",
     {DMARC_AT("example.com", "v=DMARC1; np=reject"), DMARC_EMPTY("x.example.com")},
     "_x.example.com _example.com _com",
     "x.example.com/A"},
    {"two authors and an identifier of both",
     "a@a.example, b@b.example",
     "dkim=pass:a.example",
     {DMARC_AT("a.example", "v=DMARC1"), DMARC_AT("b.example", "v=DMARC1")},
     "_a.example _example _b.example",
     "a.example/A b.example/A"},
    {"an author that is no domain asks nothing",
     "a@[192.0.2.1]",
     "dkim=pass:x.1]",
     {{.name = NULL}},
     "",
     ""},
};

static void asked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof asked_cases / sizeof asked_cases[0]; i++) {
        const struct asked_case *c = &asked_cases[i];
        struct dmarc_trial t;
        dmarc_trial_start(&t, c->from, c->identifiers, c->zone, ROWS);
        size_t planned = t.questions.n;
        dmarc_trial_finish(&t);
        const char *used = dmarc_questions_text(&t, true), *ahead = dmarc_questions_text(&t, false);
        if (strcmp(used, c->used) != 0 || strcmp(ahead, c->ahead) != 0)
            fail_msg("%s: used %s\nahead %s", c->name, used, ahead);
        if (t.questions.n != planned)
            fail_msg("%s: more than one wave", c->name);
        for (size_t q = 0; q < t.questions.n; q++)
            assert_int_equal(t.questions.all[q]->question.wave, 1);
        dmarc_trial_free(&t);
    }
}

/* --- the second wave -------------------------------------------------------------------------- */

/* "dkim=STANDING:sN.example.com" for N from 0. */
static void add_identifiers(struct buffer *b, const char *standing, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buffer_printf(b, "%sdkim=%s:s%zu.example.com", b->n ? " " : "", standing, i);
    buffer_add_octet(b, '\0');
}

static bool was_asked(struct dmarc_trial *t, const char *name, unsigned *wave)
{
    for (size_t i = 0; i < t->questions.n; i++) {
        const struct waybill_question *q = &t->questions.all[i]->question;
        *wave = q->wave;
        if (strcmp(q->name, name) == 0)
            return true;
    }
    return false;
}

static const struct second_case {
    const char *name, *standing, *record;
    bool is_asked; /* for what was not asked ahead */
    const char *result;
} second_cases[] = {
    {"that passed", "pass", "v=DMARC1; p=reject", true, "pass"},
    {"that passed, strict", "pass", "v=DMARC1; p=reject; adkim=s", false, "fail"},
    {"that failed", "fail", "v=DMARC1; p=reject", false, "fail"},
    {"that is uncertain", "uncertain", "v=DMARC1; p=reject", true, "temperror"},
    {"that is open", "open", "v=DMARC1; p=reject", false, "not evaluated"},
};

/* More identifiers than are asked ahead. */
static void second_wave(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof second_cases / sizeof second_cases[0]; i++) {
        const struct second_case *c = &second_cases[i];
        const struct dns_row zone[] = {DMARC_AT("example.com", c->record)};
        struct dmarc_trial t;
        struct buffer identifiers = buffer_new(1 << 12);
        unsigned wave;
        add_identifiers(&identifiers, c->standing, LIMIT_DMARC_WALKS_AHEAD + 2);
        dmarc_trial_start(&t, "a@example.com", (const char *)identifiers.p, zone, 1);
        assert_true(was_asked(&t, "_dmarc.s15.example.com", &wave));
        assert_int_equal(wave, 1);
        assert_false(was_asked(&t, "_dmarc.s16.example.com", &wave));
        dmarc_trial_finish(&t);
        if (was_asked(&t, "_dmarc.s17.example.com", &wave) != c->is_asked ||
            (c->is_asked && wave != 2))
            fail_msg("%s: %s, wave %u", c->name, c->is_asked ? "not asked" : "asked", wave);
        assert_string_equal(waybill_result_text(t.dmarc.verdict.result), c->result);
        dmarc_trial_free(&t);
        buffer_free(&identifiers);
    }
}

/* One domain that signs often counts once. */
static void one_domain_often(void **state)
{
    (void)state;
    struct dmarc_trial t;
    struct buffer identifiers = buffer_new(1 << 12);
    unsigned wave;
    for (size_t i = 0; i < LIMIT_DMARC_WALKS_AHEAD + 2; i++)
        buffer_add_str(&identifiers, "dkim=open:x.example.com ");
    buffer_add_str(&identifiers, "dkim=open:y.example.com");
    buffer_add_octet(&identifiers, '\0');
    dmarc_trial_start(&t, "a@example.com", (const char *)identifiers.p, NULL, 0);
    assert_true(was_asked(&t, "_dmarc.y.example.com", &wave));
    dmarc_trial_free(&t);
    buffer_free(&identifiers);
}

/* --- refusals --------------------------------------------------------------------------------- */

static void fill_questions(struct questions *q, size_t left)
{
    char name[32];
    struct asked *a;
    while (q->n < LIMIT_QUESTIONS - left) {
        snprintf(name, sizeof name, "n%zu.example", q->n);
        assert_int_equal(questions_dns(q, slice_str(name), WAYBILL_DNS_A, 1, &a), WAYBILL_OK);
    }
}

/* What a limit refuses is not known, and never makes a fail. */
static const struct refused_case {
    const char *name;
    size_t left; /* questions that are not refused: _dmarc.x.example.com, _dmarc.example.com,
                    _dmarc.com, x.example.com/A, then _dmarc.y.example.com */
    const char *identifier, *record, *text;
} refused_cases[] = {
    {"the author's record", 0, "dkim=pass:y.example.com", "v=DMARC1; p=reject", "temperror"},
    {"the author's walk", 2, "dkim=pass:y.example.com", "v=DMARC1; p=reject", "temperror"},
    {"existence", 3, "dkim=fail:y.example.com", "v=DMARC1; p=reject; np=none",
     "temperror @example.com org=example.com"},
    {"existence that nobody needs", 3, "dkim=pass:y.example.com", "v=DMARC1; p=reject; psd=n",
     "temperror p=reject @example.com org=example.com"},
    {"the identifier's walk", 4, "dkim=pass:y.example.com", "v=DMARC1; p=reject",
     "temperror p=reject @example.com org=example.com"},
    {"nothing", 5, "dkim=pass:y.example.com", "v=DMARC1; p=reject",
     "pass p=reject @example.com org=example.com by=0"},
};

static void refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_cases / sizeof refused_cases[0]; i++) {
        const struct refused_case *c = &refused_cases[i];
        const struct dns_row zone[] = {DMARC_AT("example.com", c->record)};
        struct dmarc_trial t;
        dmarc_trial_start(&t, "", "", zone, 1);
        fill_questions(&t.questions, c->left);
        dmarc_trial_plan(&t, "a@x.example.com", c->identifier);
        dmarc_trial_finish(&t);
        if (strcmp(dmarc_author_text(&t, &t.dmarc.authors[0]), c->text) != 0)
            fail_msg("%s: %s", c->name, dmarc_author_text(&t, &t.dmarc.authors[0]));
        dmarc_trial_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asked),
        cmocka_unit_test(second_wave),
        cmocka_unit_test(one_domain_often),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests_name("dmarc_questions", tests, NULL, NULL);
}
