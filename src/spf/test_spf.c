#include "base/limits.h"
#include "spf/test_spf_trial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

/* --- one zone for most ------------------------------------------------------------------------ */

static const char zone[] =
    "a.example. IN TXT \"v=spf1 ip4:192.0.2.0/28 include:b.example -all exp=why.example\"\n"
    "b.example. IN TXT \"v=spf1 ip4:198.51.100.1 include:c.example ?ip4:198.51.100.3 -all\"\n"
    "c.example. IN TXT \"v=spf1 ip4:198.51.100.2 ~all exp=never.example\"\n"
    "why.example. IN TXT \"%{i} may not send for %{d}, says %{r}\"\n"
    "none.example. IN TXT \"hello\"\n"
    "empty.example. IN TXT \"v=spf1\"\n"
    "two.example. IN TXT \"v=spf1\"\ntwo.example. IN TXT \"v=spf1 -all\"\n"
    "typo.example. IN TXT \"v=spf1 ip4:192.0.2.1 ipv4:192.0.2.2 -all\"\n"
    "typoed.example. IN TXT \"v=spf1 a:ok.example include:typo.example -all\"\n"
    "redirect.example. IN TXT \"v=spf1 redirect=a.example exp=never.example\"\n"
    "nowhere.example. IN TXT \"v=spf1 redirect=none.example\"\n"
    "astray.example. IN TXT \"v=spf1 include:none.example\"\n"
    "all.example. IN TXT \"v=spf1 redirect=a.example ~all\"\n"
    "ok.example. IN A 203.0.113.1\nok.example. IN AAAA 2001:db8::1\n"
    "fails.example. IN TXT \"v=spf1 a:broken.example -all\"\n"
    "failing.example. IN TXT \"v=spf1 include:broken.example -all\"\n"
    "early.example. IN TXT \"v=spf1 ip4:192.0.2.1 a:broken.example -all\"\n"
    "odd.example. IN TXT \"v=spf1 a:a..example a:%{l}.example ~all\"\n"
    "user.example. IN TXT \"v=spf1 exists:%{l}.%{o}.ok.example -all\"\n"
    "me.user.example.ok.example. IN A 127.0.0.1\n"
    "shy.example. IN TXT \"v=spf1 -all exp=shy.shy.example\"\nshy.shy.example. IN TXT "
    "\"\xC3\xBC\"\n"
    "mx.example. IN TXT \"v=spf1 mx/31 -all\"\n"
    "mx.example. IN MX 20 m1.mx.example.\nmx.example. IN MX 10 m2.mx.example.\n"
    "m1.mx.example. IN A 192.0.2.66\nm2.mx.example. IN A 192.0.2.77\n"
    "null.example. IN TXT \"v=spf1 mx ?all\"\nnull.example. IN MX 0 .\n"
    "ptr.example. IN TXT \"v=spf1 ptr -all\"\n"
    "p.example. IN TXT \"v=spf1 exists:%{p}.ok.example -all exp=p.p.example\"\n"
    "p.p.example. IN TXT \"you are %{p}\"\n"
    "9.2.0.192.in-addr.arpa. IN PTR liar.ptr.example.\n"
    "9.2.0.192.in-addr.arpa. IN PTR host.ptr.example.\n"
    "9.2.0.192.in-addr.arpa. IN PTR host.p.example.\n"
    "host.ptr.example. IN A 192.0.2.9\nhost.p.example. IN A 192.0.2.9\n"
    "host.p.example.ok.example. IN A 127.0.0.1\n"
    "8.2.0.192.in-addr.arpa. IN PTR broken.example.\n"
    "xn--bcher-kva.example. IN TXT \"v=spf1 a:ok.example -all\"\n";

/* Fail, and why: what exp= of a.example says. */
#define MAY_NOT "203.0.113.9 may not send for a.example, says unknown"

