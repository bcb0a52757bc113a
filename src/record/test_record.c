#include "record/record.h"

#include "support/forge.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* A bit of everything: octets that are no text, an envelope, a signature with l=, a set, a stray.
 */
static struct buffer rich_message(void)
{
    struct buffer message = message_of("From: \"\xE9\\\\\" <a@b.example>, c@d.example\r\n"
                                       "Subject: x\r\n\r\nbody\rx\r\n");
    forge_signature(&lab, LAB_ED25519, "DKIM-Signature",
                    "v=1; a=ed25519-sha256; d=a.example; s=ed; t=1; x=1800000000; l=4; "
                    "i=@a.example; h=from:to; bh=@; b=",
                    &message);
    forge_set(&lab, 1, "none", 1, "l.example", &message);
    put_on_top(&message, SLICE("ARC-Seal: junk\r\n"));
    return message;
}

static struct trial judge(const struct buffer *message)
{
    static const char *const rcpt[] = {"<b@c.example>", "<>"};
    static const struct waybill_envelope envelope = {"192.0.2.1", "h\\\xE9", "<>", rcpt, 2, NULL};
    struct trial_input in = {.message = buffer_slice(message), .envelope = &envelope};
    return trial_run(&lab, &in);
}

static const char rich_json[] = "{\n"
                                " \"waybill-record\": 1,\n"
                                " \"message\": {\n"
                                "  \"octets\": 932,\n"
                                "  \"header-fields\": 7,\n"
                                "  \"body-octets\": 8,\n"
                                "  \"line-end\": \"crlf\",\n"
                                "  \"from\": [],\n"
                                "  \"from-why\": \"octets that are not UTF-8\",\n"
                                "  \"oddities\": [\n"
                                "   {\n"
                                "    \"what\": \"lone-cr\",\n"
                                "    \"header\": 0,\n"
                                "    \"body\": 1\n"
                                "   },\n"
                                "   {\n"
                                "    \"what\": \"8-bit\",\n"
                                "    \"header\": 1,\n"
                                "    \"body\": 0\n"
                                "   }\n"
                                "  ]\n"
                                " },\n"
                                " \"envelope\": {\n"
                                "  \"ip\": \"192.0.2.1\",\n"
                                "  \"helo\": \"h\\\\\\\\\\\\xE9\",\n"
                                "  \"mail-from\": \"\",\n"
                                "  \"rcpt-to\": [\n"
                                "   \"b@c.example\",\n"
                                "   \"\"\n"
                                "  ]\n"
                                " },\n"
                                " \"time\": 1700000000,\n"
                                " \"profile\": \"09\",\n"
                                " \"dns\": {\n"
                                "  \"waves\": 1,\n"
                                "  \"questions\": [\n"
                                "   {\n"
                                "    \"kind\": \"dns\",\n"
                                "    \"name\": \"ed._domainkey.a.example\",\n"
                                "    \"type\": \"TXT\",\n"
                                "    \"wave\": 1,\n"
                                "    \"used\": true,\n"
                                "    \"status\": \"answered\"\n"
                                "   },\n"
                                "   {\n"
                                "    \"kind\": \"dns\",\n"
                                "    \"name\": \"rsa._domainkey.l.example\",\n"
                                "    \"type\": \"TXT\",\n"
                                "    \"wave\": 1,\n"
                                "    \"used\": true,\n"
                                "    \"status\": \"answered\"\n"
                                "   }\n"
                                "  ]\n"
                                " },\n"
                                " \"work\": {\n"
                                "  \"octets-hashed\": 1069,\n"
                                "  \"key-operations\": [\n"
                                "   {\n"
                                "    \"algorithm\": \"ed25519-sha256\",\n"
                                "    \"bits\": 256,\n"
                                "    \"n\": 1\n"
                                "   },\n"
                                "   {\n"
                                "    \"algorithm\": \"rsa-sha256\",\n"
                                "    \"bits\": 1024,\n"
                                "    \"n\": 2\n"
                                "   }\n"
                                "  ]\n"
                                " },\n"
                                " \"spf\": {\n"
                                "  \"mail-from\": {\n"
                                "   \"result\": \"none\",\n"
                                "   \"why\": \"the domain is no domain name\",\n"
                                "   \"domain\": \"h\\\\\\\\\\\\xE9\",\n"
                                "   \"path\": [],\n"
                                "   \"lookups\": 0,\n"
                                "   \"void-lookups\": 0\n"
                                "  },\n"
                                "  \"helo\": {\n"
                                "   \"result\": \"none\",\n"
                                "   \"why\": \"the domain is no domain name\",\n"
                                "   \"domain\": \"h\\\\\\\\\\\\xE9\",\n"
                                "   \"path\": [],\n"
                                "   \"lookups\": 0,\n"
                                "   \"void-lookups\": 0\n"
                                "  }\n"
                                " },\n"
                                " \"dkim\": {\n"
                                "  \"result\": \"pass\",\n"
                                "  \"signatures\": [\n"
                                "   {\n"
                                "    \"field\": 4,\n"
                                "    \"result\": \"pass\",\n"
                                "    \"domain\": \"a.example\",\n"
                                "    \"selector\": \"ed\",\n"
                                "    \"identity\": \"@a.example\",\n"
                                "    \"algorithm\": \"ed25519-sha256\",\n"
                                "    \"header-canonicalization\": \"simple\",\n"
                                "    \"body-canonicalization\": \"simple\",\n"
                                "    \"headers\": \"from:to\",\n"
                                "    \"time\": 1,\n"
                                "    \"expires\": 1800000000,\n"
                                "    \"length\": 4,\n"
                                "    \"body-hash\": \"match\",\n"
                                "    \"body-octets-unsigned\": 4,\n"
                                "    \"signature\": \"good\",\n"
                                "    \"key\": {\n"
                                "     \"name\": \"ed._domainkey.a.example\",\n"
                                "     \"bits\": 256,\n"
                                "     \"testing\": false\n"
                                "    },\n"
                                "    \"octets-hashed\": 198\n"
                                "   }\n"
                                "  ],\n"
                                "  \"not-evaluated\": 0\n"
                                " },\n"
                                " \"dkim2\": {\n"
                                "  \"result\": \"none\",\n"
                                "  \"provisionally-verified\": false,\n"
                                "  \"envelope-checked\": false,\n"
                                "  \"hops\": [],\n"
                                "  \"instances\": [],\n"
                                "  \"findings\": []\n"
                                " },\n"
                                " \"arc\": {\n"
                                "  \"result\": \"fail\",\n"
                                "  \"why\": \"it has no valid i=\",\n"
                                "  \"element\": \"ARC-Seal\",\n"
                                "  \"sets\": [\n"
                                "   {\n"
                                "    \"instance\": 1,\n"
                                "    \"authentication-results\": {\n"
                                "     \"authserv-id\": \"l.example\",\n"
                                "     \"results\": []\n"
                                "    },\n"
                                "    \"message-signature\": {\n"
                                "     \"field\": 2,\n"
                                "     \"result\": \"pass\",\n"
                                "     \"domain\": \"l.example\",\n"
                                "     \"selector\": \"rsa\",\n"
                                "     \"algorithm\": \"rsa-sha256\",\n"
                                "     \"header-canonicalization\": \"relaxed\",\n"
                                "     \"body-canonicalization\": \"relaxed\",\n"
                                "     \"headers\": \"from:subject\",\n"
                                "     \"body-hash\": \"match\",\n"
                                "     \"signature\": \"good\",\n"
                                "     \"key\": {\n"
                                "      \"name\": \"rsa._domainkey.l.example\",\n"
                                "      \"bits\": 1024,\n"
                                "      \"testing\": false\n"
                                "     },\n"
                                "     \"octets-hashed\": 197\n"
                                "    },\n"
                                "    \"seal\": {\n"
                                "     \"field\": 1,\n"
                                "     \"result\": \"pass\",\n"
                                "     \"domain\": \"l.example\",\n"
                                "     \"selector\": \"rsa\",\n"
                                "     \"algorithm\": \"rsa-sha256\",\n"
                                "     \"cv\": \"none\",\n"
                                "     \"signature\": \"good\",\n"
                                "     \"key\": {\n"
                                "      \"name\": \"rsa._domainkey.l.example\",\n"
                                "      \"bits\": 1024,\n"
                                "      \"testing\": false\n"
                                "     },\n"
                                "     \"octets-hashed\": 0\n"
                                "    }\n"
                                "   }\n"
                                "  ],\n"
                                "  \"strays\": [\n"
                                "   {\n"
                                "    \"name\": \"ARC-Seal\",\n"
                                "    \"field\": 0,\n"
                                "    \"signature\": {\n"
                                "     \"field\": 0,\n"
                                "     \"result\": \"neutral\",\n"
                                "     \"why\": \"a tag without '='\",\n"
                                "     \"octets-hashed\": 0\n"
                                "    }\n"
                                "   }\n"
                                "  ],\n"
                                "  \"not-evaluated\": 0\n"
                                " },\n"
                                " \"dmarc\": {\n"
                                "  \"result\": \"permerror\",\n"
                                "  \"why\": \"octets that are not UTF-8\",\n"
                                "  \"policy\": \"none\",\n"
                                "  \"authors\": [],\n"
                                "  \"not-evaluated\": 0\n"
                                " }\n"
                                "}";

