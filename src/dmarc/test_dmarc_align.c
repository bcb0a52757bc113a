/* Section 4.10.2: which domains speak for an Author Domain. */
#include "support/dmarc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define NONE_PASSED "neither SPF nor DKIM passed"
#define NOT_ALIGNED "no domain that passed is aligned"

static const struct dmarc_case alignment_cases[] = {
    {"DKIM, identical",
     "a@example.com",
     "dkim=pass:example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject")},
     "pass p=reject @example.com by=0",
     NULL},
    {"SPF, identical",
     "a@example.com",
     "spf=pass:example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject")},
     "pass p=reject @example.com by=0",
     NULL},
    {"identical, without a record of its own",
     "a@x.example.com",
     "dkim=pass:x.example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject")},
     "pass p=reject @example.com org=example.com by=0",
     NULL},
    {"DKIM of the parent",
     "a@mail.example.com",
     "dkim=pass:example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject")},
     "pass p=reject @example.com org=example.com by=0",
     NULL},
    {"SPF of a child",
     "a@example.com",
     "spf=pass:child.example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject")},
     "pass p=reject @example.com org=example.com by=0",
     NULL},
    {"of a sibling",
     "a@news.example.com",
     "dkim=pass:foo.example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject")},
     "pass p=reject @example.com org=example.com by=0",
     NULL},
    {"of another domain",
     "a@news.example.com",
     "dkim=pass:foo.example.net",
     {DMARC_AT("example.com", "v=DMARC1; p=reject")},
     "fail p=reject @example.com org=example.com",
     NOT_ALIGNED},
    {"of another domain that shares the last label",
     "a@example.com",
     "dkim=pass:other.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject"), DMARC_AT("other.com", "v=DMARC1; p=none")},
     "fail p=reject @example.com org=example.com",
     NOT_ALIGNED},
    {"of a name that only ends alike",
     "a@example.com",
     "dkim=pass:notexample.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject")},
     "fail p=reject @example.com org=example.com",
     NOT_ALIGNED},
    {"a record at the last label makes one organisation",
     "a@example.com",
     "dkim=pass:other.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject"), DMARC_AT("com", "v=DMARC1")},
     "pass p=reject @example.com org=com by=0",
     NULL},

    {"strict DKIM, identical",
     "a@example.com",
     "dkim=pass:example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject; adkim=s")},
     "pass p=reject @example.com by=0",
     NULL},
    {"strict DKIM, of a child",
     "a@example.com",
     "dkim=pass:mail.example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject; adkim=s")},
     "fail p=reject @example.com",
     NOT_ALIGNED},
    {"strict SPF, identical",
     "a@example.com",
     "spf=pass:example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject; aspf=s")},
     "pass p=reject @example.com by=0",
     NULL},
    {"strict SPF, of a child",
     "a@example.com",
     "spf=pass:mail.example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject; aspf=s")},
     "fail p=reject @example.com",
     NOT_ALIGNED},
    {"strict DKIM is not strict SPF",
     "a@example.com",
     "dkim=pass:mail.example.com spf=pass:mail.example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject; adkim=s")},
     "pass p=reject @example.com org=example.com by=1",
     NULL},
    {"strict SPF is not strict DKIM",
     "a@example.com",
     "dkim=pass:mail.example.com spf=pass:mail.example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject; aspf=s")},
     "pass p=reject @example.com org=example.com by=0",
     NULL},
    {"strict, of the parent whose record it is",
     "a@mail.example.com",
     "dkim=pass:example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject; adkim=S")},
     "fail p=reject @example.com org=example.com",
     NOT_ALIGNED},

    {"a subdomain whose parent has no record stands alone",
     "a@sub.example.com",
     "dkim=pass:example.com",
     {DMARC_AT("sub.example.com", "v=DMARC1; p=reject")},
     "fail p=reject @sub.example.com org=sub.example.com",
     NOT_ALIGNED},
    {"what is below it is aligned",
     "a@sub.example.com",
     "dkim=pass:x.sub.example.com",
     {DMARC_AT("sub.example.com", "v=DMARC1; p=reject")},
     "pass p=reject @sub.example.com org=sub.example.com by=0",
     NULL},
    {"the parent's record makes both one",
     "a@sub.example.com",
     "dkim=pass:example.com",
     {DMARC_AT("sub.example.com", "v=DMARC1; p=reject"), DMARC_AT("example.com", "v=DMARC1")},
     "pass p=reject @sub.example.com org=example.com by=0",
     NULL},
    {"psd=n cuts a department off",
     "a@example.com",
     "dkim=pass:x.dept.example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject"),
      DMARC_AT("dept.example.com", "v=DMARC1; psd=n")},
     "fail p=reject @example.com org=example.com",
     NOT_ALIGNED},
    {"psd=n of the author's own",
     "a@dept.example.com",
     "dkim=pass:example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=none"),
      DMARC_AT("dept.example.com", "v=DMARC1; p=reject; psd=n")},
     "fail p=reject @dept.example.com org=dept.example.com",
     NOT_ALIGNED},
    {"two customers of one PSD",
     "a@one.bank",
     "dkim=pass:two.bank",
     {DMARC_AT("bank", "v=DMARC1; p=reject; psd=y")},
     "fail p=reject @bank org=one.bank",
     NOT_ALIGNED},
    {"the PSD does not speak for its customers",
     "a@one.bank",
     "dkim=pass:bank",
     {DMARC_AT("bank", "v=DMARC1; p=reject; psd=y")},
     "fail p=reject @bank org=one.bank",
     NOT_ALIGNED},
    {"nor they for it",
     "a@bank",
     "dkim=pass:one.bank",
     {DMARC_AT("bank", "v=DMARC1; p=reject; psd=y")},
     "fail p=reject @bank org=bank",
     NOT_ALIGNED},
    {"a public suffix that publishes a record",
     "a@shop.co.uk",
     "dkim=pass:other.co.uk",
     {DMARC_AT("co.uk", "v=DMARC1; p=reject")},
     "pass p=reject @co.uk org=co.uk by=0",
     NULL},
    {"case does not count",
     "a@EXAMPLE.com",
     "dkim=pass:example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject; adkim=s")},
     "pass p=reject @example.com by=0",
     NULL},
    {"a U-label in From",
     "a@b\xC3\xBC"
     "cher.example",
     "dkim=pass:xn--bcher-kva.example",
     {DMARC_AT("xn--bcher-kva.example", "v=DMARC1; p=reject")},
     "pass p=reject @xn--bcher-kva.example by=0",
     NULL},

    {"all that are aligned are listed",
     "a@example.com",
     "spf=pass:a.example.com dkim=pass:other.example dkim=fail:example.com dkim=pass:example.com "
     "dkim=pass:b.example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject")},
     "pass p=reject @example.com org=example.com by=0,3,4",
     NULL},
    {"what failed is not looked at",
     "a@example.com",
     "spf=fail:example.com dkim=fail:example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject")},
     "fail p=reject @example.com",
     NONE_PASSED},
    {"an identifier that is no domain",
     "a@example.com",
     "spf=pass:[192.0.2.1] spf=pass:",
     {DMARC_AT("example.com", "v=DMARC1; p=reject")},
     "fail p=reject @example.com",
     NOT_ALIGNED},

    {"appendix B.1.1 example 1",
     "sender@example.com",
     "spf=pass:example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject; aspf=s")},
     "pass p=reject @example.com by=0",
     NULL},
    {"appendix B.1.1 example 3",
     "sender@child.example.com",
     "spf=pass:example.net",
     {DMARC_AT("example.com", "v=DMARC1; p=reject")},
     "fail p=reject @example.com org=example.com",
     NOT_ALIGNED},
    {"appendix B.4.1",
     "a@example.com",
     "spf=pass:example.com dkim=pass:signing.example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject"),
      DMARC_AT("signing.example.com", "v=DMARC1; p=reject")},
     "pass p=reject @example.com org=example.com by=0,1",
     NULL},
    {"appendix B.4.2",
     "a@a.b.c.d.e.f.g.h.i.j.k.example.com",
     "spf=pass:example.com dkim=pass:signing.example.com",
     {DMARC_AT("example.com", "v=DMARC1; p=reject"),
      DMARC_AT("signing.example.com", "v=DMARC1; p=reject")},
     "pass p=reject @example.com org=example.com by=0,1",
     NULL},
    {"appendix B.4.3",
     "a@giant.bank.example",
     "spf=pass:mail.giant.bank.example dkim=pass:mail.mega.bank.example",
     {DMARC_AT("bank.example", "v=DMARC1; p=reject; psd=y"),
      DMARC_AT("giant.bank.example", "v=DMARC1; p=quarantine")},
     "pass p=quarantine @giant.bank.example org=giant.bank.example by=0",
     NULL},
    {"appendix B.4.3, without SPF",
     "a@giant.bank.example",
     "spf=fail:mail.giant.bank.example dkim=pass:mail.mega.bank.example",
     {DMARC_AT("bank.example", "v=DMARC1; p=reject; psd=y"),
      DMARC_AT("giant.bank.example", "v=DMARC1; p=quarantine")},
     "fail p=quarantine @giant.bank.example org=giant.bank.example",
     NOT_ALIGNED},
};