static const struct verdict_case {
    const char *name;
    struct spf_trial_session session;
    const char *result, *why, *path;
    unsigned lookups, void_lookups;
    const char *explanation;
} verdict_cases[] = {
    {"a first term",
     {"192.0.2.1", NULL, "x@a.example"},
     "pass",
     NULL,
     "a.example ip4:192.0.2.0/28",
     0,
     0,
     NULL},
    {"an included term",
     {"198.51.100.1", NULL, "x@a.example"},
     "pass",
     NULL,
     "a.example include:b.example, b.example ip4:198.51.100.1",
     1,
     0,
     NULL},
    {"twice included",
     {"198.51.100.2", NULL, "x@a.example"},
     "pass",
     NULL,
     "a.example include:b.example, b.example include:c.example, c.example ip4:198.51.100.2",
     2,
     0,
     NULL},
    {"an included neutral matches nothing",
     {"198.51.100.3", NULL, "x@a.example"},
     "fail",
     NULL,
     "a.example -all",
     2,
     0,
     "198.51.100.3 may not send for a.example, says unknown"},
    {"a fail with its explanation",
     {"203.0.113.9", NULL, "x@a.example"},
     "fail",
     NULL,
     "a.example -all",
     2,
     0,
     MAY_NOT},
    {"capitals and a final dot",
     {"203.0.113.9", NULL, "x@A.Example."},
     "fail",
     NULL,
     "a.example -all",
     2,
     0,
     MAY_NOT},
    {"a mapped address",
     {"::ffff:192.0.2.1", NULL, "x@a.example"},
     "pass",
     NULL,
     "a.example ip4:192.0.2.0/28",
     0,
     0,
     NULL},
    {"redirect",
     {"203.0.113.9", NULL, "x@redirect.example"},
     "fail",
     NULL,
     "redirect.example redirect=a.example, a.example -all",
     3,
     0,
     MAY_NOT},
    {"redirect to nothing",
     {"203.0.113.9", NULL, "x@nowhere.example"},
     "permerror",
     "redirect: no SPF record there",
     "nowhere.example redirect=none.example",
     1,
     0,
     NULL},
    {"include of nothing",
     {"203.0.113.9", NULL, "x@astray.example"},
     "permerror",
     "include: no SPF record there",
     "astray.example include:none.example",
     1,
     0,
     NULL},
    {"redirect beside all",
     {"203.0.113.9", NULL, "x@all.example"},
     "softfail",
     NULL,
     "all.example ~all",
     0,
     0,
     NULL},
    {"no record", {"192.0.2.1", NULL, "x@none.example"}, "none", "no SPF record", "", 0, 0, NULL},
    {"no such name",
     {"192.0.2.1", NULL, "x@gone.example"},
     "none",
     "no SPF record: the name does not exist",
     "",
     0,
     0,
     NULL},
    {"an empty record",
     {"192.0.2.1", NULL, "x@empty.example"},
     "neutral",
     "no term matches",
     "",
     0,
     0,
     NULL},
    {"two records",
     {"192.0.2.1", NULL, "x@two.example"},
     "permerror",
     "several SPF records",
     "",
     0,
     0,
     NULL},
    {"a syntax error",
     {"192.0.2.1", NULL, "x@typo.example"},
     "permerror",
     "syntax error in a term",
     "typo.example ipv4:192.0.2.2",
     0,
     0,
     NULL},
    {"a syntax error in an include",
     {"192.0.2.1", NULL, "x@typoed.example"},
     "permerror",
     "syntax error in a term",
     "typoed.example include:typo.example, typo.example ipv4:192.0.2.2",
     2,
     0,
     NULL},
    {"a temporary error",
     {"192.0.2.1", NULL, "x@fails.example"},
     "temperror",
     "the DNS failed",
     "fails.example a:broken.example",
     1,
     0,
     NULL},
    {"one in an include",
     {"192.0.2.1", NULL, "x@failing.example"},
     "temperror",
     "the DNS failed",
     "failing.example include:broken.example",
     1,
     0,
     NULL},
    {"one that is not come to",
     {"192.0.2.1", NULL, "x@early.example"},
     "pass",
     NULL,
     "early.example ip4:192.0.2.1",
     0,
     0,
     NULL},
    {"one at the record itself",
     {"192.0.2.1", NULL, "x@broken.example"},
     "temperror",
     "the DNS failed",
     "",
     0,
     0,
     NULL},
    {"names nobody can ask for",
     {"192.0.2.1", NULL, "x..y@odd.example"},
     "softfail",
     NULL,
     "odd.example ~all",
     2,
     0,
     NULL},
    {"a void look-up",
     {"192.0.2.1", NULL, "x@odd.example"},
     "softfail",
     NULL,
     "odd.example ~all",
     2,
     1,
     NULL},
    {"a user's own name",
     {"192.0.2.1", NULL, "me@user.example"},
     "pass",
     NULL,
     "user.example exists:%{l}.%{o}.ok.example",
     1,
     0,
     NULL},
    {"another user",
     {"192.0.2.1", NULL, "you@user.example"},
     "fail",
     NULL,
     "user.example -all",
     1,
     1,
     NULL},
    {"an explanation beyond ASCII",
     {"192.0.2.1", NULL, "x@shy.example"},
     "fail",
     NULL,
     "shy.example -all",
     0,
     0,
     NULL},
    {"mx and a prefix",
     {"192.0.2.76", NULL, "x@mx.example"},
     "pass",
     NULL,
     "mx.example mx/31",
     1,
     0,
     NULL},
    {"mx, and no host of it",
     {"192.0.2.78", NULL, "x@mx.example"},
     "fail",
     NULL,
     "mx.example -all",
     1,
     0,
     NULL},
    {"a null MX",
     {"192.0.2.78", NULL, "x@null.example"},
     "neutral",
     NULL,
     "null.example ?all",
     1,
     0,
     NULL},
    {"ptr", {"192.0.2.9", NULL, "x@ptr.example"}, "pass", NULL, "ptr.example ptr", 1, 0, NULL},
    {"ptr without a name",
     {"192.0.2.10", NULL, "x@ptr.example"},
     "fail",
     NULL,
     "ptr.example -all",
     1,
     1,
     NULL},
    {"ptr whose name fails",
     {"192.0.2.8", NULL, "x@ptr.example"},
     "fail",
     NULL,
     "ptr.example -all",
     1,
     0,
     NULL},
    {"%{p} is the domain's own name",
     {"192.0.2.9", NULL, "x@p.example"},
     "pass",
     NULL,
     "p.example exists:%{p}.ok.example",
     2,
     0,
     NULL},
    {"%{p} unknown, in the explanation too",
     {"192.0.2.10", NULL, "x@p.example"},
     "fail",
     NULL,
     "p.example -all",
     2,
     1,
     "you are unknown"},
    {"a U-label",
     {"203.0.113.1", NULL,
      "x@b\xC3\xBC"
      "cher.example"},
     "pass",
     NULL,
     "xn--bcher-kva.example a:ok.example",
     1,
     0,
     NULL},
    {"IPv6 asks for AAAA",
     {"2001:db8::1", NULL, "x@xn--bcher-kva.example"},
     "pass",
     NULL,
     "xn--bcher-kva.example a:ok.example",
     1,
     0,
     NULL},
    {"the null path is HELO's",
     {"192.0.2.1", "a.example", ""},
     "pass",
     NULL,
     "a.example ip4:192.0.2.0/28",
     0,
     0,
     NULL},
    {"an address literal",
     {"192.0.2.1", NULL, "x@[192.0.2.1]"},
     "none",
     "the domain is no domain name",
     "",
     0,
     0,
     NULL},
    {"a number for a domain",
     {"192.0.2.1", "192.0.2.1", ""},
     "none",
     "the domain is no domain name",
     "",
     0,
     0,
     NULL},
    {"one label",
     {"192.0.2.1", "localhost", ""},
     "none",
     "the domain is no domain name",
     "",
     0,
     0,
     NULL},
    {"no domain",
     {"192.0.2.1", NULL, "x@"},
     "none",
     "the domain is no domain name",
     "",
     0,
     0,
     NULL},
    {"no address",
     {NULL, "a.example", "x@a.example"},
     "not evaluated",
     "it needs the client's address",
     "",
     0,
     0,
     NULL},
    {"no MAIL FROM",
     {"192.0.2.1", "a.example", NULL},
     "not evaluated",
     "it needs MAIL FROM",
     "",
     0,
     0,
     NULL},
    {"the null path without HELO",
     {"192.0.2.1", NULL, ""},
     "not evaluated",
     "it needs HELO",
     "",
     0,
     0,
     NULL},
};