static const char rich_authres[] =
    "mx.example;\r\n"
    "  spf=none (the domain is no domain name) smtp.mailfrom=\"postmaster@h\\\\\\\\xE9\";\r\n"
    "  spf=none (the domain is no domain name) smtp.helo=\"h\\\\\\\\xE9\";\r\n"
    "  dkim=pass header.d=a.example header.i=@a.example header.s=ed\r\n"
    "    header.a=ed25519-sha256 header.b=eeDCVAMb;\r\n"
    "  dkim2=none;\r\n"
    "  arc=fail (ARC-Seal: it has no valid i=) smtp.remote-ip=192.0.2.1;\r\n"
    "  dmarc=permerror (octets that are not UTF-8)";

static void json(void **state)
{
    (void)state;
    struct buffer message = rich_message();
    struct trial trial = judge(&message);
    char *text;
    size_t n;
    assert_int_equal(waybill_record_json(trial.record, 1, &text, &n), WAYBILL_OK);
    assert_string_equal(text, rich_json);
    assert_int_equal(n, strlen(text));
    free(text);
    assert_int_equal(waybill_record_json(trial.record, 0, &text, &n), WAYBILL_OK);
    assert_null(strchr(text, '\n'));
    free(text);
    trial_free(&trial);
    buffer_free(&message);
}

