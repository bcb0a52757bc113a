#include "base/limits.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct trial start(void)
{
    struct trial t = {0};
    assert_int_equal(waybill_message_new(lab.engine, WAYBILL_LINES_CRLF, &t.message), WAYBILL_OK);
    assert_int_equal(waybill_check_new(t.message, LAB_NOW, &t.check), WAYBILL_OK);
    return t;
}

static void feed(struct trial *t, struct slice octets)
{
    assert_int_equal(waybill_message_feed(t->message, octets.p, octets.n), WAYBILL_OK);
}

static enum waybill_progress step(struct trial *t)
{
    enum waybill_progress progress;
    assert_int_equal(waybill_check_step(t->check, &progress), WAYBILL_OK);
    return progress;
}

static const struct waybill_question *open_questions(struct trial *t, size_t should)
{
    const struct waybill_question *open;
    size_t n;
    assert_int_equal(waybill_check_questions(t->check, &open, &n), WAYBILL_OK);
    assert_int_equal(n, should);
    return open;
}

static void answer_with(struct trial *t, const struct waybill_question *q,
                        enum waybill_answer_status status)
{
    struct waybill_answer answer = WAYBILL_ANSWER(status);
    assert_int_equal(waybill_check_answer(t->check, q, &answer), WAYBILL_OK);
}

/* --- order of calls -----------------------------------------------------------------------------
 */

static void one_check_a_message(void **state)
{
    (void)state;
    struct trial t = start();
    struct waybill_check *second;
    assert_int_equal(waybill_check_new(t.message, LAB_NOW, &second), WAYBILL_MISUSE);
    assert_null(second);
    waybill_check_free(t.check);
    assert_int_equal(waybill_check_new(t.message, LAB_NOW, &t.check), WAYBILL_OK);
    waybill_check_free(t.check);
    feed(&t, SLICE("A: b\r\n\r\n"));
    assert_int_equal(waybill_check_new(t.message, LAB_NOW, &t.check), WAYBILL_MISUSE);
    trial_free(&t);
    waybill_check_free(NULL);
}

static void envelope_comes_first(void **state)
{
    (void)state;
    static const struct waybill_envelope envelope = {.helo = "x"};
    struct trial t = start();
    assert_int_equal(waybill_check_envelope(t.check, &envelope), WAYBILL_OK);
    assert_int_equal(waybill_check_envelope(t.check, &envelope), WAYBILL_MISUSE);
    trial_free(&t);
    t = start();
    feed(&t, SLICE("A"));
    assert_int_equal(waybill_check_envelope(t.check, &envelope), WAYBILL_MISUSE);
    trial_free(&t);
}

#define SIXTY "012345678901234567890123456789012345678901234567890123456789"

static const struct id_case {
    const char *id;
    enum waybill_status status;
} id_cases[] = {
    {"a", WAYBILL_OK},          {"!~", WAYBILL_OK},
    {SIXTY "0123", WAYBILL_OK}, {SIXTY "01234", WAYBILL_SYNTAX},
    {"", WAYBILL_SYNTAX},       {"a b", WAYBILL_SYNTAX},
    {"a\n", WAYBILL_SYNTAX},    {"\xC3\xA9", WAYBILL_SYNTAX},
    {"\x7F", WAYBILL_SYNTAX},
};

static void ids(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof id_cases / sizeof id_cases[0]; i++) {
        struct trial t = start();
        if (waybill_check_id(t.check, id_cases[i].id) != id_cases[i].status)
            fail_msg("%s", id_cases[i].id);
        trial_free(&t);
    }
}

/* --- questions ----------------------------------------------------------------------------------
 */

#define TWO_KEYS                                                                         \
    "DKIM-Signature: v=1; a=rsa-sha256; d=A.example; s=one; h=from; bh=AAAA; b=AAAA\r\n" \
    "DKIM-Signature: v=1; a=rsa-sha256; d=a.EXAMPLE; s=One; h=from; bh=AAAA; b=AAAA\r\n" \
    "DKIM-Signature: v=1; a=rsa-sha256; d=b.example; s=two; h=from; bh=AAAA; b=AAAA\r\n" \
    "DKIM-Signature: v=1; a=rsa-sha1; d=c.example; s=three; h=from; bh=AAAA; b=AAAA\r\n" \
    "From: a@b.example\r\n\r\n"

/* Answers what is open from the one at `keep` on. */
static void answer_from(struct trial *t, size_t keep, enum waybill_answer_status status)
{
    const struct waybill_question *open;
    size_t n;
    for (;;) {
        assert_int_equal(waybill_check_questions(t->check, &open, &n), WAYBILL_OK);
        if (n <= keep)
            return;
        answer_with(t, &open[keep], status);
    }
}

/* A driver asks while the body still arrives; a key that two want is asked for once. Behind the
 * keys come DMARC's walks of the Author Domain and of the signers' that differ from it. */