static void assert_verdict(const struct verdict_case *c, const struct spf_check *is)
{
    struct buffer path = buffer_new(4096);
    const char *result = waybill_result_text(is->verdict.result);
    say_path(&path, is);
    if (strcmp(result, c->result) != 0 || !same_text(is->verdict.why, c->why))
        fail_msg("%s: %s (%s)", c->name, result, is->verdict.why ? is->verdict.why : "");
    if (!slice_eq(buffer_slice(&path), slice_str(c->path)))
        fail_msg("%s: path: %.*s", c->name, SLICE_ARGS(buffer_slice(&path)));
    if (is->lookups != c->lookups || is->void_lookups != c->void_lookups)
        fail_msg("%s: %u look-ups, %u void", c->name, is->lookups, is->void_lookups);
    if (!is->explanation.p != !c->explanation ||
        !slice_eq(is->explanation, slice_str(c->explanation)))
        fail_msg("%s: explanation: %.*s", c->name, SLICE_ARGS(is->explanation));
    buffer_free(&path);
}

static void verdicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(verdict_cases); i++) {
        const struct verdict_case *c = &verdict_cases[i];
        struct spf_trial t;
        spf_trial_start(&t, SLICE(zone), " broken.example ", &c->session);
        spf_trial_finish(&t);
        assert_verdict(c, &t.spf.of[SPF_MAIL_FROM]);
        spf_trial_free(&t);
    }
}