static void authres(void **state)
{
    (void)state;
    struct buffer message = rich_message();
    struct trial trial = judge(&message);
    char *text;
    size_t n;
    assert_int_equal(waybill_record_authres(trial.record, "mx.example", 1, &text, &n), WAYBILL_OK);
    assert_string_equal(text, rich_authres);
    assert_int_equal(n, strlen(text));
    free(text);
    assert_int_equal(waybill_record_authres(trial.record, "mx.example", 0, &text, &n), WAYBILL_OK);
    assert_null(strchr(text, '('));
    free(text);
    trial_free(&trial);
    buffer_free(&message);
}

static const struct dns_row rows[] = {
    {"mail.author.example", WAYBILL_ANSWERED, {"v=spf1 ip4:192.0.2.0/24 -all"}},
    {"_dmarc.author.example", WAYBILL_ANSWERED, {"v=DMARC1; p=reject; aspf=s; t=y"}},
    {"_dmarc.other.example", WAYBILL_TIMEOUT, {NULL}},
};

static const struct waybill_envelope of_author = {
    .ip = "192.0.2.1", .helo = "MX.author.example", .mail_from = "<bounce@mail.author.example>"};
static const struct waybill_envelope of_nobody = {
    .ip = "2001:db8::1", .helo = "mail.author.example", .mail_from = "<>"};