static void asks_when_the_header_ended(void **state)
{
    (void)state;
    struct trial t = start();
    assert_int_equal(step(&t), WAYBILL_MORE);
    feed(&t, slice_sub(SLICE(TWO_KEYS), 0, sizeof TWO_KEYS - 3));
    open_questions(&t, 0);
    feed(&t, SLICE("\r\n"));
    const struct waybill_question *q = open_questions(&t, 6);
    assert_string_equal(q[0].name, "one._domainkey.a.example");
    assert_string_equal(q[1].name, "two._domainkey.b.example");
    assert_int_equal(q[0].kind, WAYBILL_DNS);
    assert_int_equal(q[0].type, WAYBILL_DNS_TXT);
    assert_int_equal(q[0].wave, 1);
    assert_string_equal(q[2].name, "_dmarc.b.example");
    assert_string_equal(q[5].name, "_dmarc.a.example");
    answer_with(&t, &q[0], WAYBILL_TIMEOUT);
    answer_from(&t, 1, WAYBILL_NXDOMAIN);
    assert_int_equal(step(&t), WAYBILL_MORE);
    assert_null(waybill_check_record(t.check));
    assert_int_equal(waybill_message_end(t.message), WAYBILL_OK);
    assert_int_equal(step(&t), WAYBILL_ASK);
    assert_null(waybill_check_record(t.check));
    answer_with(&t, open_questions(&t, 1), WAYBILL_NXDOMAIN);
    assert_int_equal(step(&t), WAYBILL_DONE);
    open_questions(&t, 0);
    const struct waybill_record *r = waybill_check_record(t.check);
    assert_non_null(r);
    assert_int_equal(r->dkim.signatures[0]->verdict.result, WAYBILL_RESULT_TEMPERROR);
    assert_int_equal(r->dkim.signatures[2]->verdict.result, WAYBILL_RESULT_PERMERROR);
    assert_int_equal(r->dkim.signatures[3]->verdict.result, WAYBILL_RESULT_POLICY);
    assert_int_equal(waybill_record_result(r, WAYBILL_METHOD_DKIM), WAYBILL_RESULT_TEMPERROR);
    assert_int_equal(waybill_record_result(r, WAYBILL_METHOD_ARC), WAYBILL_RESULT_NONE);
    assert_int_equal(step(&t), WAYBILL_DONE);
    assert_true(r->questions->all[0]->used && r->questions->all[1]->used);
    trial_free(&t);
}

static void answers_to_what_was_not_asked(void **state)
{
    (void)state;
    struct trial t = start();
    struct waybill_answer answer = WAYBILL_ANSWER(WAYBILL_NXDOMAIN);
    struct waybill_question q = {.kind = WAYBILL_DNS,
                                 .name = "one._domainkey.a.example",
                                 .name_octets = 24,
                                 .type = WAYBILL_DNS_TXT};
    assert_int_equal(waybill_check_answer(t.check, &q, &answer), WAYBILL_MISUSE);
    feed(&t, SLICE(TWO_KEYS));
    q.type = WAYBILL_DNS_A;
    assert_int_equal(waybill_check_answer(t.check, &q, &answer), WAYBILL_MISUSE);
    q.type = WAYBILL_DNS_TXT;
    answer.status = WAYBILL_ANSWERED; /* without data it contradicts itself */
    assert_int_equal(waybill_check_answer(t.check, &q, &answer), WAYBILL_MISUSE);
    answer.status = WAYBILL_NXDOMAIN;
    assert_int_equal(waybill_check_answer(t.check, &q, &answer), WAYBILL_OK);
    trial_free(&t);
}

/* --- messages that are none ----------------------------------------------------------------------
 */

static void odd_messages(void **state)
{
    (void)state;
    static const char *const messages[] = {
        "", "\r\n", "\n", "junk", "\r\n\r\n\r\n", "From:\r\n\r\n", "From"};
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        struct trial_input in = {.message = slice_str(messages[i])};
        struct trial t = trial_run(&lab, &in);
        assert_int_equal(waybill_record_result(t.record, WAYBILL_METHOD_DKIM), WAYBILL_RESULT_NONE);
        assert_int_equal(waybill_record_result(t.record, WAYBILL_METHOD_ARC), WAYBILL_RESULT_NONE);
        assert_non_null(t.record->from.why);
        trial_free(&t);
    }
}

/* More mailboxes than are kept are a finding in the record, not an end of the check. */
static void too_many_mailboxes(void **state)
{
    (void)state;
    struct buffer message = message_of("From: ");
    for (size_t i = 0; i <= LIMIT_MAILBOXES; i++)
        buffer_add_str(&message, "a@b,\r\n ");
    buffer_add_str(&message, "c@d\r\n\r\n");
    struct trial_input in = {.message = buffer_slice(&message)};
    struct trial t = trial_run(&lab, &in);
    assert_int_equal(t.record->from.n, LIMIT_MAILBOXES);
    assert_non_null(t.record->from.why);
    trial_free(&t);
    buffer_free(&message);
}

/* What ended the message ends the check likewise; both can be freed. */
static void message_beyond_limits(void **state)
{
    (void)state;
    struct trial t = start();
    enum waybill_progress progress;
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i <= LIMIT_HEADER_FIELDS && status == WAYBILL_OK; i++)
        status = waybill_message_feed(t.message, "A:\r\n", 4);
    assert_int_equal(status, WAYBILL_LIMIT);
    assert_int_equal(waybill_check_step(t.check, &progress), WAYBILL_LIMIT);
    assert_null(waybill_check_record(t.check));
    trial_free(&t);
}

/* At any moment. */
static void freed_early(void **state)
{
    (void)state;
    for (size_t n = 0; n <= sizeof TWO_KEYS; n += 40) {
        struct trial t = start();
        feed(&t, slice_sub(SLICE(TWO_KEYS), 0, n));
        step(&t);
        waybill_check_free(t.check);
        feed(&t, slice_from(SLICE(TWO_KEYS), n));
        assert_int_equal(waybill_message_end(t.message), WAYBILL_OK);
        waybill_message_free(t.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_check_a_message),
        cmocka_unit_test(envelope_comes_first),
        cmocka_unit_test(ids),
        cmocka_unit_test(asks_when_the_header_ended),
        cmocka_unit_test(answers_to_what_was_not_asked),
        cmocka_unit_test(odd_messages),
        cmocka_unit_test(too_many_mailboxes),
        cmocka_unit_test(message_beyond_limits),
        cmocka_unit_test(freed_early),
    };
    return cmocka_run_group_tests_name("check", tests, lab_set_up, lab_tear_down);
}