static void alignment(void **state)
{
    (void)state;
    DMARC_CASES_CHECK(alignment_cases);
}

static const struct align_case {
    const char *name, *domain;
    bool strict;
    enum dmarc_alignment at_first, at_last;
} align_cases[] = {
    {"identical", "mail.example.com", false, DMARC_ALIGNED, DMARC_ALIGNED},
    {"identical, strict", "mail.example.com", true, DMARC_ALIGNED, DMARC_ALIGNED},
    {"the parent", "example.com", false, DMARC_ALIGN_OPEN, DMARC_ALIGNED},
    {"the parent, strict", "example.com", true, DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
    {"another", "list.example.org", false, DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
    {"another below the same last label", "list.com", false, DMARC_ALIGN_OPEN, DMARC_NOT_ALIGNED},
    {"one that cannot be known", "bad.example.com", false, DMARC_ALIGN_OPEN, DMARC_ALIGN_TEMPERROR},
    {"nothing", "", false, DMARC_NOT_ALIGNED, DMARC_NOT_ALIGNED},
};

static void align(void **state)
{
    (void)state;
    static const struct dns_row zone[] = {DMARC_AT("example.com", "v=DMARC1; p=reject"),
                                          DMARC_FAILS("bad.example.com")};
    for (size_t i = 0; i < sizeof align_cases / sizeof align_cases[0]; i++) {
        const struct align_case *c = &align_cases[i];
        struct dmarc_trial t;
        enum dmarc_alignment first, last;
        dmarc_trial_start(&t, "a@mail.example.com", "", zone, 2);
        const struct dmarc_author *a = &t.dmarc.authors[0];
        assert_int_equal(dmarc_align(&t.dmarc, a, slice_str(c->domain), c->strict, 3, &first),
                         WAYBILL_OK);
        dmarc_trial_finish(&t);
        assert_int_equal(dmarc_align(&t.dmarc, a, slice_str(c->domain), c->strict, 3, &last),
                         WAYBILL_OK);
        if (first != c->at_first || last != c->at_last)
            fail_msg("%s: first %d, then %d", c->name, (int)first, (int)last);
        dmarc_trial_free(&t);
    }
}

static void policy_texts(void **state)
{
    (void)state;
    assert_string_equal(dmarc_policy_text(DMARC_NONE), "none");
    assert_string_equal(dmarc_policy_text(DMARC_QUARANTINE), "quarantine");
    assert_string_equal(dmarc_policy_text(DMARC_REJECT), "reject");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alignment),
        cmocka_unit_test(align),
        cmocka_unit_test(policy_texts),
    };
    return cmocka_run_group_tests_name("dmarc_align", tests, NULL, NULL);
}