static const struct line_case {
    const char *name, *message;
    const struct waybill_envelope *envelope;
    const char *authres;
} line_cases[] = {
    {"nothing to say", "From: a@b\r\n\r\n", NULL,
     "mx;\r\n  dkim=none;\r\n  dkim2=none;\r\n  arc=none;\r\n  dmarc=none (no DMARC record) "
     "header.from=b"},
    {"values from a message cannot leave their place",
     "DKIM-Signature: v=1; a=x; d=a.example; i=\"\r\n \\(;s=e;h=from;bh=AA==;b=AA==\r\n\r\n", NULL,
     "mx;\r\n  dkim=neutral (i= has no @) header.d=a.example"
     " header.i=\"\\\"\\\\x0D\\\\x0A \\\\(\"\r\n"
     "    header.s=e header.a=x header.b=\"AA==\";\r\n"
     "  dkim2=none;\r\n"
     "  arc=none;\r\n"
     "  dmarc=permerror (there is no From field)"},
    {"what was tested is what is reported", "From: a@Author.example\r\n\r\n", &of_author,
     "mx;\r\n"
     "  spf=pass smtp.mailfrom=bounce@mail.author.example;\r\n"
     "  spf=none (no SPF record: the name does not exist)\r\n    smtp.helo=mx.author.example;\r\n"
     "  dkim=none;\r\n"
     "  dkim2=none;\r\n"
     "  arc=none smtp.remote-ip=192.0.2.1;\r\n"
     "  dmarc=fail (no domain that passed is aligned) header.from=author.example\r\n"
     "    policy.dmarc=quarantine"},
    {"the null path is the postmaster's, and each author has a result",
     "From: a@author.example, b@other.example\r\n\r\n", &of_nobody,
     "mx;\r\n"
     "  spf=fail smtp.mailfrom=postmaster@mail.author.example;\r\n"
     "  spf=fail smtp.helo=mail.author.example;\r\n"
     "  dkim=none;\r\n"
     "  dkim2=none;\r\n"
     "  arc=none smtp.remote-ip=\"2001:db8::1\";\r\n"
     "  dmarc=fail (neither SPF nor DKIM passed) header.from=author.example\r\n"
     "    policy.dmarc=quarantine;\r\n"
     "  dmarc=temperror (DMARC record not available: no answer in time)\r\n"
     "    header.from=other.example"},
};

static void lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof line_cases / sizeof line_cases[0]; i++) {
        struct trial_input in = {.message = slice_str(line_cases[i].message),
                                 .envelope = line_cases[i].envelope,
                                 .rows = LAB_ROWS(rows)};
        struct trial trial = trial_run(&lab, &in);
        char *text;
        size_t n;
        assert_int_equal(waybill_record_authres(trial.record, "mx", 1, &text, &n), WAYBILL_OK);
        if (strcmp(text, line_cases[i].authres) != 0)
            fail_msg("%s: %s", line_cases[i].name, text);
        free(text);
        trial_free(&trial);
    }
}

/* --- whose results a received field claims to hold
 * ------------------------------------------------
 */

/* The ordinals of the fields that claim it. */
static const struct claimed_case {
    const char *name, *fields, *authserv_id, *ordinals;
} claimed_cases[] = {
    {"none there", "", "mx.example", ""},
    {"ours between others'",
     "Authentication-Results: other.example; none\r\n"
     "Authentication-Results: mx.example; spf=pass\r\n"
     "Subject: Authentication-Results: mx.example; spf=pass\r\n"
     "authentication-results : (x) MX.Example 1 (y); none\r\n",
     "mx.example", "2 3"},
    {"a name below ours is another's", "Authentication-Results: a.mx.example; none\r\n",
     "mx.example", ""},
    {"quoted", "Authentication-Results: \"mx.example\"; none\r\n", "mx.example", "1"},
    {"with a final dot", "Authentication-Results: mx.example.; none\r\n", "mx.example", "1"},
    {"U-labels", "Authentication-Results: \"m\xC3\xBC.example\"; none\r\n", "xn--m-eha.example",
     "1"},
    {"what does not parse counts by its beginning",
     "Authentication-Results: mx.example; spf=\r\nAuthentication-Results: mx.example\r\n",
     "mx.example", "1 2"},
    {"an id that is no name", "Authentication-Results: \"our mx\"; none\r\n", "our mx", "1"},
    {"a field that begins with a result", "Authentication-Results: spf=pass\r\n", "mx.example", ""},
    {"another field of ARC", "ARC-Authentication-Results: i=1; mx.example; none\r\n", "mx.example",
     ""},
};