static void helo_is_an_identity_of_its_own(void **state)
{
    (void)state;
    struct spf_trial t;
    spf_trial_start(&t, SLICE(zone), NULL,
                    &(struct spf_trial_session){"192.0.2.1", "ok.example", "x@a.example"});
    spf_trial_finish(&t);
    const struct spf_check *helo = &t.spf.of[SPF_HELO];
    assert_int_equal(t.spf.of[SPF_MAIL_FROM].verdict.result, WAYBILL_RESULT_PASS);
    assert_int_equal(helo->verdict.result, WAYBILL_RESULT_NONE);
    assert_true(slice_eq(helo->domain, SLICE("ok.example")));
    assert_true(slice_eq(helo->local_part, SLICE("postmaster")));
    spf_trial_free(&t);
}

static const struct sender_case {
    const char *mail_from, *local_part, *domain;
} sender_cases[] = {
    {"x@A.example", "x", "a.example"},
    {"@a.example", "postmaster", "a.example"},
    {"", "postmaster", "helo.example"},
    {"\"a@b\"@c.example", "\"a@b\"", "c.example"},
    {"x@b\xC3\xBC"
     "cher.example",
     "x", "xn--bcher-kva.example"},
    {"x@[192.0.2.1]", "x", "[192.0.2.1]"},
    {"a.example", "postmaster", "a.example"},
};

static void senders(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(sender_cases); i++) {
        const struct sender_case *c = &sender_cases[i];
        struct spf_trial t;
        spf_trial_start(&t, SLICE(zone), NULL,
                        &(struct spf_trial_session){"192.0.2.1", "helo.example", c->mail_from});
        const struct spf_check *check = &t.spf.of[SPF_MAIL_FROM];
        if (!slice_eq(check->local_part, slice_str(c->local_part)) ||
            !slice_eq(check->domain, slice_str(c->domain)))
            fail_msg("%s: %.*s, %.*s", c->mail_from, SLICE_ARGS(check->local_part),
                     SLICE_ARGS(check->domain));
        spf_trial_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts),
        cmocka_unit_test(helo_is_an_identity_of_its_own),
        cmocka_unit_test(senders),
    };
    return cmocka_run_group_tests_name("spf", tests, NULL, NULL);
}
