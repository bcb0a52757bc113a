/* From which domains there is a verdict, and what all of them come to together. */
#include "base/limits.h"
#include "support/dmarc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define NO_DOMAIN "the Author Domain is no domain name"
#define LITERAL "an address literal is no Author Domain"
#define TOO_MANY "more Author Domains than are evaluated"
#define U_LABEL \
    "b\xC3\xBC" \
    "cher.example"

/* --- the Author Domains ----------------------------------------------------------------------- */

static const struct from_case {
    const char *name, *from;
    const char *authors; /* "DOMAIN RESULT" each, joined by "; "; "open" where it is open */
    size_t beyond;
} from_cases[] = {
    {"one", "a@example.com", "example.com open", 0},
    {"with a name, in upper case", "\"B, A\" <a@EXAMPLE.Com> (x)", "example.com open", 0},
    {"one domain twice", "a@example.com, b@Example.com", "example.com open", 0},
    {"two domains", "a@b.example, c@a.example", "b.example open; a.example open", 0},
    {"a U-label", "a@" U_LABEL, "xn--bcher-kva.example open", 0},
    {"a U-label and its A-label", "a@" U_LABEL ", a@XN--BCHER-KVA.example",
     "xn--bcher-kva.example open", 0},
    {"an ideographic full stop",
     "a@b\xE3\x80\x82"
     "example",
     "b.example open", 0},
    {"members of a group", "x: a@b.example, c@d.example;", "b.example open; d.example open", 0},
    {"a group without members", "x:;", "", 0},
    {"an address literal", "a@[192.0.2.1]", "[192.0.2.1] permerror", 0},
    {"an address literal beside a domain", "a@[192.0.2.1], c@d.example",
     "[192.0.2.1] permerror; d.example open", 0},
    {"no domain name", "a@-b.example", "-b.example permerror", 0},
    {"a label too long",
     "a@aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg.example",
     "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg.example permerror", 0},
    {"a U-label that IDNA does not have", "a@\xE2\x98\x83\xE2\x80\x8D.example",
     "\xE2\x98\x83\xE2\x80\x8D.example permerror", 0},
    {"as many as are evaluated", "a@a.x, a@b.x, a@c.x, a@d.x",
     "a.x open; b.x open; c.x open; d.x open", 0},
    {"one more", "a@a.x, a@b.x, a@c.x, a@d.x, a@e.x", "a.x open; b.x open; c.x open; d.x open", 1},
    {"more, of which some were there", "a@a.x, a@b.x, a@c.x, a@d.x, a@a.x, a@e.x, a@e.x, a@f.x",
     "a.x open; b.x open; c.x open; d.x open", 2},
};

static const char *authors_text(const struct dmarc *d)
{
    static char text[1024];
    struct buffer b = buffer_over(text, sizeof text);
    for (size_t i = 0; i < d->n; i++) {
        buffer_add_str(&b, i ? "; " : "");
        buffer_add(&b, d->authors[i].domain);
        buffer_add_str(&b, d->authors[i].verdict.why ? " permerror" : " open");
    }
    buffer_add_octet(&b, '\0');
    assert_int_equal(b.status, WAYBILL_OK);
    return text;
}

static void author_domains(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof from_cases / sizeof from_cases[0]; i++) {
        const struct from_case *c = &from_cases[i];
        struct dmarc_trial t;
        dmarc_trial_start(&t, c->from, "", NULL, 0);
        if (strcmp(authors_text(&t.dmarc), c->authors) != 0 || t.dmarc.beyond != c->beyond)
            fail_msg("%s: %s, %zu beyond", c->name, authors_text(&t.dmarc), t.dmarc.beyond);
        dmarc_trial_free(&t);
    }
}

/* Ten thousand mailboxes take as long as reading them. */
static void many_mailboxes(void **state)
{
    (void)state;
    struct dmarc_trial t;
    struct buffer from = buffer_new((size_t)1 << 20);
    for (size_t i = 0; i < LIMIT_MAILBOXES; i++)
        buffer_printf(&from, "%sa@d%zu.example", i ? "," : "", i / 2);
    buffer_add_octet(&from, '\0');
    dmarc_trial_start(&t, (const char *)from.p, "", NULL, 0);
    assert_int_equal(t.dmarc.n, LIMIT_DMARC_AUTHORS);
    assert_int_equal(t.dmarc.beyond, LIMIT_MAILBOXES / 2 - LIMIT_DMARC_AUTHORS);
    dmarc_trial_free(&t);
    buffer_free(&from);
}

/* --- all of them together --------------------------------------------------------------------- */

