#include "base/limits.h"
#include "support/forge.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MESSAGE "From: a@author.example\r\nSubject: x\r\n\r\nbody\r\n"

/* --- what a signer writes -----------------------------------------------------------------------
 */

static const struct field_case {
    const char *name;
    const char *message;
    struct signing how;
    const char *h; /* without folds */
} field_cases[] = {
    {"From is oversigned",
     "From: a@b\r\n\r\n",
     {.domain = "a.example", .key = LAB_ED25519},
     "from:from"},
    {"every instance of the default list, none else",
     "Received: x\r\nTo: a\r\nFROM: a@b\r\nX-Note: y\r\nto: b\r\nSubject: s\r\nCc: c\r\n"
     "List-Id: l\r\nList-Unsubscribe-Post: One-Click\r\nReturn-Path: <>\r\nDate: d\r\n\r\n",
     {.domain = "a.example", .key = LAB_ED25519},
     "from:from:subject:date:to:to:cc:list-id:list-unsubscribe-post"},
    {"what is given is taken as it is",
     "From: a@b\r\nX-Note: y\r\n\r\n",
     {.domain = "a.example", .key = LAB_ED25519, .headers = "From:X-Note:X-Note"},
     "From:X-Note:X-Note"},
};

/* The value of h= in the first field, white space left out. */
static char *names_signed(struct slice field)
{
    static char text[1024];
    size_t n = 0, at = 0;
    while (at < field.n && !slice_starts(slice_from(field, at), SLICE(" h=")))
        at++;
    for (at += 3; at < field.n && field.p[at] != ';'; at++)
        if (!octet_is_fws(field.p[at]))
            text[n++] = (char)field.p[at];
    text[n] = '\0';
    return text;
}

static void fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof field_cases / sizeof field_cases[0]; i++) {
        const struct field_case *c = &field_cases[i];
        struct buffer message = message_of(c->message);
        sign_well(&lab, &c->how, &message);
        if (strcmp(names_signed(buffer_slice(&message)), c->h) != 0)
            fail_msg("%s: h=%s", c->name, names_signed(buffer_slice(&message)));
        buffer_free(&message);
    }
}

/* Everything up to b= of a field, whose folds are as they are. */
static void assert_starts(const struct buffer *message, const char *should)
{
    if (!slice_starts(buffer_slice(message), slice_str(should)))
        fail_msg("%.*s", (int)strlen(should), (const char *)message->p);
}

static void dkim_text(void **state)
{
    (void)state;
    struct signing how = {.domain = "B\xC3\xBC"
                                    "cher.Example",
                          .key = LAB_ED25519,
                          .expires_in = 3600};
    struct buffer message = message_of(MESSAGE);
    sign_well(&lab, &how, &message);
    assert_starts(&message,
                  "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
                  " d=xn--bcher-kva.example; s=ed; t=1700000000; x=1700003600;\r\n"
                  " h=from:from:subject; bh=Ck5SoRNWUpSR4X0COv7R5ub2pUTtl6xz4dTFz++ji4M=;");
    buffer_free(&message);
}

static void arc_text(void **state)
{
    (void)state;
    struct signing how = {
        .domain = "list.example", .key = LAB_ED25519, .authserv_id = "mx.list.example"};
    struct buffer message = message_of(MESSAGE);
    put_on_top(&message, SLICE("DKIM-Signature: v=1; nonsense\r\n"));
    sign_well(&lab, &how, &message);
    assert_starts(&message, "ARC-Seal: a=ed25519-sha256;\r\n b=");
    assert_string_equal(names_signed(buffer_slice(&message)), "from:from:subject:dkim-signature");
    replace(&message,
            "ARC-Authentication-Results: i=1; mx.list.example;\r\n"
            "  dkim=neutral (a tag without '=');\r\n"
            "  dkim2=none;\r\n"
            "  arc=none;\r\n"
            "  dmarc=none (no DMARC record) header.from=author.example\r\nDKIM-Signature: v=1",
            "found");
    replace(&message, ";\r\n cv=none; d=list.example; i=1; s=ed; t=1700000000\r\n", "found");
    buffer_free(&message);
}

