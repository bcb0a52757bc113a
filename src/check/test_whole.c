/* All methods together on a typical message: what is asked, when, and what of it is used. */
#include "record/record.h"

#include "support/forge.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* The sender's record has three includes; a host of the second is the client. */
static const struct dns_row rows[] = {
    {"author.example",
     WAYBILL_ANSWERED,
     {"v=spf1 include:a.spf.example include:b.spf.example "
      "include:c.spf.example -all"}},
    {"a.spf.example", WAYBILL_ANSWERED, {"v=spf1 ip4:198.51.100.0/24 ?all"}},
    {"b.spf.example", WAYBILL_ANSWERED, {"v=spf1 ip4:192.0.2.0/24 ?all"}},
    {"c.spf.example", WAYBILL_ANSWERED, {"v=spf1 ip4:203.0.113.0/24 ?all"}},
    {"_dmarc.author.example", WAYBILL_ANSWERED, {"v=DMARC1; p=reject"}},
};

static const struct waybill_envelope envelope = {
    .ip = "192.0.2.1", .helo = "mx.author.example", .mail_from = "<alice@author.example>"};

/* Two DKIM signatures and a chain of three sets. */
static struct buffer typical(void)
{
    struct buffer message = message_of("From: alice@author.example\r\nSubject: x\r\n\r\nHello\r\n");
    forge_signature(
        &lab, LAB_RSA, "DKIM-Signature",
        "v=1; a=rsa-sha256; d=author.example; s=rsa; h=from:subject; bh=@; b=", &message);
    forge_signature(
        &lab, LAB_ED25519, "DKIM-Signature",
        "v=1; a=ed25519-sha256; d=lists.example; s=ed; h=from:subject; bh=@; b=", &message);
    forge_set(&lab, 1, "none", 1, "lists.example", &message);
    forge_set(&lab, 2, "pass", 1, "uni.example", &message);
    forge_set(&lab, 3, "pass", 1, "gateway.example", &message);
    return message;
}

struct counts {
    unsigned waves;
    size_t asked, used;
};

static struct counts count(const struct questions *q)
{
    struct counts c = {0};
    for (size_t i = 0; i < q->n; i++) {
        unsigned wave = q->all[i]->question.wave;
        c.waves = wave > c.waves ? wave : c.waves;
        c.used += q->all[i]->used;
    }
    c.asked = q->n;
    return c;
}

static void expect(const struct trial *t, enum waybill_method method, enum waybill_result result)
{
    if (waybill_record_result(t->record, method) != result)
        fail_msg("%s is %s", waybill_method_text(method),
                 waybill_result_text(waybill_record_result(t->record, method)));
}

/*
 * Wave 1: two records of SPF (MAIL FROM, HELO), five keys, the walk of the author's domain (itself
 * and "example"), whether it exists, and of the two signers the one that differs: lists.example.
 * Wave 2: the three includes. Not used: the third include, for the second matched; whether the
 * author's domain exists, for it has a record; and the walk of lists.example, which passed, too,
 * but is outside the author's Organizational Domain.
 */
static void typical_message(void **state)
{
    (void)state;
    struct buffer message = typical();
    struct trial_input in = {
        .message = buffer_slice(&message), .envelope = &envelope, .rows = LAB_ROWS(rows)};
    struct trial t = trial_run(&lab, &in);
    for (int m = WAYBILL_METHOD_SPF; m <= WAYBILL_METHOD_DMARC; m++)
        expect(&t, (enum waybill_method)m, WAYBILL_RESULT_PASS);
    struct counts c = count(t.record->questions);
    assert_int_equal(c.waves, 2);
    assert_int_equal(c.asked, 2 + 5 + 3 + 1 + 3);
    assert_int_equal(c.used, 2 + 5 + 2 + 2);
    trial_free(&t);
    buffer_free(&message);
}

/* A chain of fifty hops costs one round trip, like one of three. */
static void fifty_hops(void **state)
{
    (void)state;
    struct buffer message = message_of("From: alice@author.example\r\n\r\nHello\r\n");
    for (unsigned i = 1; i <= 50; i++) {
        char domain[32];
        snprintf(domain, sizeof domain, "hop%u.test", i);
        forge_set(&lab, i, i == 1 ? "none" : "pass", 1, domain, &message);
    }
    struct trial_input in = {.message = buffer_slice(&message)};
    struct trial t = trial_run(&lab, &in);
    expect(&t, WAYBILL_METHOD_ARC, WAYBILL_RESULT_PASS);
    assert_int_equal(count(t.record->questions).waves, 1);
    trial_free(&t);
    buffer_free(&message);
}

/* A method that is not to be evaluated asks nothing and has no result. */
static void methods(void **state)
{
    (void)state;
    static const struct {
        unsigned methods;
        size_t asked;
        enum waybill_result dmarc;
    } cases[] = {
        {0, 0, WAYBILL_RESULT_NOT_EVALUATED},
        {1u << WAYBILL_METHOD_DKIM, 2, WAYBILL_RESULT_NOT_EVALUATED},
        {1u << WAYBILL_METHOD_SPF, 2 + 3, WAYBILL_RESULT_NOT_EVALUATED},
        {1u << WAYBILL_METHOD_ARC, 3, WAYBILL_RESULT_NOT_EVALUATED},
        /* DMARC alone: what was not run could have passed. */
        {1u << WAYBILL_METHOD_DMARC, 3, WAYBILL_RESULT_NOT_EVALUATED},
        {1u << WAYBILL_METHOD_DMARC | 1u << WAYBILL_METHOD_DKIM, 2 + 3 + 1, WAYBILL_RESULT_PASS},
        {1u << WAYBILL_METHOD_DMARC | 1u << WAYBILL_METHOD_SPF, 2 + 3 + 3, WAYBILL_RESULT_PASS},
    };
    struct buffer message = typical();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct trial t = {0};
        struct trial_input in = {.rows = LAB_ROWS(rows)};
        assert_int_equal(waybill_message_new(lab.engine, WAYBILL_LINES_CRLF, &t.message),
                         WAYBILL_OK);
        assert_int_equal(waybill_check_new(t.message, LAB_NOW, &t.check), WAYBILL_OK);
        assert_int_equal(waybill_check_methods(t.check, cases[i].methods), WAYBILL_OK);
        assert_int_equal(waybill_check_envelope(t.check, &envelope), WAYBILL_OK);
        assert_int_equal(waybill_check_methods(t.check, cases[i].methods), WAYBILL_MISUSE);
        assert_int_equal(waybill_message_feed(t.message, message.p, message.n), WAYBILL_OK);
        assert_int_equal(waybill_message_end(t.message), WAYBILL_OK);
        trial_finish(&t, &lab, &in);
        for (int m = WAYBILL_METHOD_SPF; m < WAYBILL_METHOD_DMARC; m++)
            expect(&t, (enum waybill_method)m,
                   cases[i].methods & 1u << m ? WAYBILL_RESULT_PASS : WAYBILL_RESULT_NOT_EVALUATED);
        expect(&t, WAYBILL_METHOD_DMARC, cases[i].dmarc);
        if (t.record->questions->n != cases[i].asked)
            fail_msg("methods %u: %zu questions", cases[i].methods, t.record->questions->n);
        trial_free(&t);
    }
    buffer_free(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(typical_message),
                                       cmocka_unit_test(fifty_hops), cmocka_unit_test(methods)};
    return cmocka_run_group_tests_name("whole", tests, lab_set_up, lab_tear_down);
}