static void claimed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof claimed_cases / sizeof claimed_cases[0]; i++) {
        const struct claimed_case *c = &claimed_cases[i];
        struct buffer message = message_of(c->fields), said = buffer_new(64);
        buffer_add_str(&message, "From: a@b.example\r\n\r\n");
        struct trial_input in = {.message = buffer_slice(&message)};
        struct trial t = trial_run(&lab, &in);
        struct waybill_claimed_field *list;
        size_t n;
        assert_int_equal(waybill_record_claimed(t.record, c->authserv_id, &list, &n), WAYBILL_OK);
        assert_int_equal(list == NULL, n == 0);
        for (size_t k = 0; k < n; k++) {
            const struct field *field = &message_header(t.message)->fields[list[k].position];
            assert_true(slice_ieq(field->name, SLICE("Authentication-Results")));
            buffer_printf(&said, "%s%zu", k ? " " : "", list[k].ordinal);
        }
        if (!slice_eq(buffer_slice(&said), slice_str(c->ordinals)))
            fail_msg("%s: %.*s", c->name, SLICE_ARGS(buffer_slice(&said)));
        free(list);
        trial_free(&t);
        buffer_free(&said);
        buffer_free(&message);
    }
}

static void work(void **state)
{
    (void)state;
    struct buffer message = rich_message();
    struct trial trial = judge(&message);
    struct work w = record_work(trial.record);
    assert_int_equal(w.n, 2);
    assert_string_equal(w.rows[0].algorithm->name, "ed25519-sha256");
    assert_int_equal(w.rows[0].n, 1);
    assert_string_equal(w.rows[1].algorithm->name, "rsa-sha256");
    assert_int_equal(w.rows[1].bits, 1024);
    assert_int_equal(w.rows[1].n, 2);
    assert_int_equal(w.other, 0);
    size_t i = 0, n = 0;
    for (const struct signature *s; record_next_signature(trial.record, &i, &s); n++)
        assert_non_null(s);
    assert_int_equal(n, 4);
    trial_free(&trial);
    buffer_free(&message);
}

static void words(void **state)
{
    (void)state;
    assert_string_equal(waybill_result_text(WAYBILL_RESULT_NONE), "none");
    assert_string_equal(waybill_result_text(WAYBILL_RESULT_PASS), "pass");
    assert_string_equal(waybill_result_text(WAYBILL_RESULT_FAIL), "fail");
    assert_string_equal(waybill_result_text(WAYBILL_RESULT_SOFTFAIL), "softfail");
    assert_string_equal(waybill_result_text(WAYBILL_RESULT_POLICY), "policy");
    assert_string_equal(waybill_result_text(WAYBILL_RESULT_NEUTRAL), "neutral");
    assert_string_equal(waybill_result_text(WAYBILL_RESULT_TEMPERROR), "temperror");
    assert_string_equal(waybill_result_text(WAYBILL_RESULT_PERMERROR), "permerror");
    assert_string_equal(waybill_result_text(WAYBILL_RESULT_NOT_EVALUATED), "not evaluated");
    assert_string_equal(waybill_method_text(WAYBILL_METHOD_DKIM), "dkim");
    assert_string_equal(waybill_method_text(WAYBILL_METHOD_ARC), "arc");
    assert_string_equal(waybill_method_text(WAYBILL_METHOD_SPF), "spf");
    assert_string_equal(waybill_method_text(WAYBILL_METHOD_DMARC), "dmarc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json),    cmocka_unit_test(authres), cmocka_unit_test(lines),
        cmocka_unit_test(claimed), cmocka_unit_test(work),    cmocka_unit_test(words),
    };
    return cmocka_run_group_tests_name("record", tests, lab_set_up, lab_tear_down);
}
