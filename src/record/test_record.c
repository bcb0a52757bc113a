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
    static const struct waybill_envelope envelope = {"192.0.2.1", "h\\\xE9", "<>", rcpt, 2};
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
                                " }\n"
                                "}";

static const char rich_authres[] =
    "mx.example;\r\n"
    "  dkim=pass header.d=a.example header.i=@a.example header.s=ed\r\n"
    "    header.a=ed25519-sha256 header.b=eeDCVAMb;\r\n"
    "  arc=fail (ARC-Seal: it has no valid i=) smtp.remote-ip=192.0.2.1";

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

static const struct line_case {
    const char *name, *message, *authres;
} line_cases[] = {
    {"nothing to say", "From: a@b\r\n\r\n", "mx;\r\n  dkim=none;\r\n  arc=none"},
    {"values from a message cannot leave their place",
     "DKIM-Signature: v=1; a=x; d=a.example; i=\"\r\n \\(;s=e;h=from;bh=AA==;b=AA==\r\n\r\n",
     "mx;\r\n  dkim=neutral (i= has no @) header.d=a.example"
     " header.i=\"\\\"\\\\x0D\\\\x0A \\\\(\"\r\n"
     "    header.s=e header.a=x header.b=\"AA==\";\r\n"
     "  arc=none"},
};

static void lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof line_cases / sizeof line_cases[0]; i++) {
        struct trial_input in = {.message = slice_str(line_cases[i].message)};
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
    assert_string_equal(waybill_result_text(WAYBILL_RESULT_POLICY), "policy");
    assert_string_equal(waybill_result_text(WAYBILL_RESULT_NEUTRAL), "neutral");
    assert_string_equal(waybill_result_text(WAYBILL_RESULT_TEMPERROR), "temperror");
    assert_string_equal(waybill_result_text(WAYBILL_RESULT_PERMERROR), "permerror");
    assert_string_equal(waybill_result_text(WAYBILL_RESULT_NOT_EVALUATED), "not evaluated");
    assert_string_equal(waybill_method_text(WAYBILL_METHOD_DKIM), "dkim");
    assert_string_equal(waybill_method_text(WAYBILL_METHOD_ARC), "arc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json), cmocka_unit_test(authres), cmocka_unit_test(lines),
        cmocka_unit_test(work), cmocka_unit_test(words),
    };
    return cmocka_run_group_tests_name("record", tests, lab_set_up, lab_tear_down);
}