/* What an ARC signer must not sign, and what it may (RFC 8617 section 4.1.2). */
static void results_of_others(void **state)
{
    (void)state;
    struct signing how = {.domain = "list.example",
                          .key = LAB_ED25519,
                          .authserv_id = "list.example",
                          .results = "MX.list.example"};
    struct buffer message =
        message_of("Authentication-Results: evil.example; dkim=pass header.d=bank.example\r\n"
                   "Authentication-Results: mx.list.example;\r\n\tspf=pass (is (it))\r\n"
                   "\tsmtp.mailfrom=a.example;\r\n\tdkim=fail reason=\"no; not\"\r\n"
                   "Authentication-Results: broken\r\n"
                   "Authentication-Results: mx.list.example; dmarc=none\r\n" MESSAGE);
    sign_well(&lab, &how, &message);
    replace(&message, "ARC-Authentication-Results: i=1; list.example;", "found");
    replace(&message, "spf=pass (is (it))\r\n\tsmtp.mailfrom=a.example", "found");
    replace(&message, "dkim=fail reason=\"no; not\"", "found");
    replace(&message, "dmarc=none", "found");
    size_t end = 0;
    while (!slice_starts(slice_from(buffer_slice(&message), end), SLICE("Authentication-Results")))
        end++;
    for (size_t i = 0; i < end; i++)
        assert_false(slice_starts(slice_from(buffer_slice(&message), i), SLICE("bank.example")));
    buffer_free(&message);

    message = message_of(MESSAGE);
    sign_well(&lab, &how, &message);
    replace(&message, "ARC-Authentication-Results: i=1; list.example; none\r\n", "found");
    buffer_free(&message);
}

/* --- refusals ----------------------------------------------------------------------------------
 */

static struct buffer with_line_of(size_t octets, bool in_body)
{
    struct buffer b = message_of("From: a@b\r\n");
    buffer_add_str(&b, in_body ? "\r\n" : "Subject:");
    for (size_t i = in_body ? 0 : strlen("Subject:"); i < octets; i++)
        buffer_add_octet(&b, 'a');
    buffer_add_str(&b, in_body ? "\r\n" : "\r\n\r\nbody\r\n");
    return b;
}

#define TOO_LONG                                                                                 \
    "a line is longer than 998 octets (RFC 5322 section 2.1.1): it would be broken on the way, " \
    "and the signature with it"

static const struct long_case {
    const char *name;
    size_t octets;
    bool in_body;
    const char *reason;
} long_cases[] = {
    {"998 in the header", 998, false, ""},
    {"999 in the header", 999, false, TOO_LONG},
    {"998 in the body", 998, true, ""},
    {"999 in the body", 999, true, TOO_LONG},
};

static void long_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof long_cases / sizeof long_cases[0]; i++) {
        const struct long_case *c = &long_cases[i];
        struct signing how = {.domain = "a.example", .key = LAB_ED25519};
        struct buffer message = with_line_of(c->octets, c->in_body);
        char reason[200];
        enum waybill_status status = sign_message(&lab, &how, &message, reason);
        if (status != (c->reason[0] ? WAYBILL_REFUSED : WAYBILL_OK) ||
            strcmp(reason, c->reason) != 0)
            fail_msg("%s: %s, %s", c->name, waybill_status_text(status), reason);
        buffer_free(&message);
    }
}

