#include "base/limits.h"
#include "spf/test_spf_trial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

#define A10 "a a a a a a a a a a"
#define HOSTS10(x) x("0") x("1") x("2") x("3") x("4") x("5") x("6") x("7") x("8") x("9")
#define MX_ROW(i) "t.example. IN MX 0 h" i ".example.\nh" i ".example. IN A 203.0.113.1\n"
#define PTR_ROW(i) "1.2.0.192.in-addr.arpa. IN PTR h" i ".example.\n"
#define AT "t.example. IN A 203.0.113.5\n"

static const struct limit_case {
    const char *name, *zone; /* the client is 192.0.2.1, the domain t.example */
    const char *result, *why;
    unsigned lookups, void_lookups;
} limit_cases[] = {
    {"ten terms", AT "t.example. IN TXT \"v=spf1 " A10 " -all\"\n", "fail", NULL, 10, 0},
    {"eleven", AT "t.example. IN TXT \"v=spf1 " A10 " a -all\"\n", "permerror",
     "too many terms that need the DNS", 10, 0},
    {"eleven, the last not come to",
     AT "t.example. IN TXT \"v=spf1 " A10 " ip4:192.0.2.1 a -all\"\n", "pass", NULL, 10, 0},
    {"redirect counts", AT "t.example. IN TXT \"v=spf1 " A10 " redirect=t.example\"\n", "permerror",
     "too many terms that need the DNS", 10, 0},
    {"exp does not", AT "t.example. IN TXT \"v=spf1 " A10 " -all exp=t.example\"\n", "fail", NULL,
     10, 0},
    {"terms of includes count",
     AT "t.example. IN TXT \"v=spf1 include:u.example include:u.example -all\"\n"
        "u.example. IN TXT \"v=spf1 a:t.example a:t.example a:t.example a:t.example\"\n",
     "fail", NULL, 10, 0},
    {"one more of them",
     AT "t.example. IN TXT \"v=spf1 include:u.example include:u.example -a -all\"\n"
        "u.example. IN TXT \"v=spf1 a:t.example a:t.example a:t.example a:t.example\"\n",
     "permerror", "too many terms that need the DNS", 10, 0},
    {"%{p} counts",
     AT "t.example. IN TXT \"v=spf1 a a a a a a a a a:%{p}.t.example -all\"\n"
        "1.2.0.192.in-addr.arpa. IN PTR t.example.\nunknown.t.example. IN A 203.0.113.5\n",
     "fail", NULL, 10, 0},
    {"%{p} counts as one more",
     AT "t.example. IN TXT \"v=spf1 a a a a a a a a a a:%{p}.t.example -all\"\n", "permerror",
     "too many terms that need the DNS", 9, 0},
    {"a loop of includes", "t.example. IN TXT \"v=spf1 include:t.example -all\"\n", "permerror",
     "too many terms that need the DNS", 10, 0},
    {"a loop of redirects", "t.example. IN TXT \"v=spf1 redirect=t.example\"\n", "permerror",
     "too many terms that need the DNS", 10, 0},
    {"two void look-ups", "t.example. IN TXT \"v=spf1 a a:u.example ~all\"\n", "softfail", NULL, 2,
     2},
    {"three", "t.example. IN TXT \"v=spf1 a a:u.example exists:u.example ~all\"\n", "permerror",
     "void look-ups", 3, 3},
    {"three, the last not come to",
     "t.example. IN TXT \"v=spf1 a a:u.example ip4:192.0.2.1 exists:u.example ~all\"\n", "pass",
     NULL, 2, 2},
    {"a void exp is none", "t.example. IN TXT \"v=spf1 a a:u.example -all exp=u.example\"\n",
     "fail", NULL, 2, 2},
    {"ten hosts", "t.example. IN TXT \"v=spf1 mx ~all\"\n" HOSTS10(MX_ROW), "softfail", NULL, 1, 0},
    {"eleven hosts", "t.example. IN TXT \"v=spf1 mx ~all\"\n" HOSTS10(MX_ROW) MX_ROW("x"),
     "permerror", "mx: more than 10 hosts", 1, 0},
    {"the tenth name of the client",
     "t.example. IN TXT \"v=spf1 ptr:h9.example ~all\"\n" HOSTS10(
         PTR_ROW) "h9.example. IN A 192.0.2.1\n",
     "pass", NULL, 1, 0},
    {"the eleventh is passed over",
     "t.example. IN TXT \"v=spf1 ptr:hx.example ~all\"\n" HOSTS10(PTR_ROW)
         PTR_ROW("x") "hx.example. IN A 192.0.2.1\n",
     "softfail", NULL, 1, 0},
};

static void limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(limit_cases); i++) {
        const struct limit_case *c = &limit_cases[i];
        struct spf_trial t;
        spf_trial_start(&t, slice_str(c->zone), NULL,
                        &(struct spf_trial_session){"192.0.2.1", NULL, "x@t.example"});
        spf_trial_finish(&t);
        const struct spf_check *is = &t.spf.of[SPF_MAIL_FROM];
        if (strcmp(waybill_result_text(is->verdict.result), c->result) != 0 ||
            !same_text(is->verdict.why, c->why) || is->lookups != c->lookups ||
            is->void_lookups != c->void_lookups)
            fail_msg("%s: %s (%s), %u look-ups, %u void", c->name,
                     waybill_result_text(is->verdict.result),
                     is->verdict.why ? is->verdict.why : "", is->lookups, is->void_lookups);
        spf_trial_free(&t);
    }
}

/* 64 KB in 10,000 terms: of each kind, good to the last. */
static void a_record_of_ten_thousand_terms(void **state)
{
    (void)state;
    static const char *const terms[] = {"a:b.zz ", "ip4:1.1.1.1 ", "?mx ", "x=y ", "ptr "};
    for (size_t k = 0; k < ROWS(terms); k++) {
        struct buffer text = buffer_new(65535);
        buffer_add_str(&text, "v=spf1 ");
        for (int i = 0; i < 10000 && text.n + strlen(terms[k]) <= text.ceiling; i++)
            buffer_add_str(&text, terms[k]);
        struct waybill_datum datum = {(const char *)text.p, text.n};
        struct waybill_answer answer = WAYBILL_ANSWER(WAYBILL_ANSWERED);
        struct spf_trial t;
        answer.data = &datum;
        answer.n = 1;
        spf_trial_start(&t, SLICE(""), NULL,
                        &(struct spf_trial_session){"192.0.2.1", NULL, "x@t.example"});
        must(questions_answer(&t.questions, &t.questions.all[0]->question, &answer) == WAYBILL_OK,
             "answer");
        spf_trial_finish(&t);
        assert_true(t.questions.n <= 2 + LIMIT_SPF_AHEAD);
        assert_int_not_equal(t.spf.of[SPF_MAIL_FROM].verdict.result, WAYBILL_RESULT_NOT_EVALUATED);
        spf_trial_free(&t);
        buffer_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits),
        cmocka_unit_test(a_record_of_ten_thousand_terms),
    };
    return cmocka_run_group_tests_name("spf_limits", tests, NULL, NULL);
}
