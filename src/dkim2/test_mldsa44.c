/* ML-DSA-44 in a hop, where the libcrypto that runs has it (tests/conformance/mldsa44.py runs this
 * with one that has); where not, it is an algorithm that is not known. */
#include "crypto/engine.h"
#include "support/custody.h"
#include "support/custody_forge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const char message[] = "From: a@a.example\r\nSubject: x\r\n\r\nbody\r\n";

/* The lab with an ML-DSA-44 key in the place, and under the selector, of the long RSA key. */
struct quantum {
    struct lab lab;
    struct waybill_key *usual;
    char *record;
};

static void swap(struct quantum *q)
{
    struct waybill_key *key = q->lab.keys[LAB_RSA_LONG];
    char *record = q->lab.records[LAB_RSA_LONG];
    q->lab.keys[LAB_RSA_LONG] = q->usual;
    q->lab.records[LAB_RSA_LONG] = q->record;
    q->usual = key;
    q->record = record;
}

static void assert_verdict(struct quantum *q, const struct forged_step *step, const char *find,
                           const char *put, enum waybill_result wanted, enum waybill_result by_06)
{
    static const struct dns_row none = {NULL, WAYBILL_NODATA, {NULL}};
    static const char *const rcpt_to[] = {"b@b.example"};
    struct buffer octets = forge_journey(&q->lab, message, step, 1);
    if (find)
        replace(&octets, find, put);
    struct custody_rows rows = {&q->lab, &none, 0};
    struct custody_input in = {.message = buffer_slice(&octets),
                               .mail_from = "a@a.example",
                               .rcpt_to = rcpt_to,
                               .rcpts = 1,
                               .answer = custody_by_rows,
                               .self = &rows};
    for (in.draft = WAYBILL_DRAFT_06; in.draft <= WAYBILL_DRAFT_09; in.draft++) {
        struct custody c;
        assert_int_equal(custody_run(q->lab.engine, &in, &c), WAYBILL_OK);
        assert_int_equal(c.dkim2.verdict.result, in.draft == WAYBILL_DRAFT_06 ? by_06 : wanted);
        custody_free(&c);
    }
    buffer_free(&octets);
}

static void hops(void **state)
{
    struct quantum *q = *state;
    struct forged_step step = {.domain = "a.example",
                               .mail_from = "<a@a.example>",
                               .rcpt_to = {"<b@b.example>"},
                               .keys = {LAB_RSA_LONG},
                               .n_keys = 1};
    if (!crypto_has(q->lab.engine->crypto, KEY_MLDSA44))
        skip();
    /* Alone; 06 knows no such algorithm, and then nothing is left. */
    assert_verdict(q, &step, NULL, NULL, WAYBILL_RESULT_PASS, WAYBILL_RESULT_FAIL);
    assert_verdict(q, &step, "d=a.example", "d=A.example", WAYBILL_RESULT_FAIL,
                   WAYBILL_RESULT_FAIL);
    assert_verdict(q, &step, "body", "soul", WAYBILL_RESULT_FAIL, WAYBILL_RESULT_FAIL);
    /* Beside Ed25519: both must pass, and 06 passes over what it does not know. */
    step.keys[1] = LAB_ED25519;
    step.n_keys = 2;
    assert_verdict(q, &step, NULL, NULL, WAYBILL_RESULT_PASS, WAYBILL_RESULT_PASS);
    step.between = "|";
    assert_verdict(q, &step, NULL, NULL, WAYBILL_RESULT_PASS, WAYBILL_RESULT_PERMERROR);
}

static void unknown(void **state)
{
    struct quantum *q = *state;
    struct forged_step step = {
        .domain = "a.example", .mail_from = "<a@a.example>", .rcpt_to = {"<b@b.example>"}};
    if (crypto_has(q->lab.engine->crypto, KEY_MLDSA44))
        skip();
    assert_verdict(q, &step, "ed:ed25519-sha256:", "ed:mldsa44:", WAYBILL_RESULT_PERMERROR,
                   WAYBILL_RESULT_FAIL);
}

static int set_up(void **state)
{
    static struct quantum q;
    size_t n;
    q.lab = lab_new();
    if (crypto_has(q.lab.engine->crypto, KEY_MLDSA44)) {
        must(waybill_key_make(q.lab.engine, WAYBILL_KEY_MLDSA44, 0, &q.usual, NULL) == WAYBILL_OK &&
                 waybill_key_record(q.usual, &q.record, &n) == WAYBILL_OK,
             "no key");
        swap(&q);
    }
    *state = &q;
    return 0;
}

static int tear_down(void **state)
{
    struct quantum *q = *state;
    if (q->usual) {
        swap(q);
        waybill_key_free(q->usual);
        free(q->record);
    }
    lab_free(&q->lab);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hops),
        cmocka_unit_test(unknown),
    };
    return cmocka_run_group_tests_name("dkim2_mldsa44", tests, set_up, tear_down);
}