/* Each domain with another policy or error of its own. */
static const struct dns_row zone[] = {
    DMARC_AT("reject.example", "v=DMARC1; p=reject"),
    DMARC_AT("quarantine.example", "v=DMARC1; p=quarantine"),
    DMARC_AT("accept.example", "v=DMARC1; p=none"),
    DMARC_AT("test.example", "v=DMARC1; p=reject; t=y"),
    DMARC_FAILS("fails.example"),
};

static const struct all_case {
    const char *name, *from, *identifiers;
    const char *says; /* "RESULT (WHY) POLICY" */
} all_cases[] = {
    {"the strictest policy of those that fail",
     "a@quarantine.example, a@reject.example, a@accept.example", "",
     "fail (neither SPF nor DKIM passed) reject"},
    {"of those that fail, not of those that pass", "a@quarantine.example, a@reject.example",
     "dkim=pass:reject.example", "fail (no domain that passed is aligned) quarantine"},
    {"after t=y", "a@test.example, a@accept.example", "",
     "fail (neither SPF nor DKIM passed) quarantine"},
    {"both pass", "a@quarantine.example, a@reject.example",
     "dkim=pass:reject.example spf=pass:quarantine.example", "pass () none"},
    {"one passes, one has no record", "a@reject.example, a@norecord.example",
     "dkim=pass:reject.example", "none (no DMARC record) none"},
    {"one fails, one has a temporary error", "a@reject.example, a@fails.example", "",
     "fail (neither SPF nor DKIM passed) reject"},
    {"one passes, one has a temporary error", "a@reject.example, a@fails.example",
     "dkim=pass:reject.example", "temperror (DMARC record not available: the DNS failed) none"},
    {"one has a temporary error, one is no domain", "a@[192.0.2.1], a@fails.example", "",
     "temperror (DMARC record not available: the DNS failed) none"},
    {"one passes, one is no domain", "a@reject.example, a@[192.0.2.1]", "dkim=pass:reject.example",
     "permerror (" LITERAL ") none"},
    {"one has no record, one is no domain", "a@norecord.example, a@-x.example", "",
     "permerror (" NO_DOMAIN ") none"},
    {"one fails, one is no domain", "a@[192.0.2.1], a@reject.example", "",
     "fail (neither SPF nor DKIM passed) reject"},
    {"one was not evaluated, one has no record", "a@reject.example, a@norecord.example", "spf=none",
     "not evaluated (SPF was not run: it needs the envelope) none"},
    {"one is open", "a@reject.example, a@quarantine.example",
     "dkim=pass:reject.example dkim=open:quarantine.example", "not evaluated () none"},

    {"more than are evaluated, all pass",
     "a@reject.example, a@a.reject.example, "
     "a@b.reject.example, a@c.reject.example, a@d.example",
     "dkim=pass:reject.example", "permerror (" TOO_MANY ") none"},
    {"more than are evaluated, one fails",
     "a@reject.example, a@a.reject.example, "
     "a@b.reject.example, a@quarantine.example, a@d.example",
     "dkim=pass:reject.example", "fail (no domain that passed is aligned) quarantine"},

    {"no mailbox", "x:;", "", "permerror (From has no mailbox) none"},
    {"From cannot be read", "a@", "", "permerror (an address without a domain) none"},
    {"From cannot be read to its end, what is there passes", "a@reject.example, b@",
     "dkim=pass:reject.example", "permerror (an address without a domain) none"},
    {"From cannot be read to its end, what is there fails", "a@reject.example, b@", "",
     "fail (neither SPF nor DKIM passed) reject"},
    {"From cannot be read to its end, what is there has no record", "a@norecord.example, b@", "",
     "permerror (an address without a domain) none"},
    {"From cannot be read to its end, what is there has a temporary error", "a@fails.example, b@",
     "", "permerror (an address without a domain) none"},
    {"From cannot be read to its end, what is there is open", "a@reject.example, b@",
     "dkim=open:reject.example", "not evaluated () none"},
};

static void all_authors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof all_cases / sizeof all_cases[0]; i++) {
        const struct all_case *c = &all_cases[i];
        struct dmarc_trial t;
        dmarc_trial_start(&t, c->from, c->identifiers, zone, sizeof zone / sizeof zone[0]);
        dmarc_trial_finish(&t);
        const char *text = dmarc_trial_text(&t);
        size_t line = slice_find(slice_str(text), '\n', 0);
        if (!slice_eq(slice_of(text, line), slice_str(c->says)))
            fail_msg("%s: %s", c->name, text);
        dmarc_trial_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(author_domains),
        cmocka_unit_test(many_mailboxes),
        cmocka_unit_test(all_authors),
    };
    return cmocka_run_group_tests_name("dmarc_from", tests, NULL, NULL);
}