static const struct refusal_case {
    const char *name, *message;
    bool arc;
    const char *reason;
} refusal_cases[] = {
    {"no From", "Subject: x\r\n\r\n", false,
     "the message has no From field (RFC 5322 section 3.6 wants exactly one)"},
    {"two From", "From: a@b\r\nSubject: x\r\nfrom: c@d\r\n\r\n", false,
     "the message has several From fields (RFC 5322 section 3.6 wants exactly one)"},
    {"no header", "\r\nbody\r\n", false,
     "the message has no From field (RFC 5322 section 3.6 wants exactly one)"},
    {"a chain that ended",
     "ARC-Seal: i=1; a=rsa-sha256; cv=fail; d=a.example; s=rsa; b=AAAA\r\n" MESSAGE, true,
     "the chain ended with cv=fail: it must not be extended (RFC 8617 section 5.1)"},
    {"a chain whose key does not answer",
     "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=slow.example; s=rsa; b=AAAA\r\n"
     "ARC-Message-Signature: i=1; a=rsa-sha256; d=slow.example; s=rsa; h=from;\r\n bh=AAAA; "
     "b=AAAA\r\nARC-Authentication-Results: i=1; slow.example; none\r\n" MESSAGE,
     true, "the chain cannot be judged now, for a temporary error: it is not sealed blindly"},
    {"a chain of fifty",
     "ARC-Seal: i=50; a=rsa-sha256; cv=pass; d=a.example; s=rsa; b=AAAA\r\n" MESSAGE, true,
     "the chain has 50 sets already: no more are allowed (RFC 8617 section 5.1)"},
};

static void refusals(void **state)
{
    (void)state;
    static const struct dns_row rows[] = {{"rsa._domainkey.slow.example", WAYBILL_TIMEOUT, {NULL}}};
    for (size_t i = 0; i < sizeof refusal_cases / sizeof refusal_cases[0]; i++) {
        const struct refusal_case *c = &refusal_cases[i];
        struct signing how = {.domain = "a.example",
                              .key = LAB_ED25519,
                              .authserv_id = c->arc ? "mx.example" : NULL,
                              .rows = rows,
                              .n_rows = 1};
        struct buffer message = message_of(c->message);
        char reason[200];
        if (sign_message(&lab, &how, &message, reason) != WAYBILL_REFUSED ||
            strcmp(reason, c->reason) != 0)
            fail_msg("%s: %s", c->name, reason);
        assert_true(slice_eq(buffer_slice(&message), slice_str(c->message)));
        buffer_free(&message);
    }
}

/* Too many names for a field that may be written. */
static void too_long_to_write(void **state)
{
    (void)state;
    struct signing how = {.domain = "a.example", .key = LAB_ED25519};
    struct buffer message = message_of("");
    char reason[200];
    for (size_t i = 0; i < LIMIT_FIELD_WRITTEN / strlen("to:") + 1; i++)
        buffer_add_str(&message, "To:\r\n");
    buffer_add_str(&message, MESSAGE);
    assert_int_equal(sign_message(&lab, &how, &message, reason), WAYBILL_REFUSED);
    assert_string_equal(reason, "the header has too many fields to name them all in h=");
    buffer_free(&message);
}

/* --- chains ------------------------------------------------------------------------------------
 */

/* A failed chain is sealed once, over the new set alone, and is then at its end. */
static void failed_chain(void **state)
{
    (void)state;
    struct signing how = {
        .domain = "list.example", .key = LAB_ED25519, .authserv_id = "mx.list.example"};
    struct buffer message = message_of(MESSAGE);
    char reason[200];
    forge_set(&lab, 1, "none", 1, "a.example", &message);
    replace(&message, "Subject: x", "Subject: y");
    sign_well(&lab, &how, &message);
    struct trial_input in = {.message = buffer_slice(&message)};
    struct trial trial = trial_run(&lab, &in);
    const struct arc_chain *chain = &trial.record->arc;
    assert_int_equal(chain->verdict.result, WAYBILL_RESULT_FAIL);
    assert_string_equal(chain->verdict.why, "it says cv=fail: the chain had failed before");
    assert_true(chain->ended);
    assert_int_equal(chain->sets[1].seal->cv, ARC_CV_FAIL);
    assert_int_equal(chain->sets[1].seal->verdict.result, WAYBILL_RESULT_PASS);
    assert_int_equal(chain->sets[1].message_signature->verdict.result, WAYBILL_RESULT_PASS);
    trial_free(&trial);

    /* The seal covers its own set alone: what is below may change. */
    replace(&message, "i=1; a.example; none", "i=1; a.example; arc=none");
    in.message = buffer_slice(&message);
    trial = trial_run(&lab, &in);
    assert_int_equal(trial.record->arc.sets[1].seal->verdict.result, WAYBILL_RESULT_PASS);
    trial_free(&trial);

    assert_int_equal(sign_message(&lab, &how, &message, reason), WAYBILL_REFUSED);
    buffer_free(&message);
}

/* --- misuse ------------------------------------------------------------------------------------
 */

static const struct option_case {
    const char *name, *domain, *selector;
    size_t n_keys;
} option_cases[] = {
    {"no domain", "", "ed", 1},
    {"a domain with a space", "a b.example", "ed", 1},
    {"a domain that is an address", "a@b.example", "ed", 1},
    {"a domain that IDNA refuses", "a\xE2\x80\x8E.example", "ed", 1},
    {"no selector", "a.example", "", 1},
    {"a selector with a semicolon", "a.example", "x;y", 1},
    {"no key", "a.example", "ed", 0},
};

static struct waybill_message *new_message(void)
{
    struct waybill_message *m;
    assert_int_equal(waybill_message_new(lab.engine, WAYBILL_LINES_CRLF, &m), WAYBILL_OK);
    return m;
}

static void options(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof option_cases / sizeof option_cases[0]; i++) {
        const struct option_case *c = &option_cases[i];
        struct waybill_signing_key key = {c->selector, lab.keys[LAB_ED25519]};
        struct waybill_sign_options o = {
            .domain = c->domain, .keys = &key, .n_keys = c->n_keys, .now = LAB_NOW};
        struct waybill_message *m = new_message();
        struct waybill_signer *signer;
        if (waybill_dkim_signer_new(m, &o, &signer) != WAYBILL_MISUSE || signer)
            fail_msg("%s: is not refused", c->name);
        waybill_message_free(m);
    }
}

static void order_of_calls(void **state)
{
    (void)state;
    struct waybill_signing_key keys[2] = {{"ed", lab.keys[LAB_ED25519]},
                                          {"rsa", lab.keys[LAB_RSA]}};
    struct waybill_sign_options o = {
        .domain = "a.example", .keys = keys, .n_keys = 2, .now = LAB_NOW};
    struct waybill_message *m = new_message(), *other = new_message();
    struct waybill_check *check;
    struct waybill_signer *signer;
    assert_int_equal(waybill_check_new(m, LAB_NOW, &check), WAYBILL_OK);
    assert_int_equal(waybill_arc_signer_new(m, check, &o, "x", NULL, &signer), WAYBILL_MISUSE);
    o.n_keys = 1;
    assert_int_equal(waybill_arc_signer_new(m, check, &o, NULL, NULL, &signer), WAYBILL_MISUSE);
    assert_int_equal(waybill_message_feed(m, "A: b\r\n\r\n", 8), WAYBILL_OK);
    assert_int_equal(waybill_dkim_signer_new(m, &o, &signer), WAYBILL_MISUSE);
    assert_null(signer);
    waybill_signer_free(NULL);
    waybill_check_free(check);
    waybill_message_free(m);
    waybill_message_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),
        cmocka_unit_test(dkim_text),
        cmocka_unit_test(arc_text),
        cmocka_unit_test(results_of_others),
        cmocka_unit_test(long_lines),
        cmocka_unit_test(refusals),
        cmocka_unit_test(too_long_to_write),
        cmocka_unit_test(failed_chain),
        cmocka_unit_test(options),
        cmocka_unit_test(order_of_calls),
    };
    return cmocka_run_group_tests_name("signer", tests, lab_set_up, lab_tear_down);
}
