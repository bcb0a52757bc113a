/*
 * What a signer makes, a check passes: over messages of any shape, by every kind of key, over fifty
 * hops. SEED and ROUNDS in the environment repeat a run.
 */
#include "base/limits.h"
#include "support/forge.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { COLUMNS_MOST = 78 };

static struct trial judge(const struct buffer *message)
{
    struct trial_input in = {.message = buffer_slice(message)};
    return trial_run(&lab, &in);
}

static void fail_at(const char *what, uint64_t seed, unsigned round, const char *why)
{
    fail_msg("SEED=%llu, round %u: %s: %s", (unsigned long long)seed, round, what,
             why ? why : "(no reason)");
}

/* --- DKIM ------------------------------------------------------------------------------------- */

static void all_signatures_pass(void **state)
{
    (void)state;
    uint64_t seed = seed_of_run(6376);
    for (unsigned round = 0, rounds = rounds_of_run(1000); round < rounds; round++) {
        struct prng p = {seed + round};
        struct buffer message = message_of_chance(&p, false);
        size_t n = 1 + prng_below(&p, 3);
        for (size_t i = 0; i < n; i++) {
            struct signing how = {.domain = i ? "List.example" : "author.example",
                                  .key = (enum lab_key)prng_below(&p, LAB_KEYS),
                                  .expires_in = prng_below(&p, 2) ? 1000 : 0};
            sign_well(&lab, &how, &message);
        }
        struct trial trial = judge(&message);
        const struct dkim *dkim = &trial.record->dkim;
        assert_int_equal(dkim->n, n);
        for (size_t i = 0; i < n; i++)
            if (dkim->signatures[i]->verdict.result != WAYBILL_RESULT_PASS)
                fail_at("DKIM", seed, round, dkim->signatures[i]->verdict.why);
        trial_free(&trial);
        buffer_free(&message);
    }
}

/* A second From on top is what oversigning is for; a field that nobody signs is nobody's matter. */
static void what_is_added_on_top(void **state)
{
    (void)state;
    struct signing how = {.domain = "author.example", .key = LAB_ED25519};
    struct buffer message = message_of("From: a@author.example\r\nSubject: x\r\n\r\nbody\r\n");
    sign_well(&lab, &how, &message);
    put_on_top(&message, SLICE("Received: by x\r\n"));
    struct trial trial = judge(&message);
    assert_int_equal(dkim_result(&trial.record->dkim), WAYBILL_RESULT_PASS);
    trial_free(&trial);
    put_on_top(&message, SLICE("From: b@evil.example\r\n"));
    trial = judge(&message);
    assert_int_equal(dkim_result(&trial.record->dkim), WAYBILL_RESULT_FAIL);
    trial_free(&trial);
    buffer_free(&message);
}

/* --- ARC -------------------------------------------------------------------------------------- */

static void seal(struct prng *p, struct buffer *message)
{
    struct signing how = {.domain = "list.example",
                          .key = (enum lab_key)prng_below(p, LAB_KEYS),
                          .authserv_id = "mx.list.example"};
    sign_well(&lab, &how, message);
}

static void assert_chain(const struct buffer *message, unsigned sets, uint64_t seed, unsigned round)
{
    struct trial trial = judge(message);
    const struct arc_chain *chain = &trial.record->arc;
    if (chain->verdict.result != WAYBILL_RESULT_PASS)
        fail_at("ARC", seed, round, chain->verdict.why);
    assert_int_equal(chain->n, sets);
    assert_true(chain->has_oldest);
    assert_int_equal(chain->oldest_pass, 0);
    for (size_t i = 0; i < sets; i++) {
        assert_int_equal(chain->sets[i].seal->cv, i == 0 ? ARC_CV_NONE : ARC_CV_PASS);
    }
    trial_free(&trial);
}

static void chains_pass(void **state)
{
    (void)state;
    uint64_t seed = seed_of_run(8617);
    for (unsigned round = 0, rounds = rounds_of_run(150); round < rounds; round++) {
        struct prng p = {seed + round};
        struct signing how = {.domain = "author.example", .key = LAB_RSA};
        struct buffer message = message_of_chance(&p, false);
        if (prng_below(&p, 2))
            sign_well(&lab, &how, &message);
        for (unsigned i = 1, hops = 1 + (unsigned)prng_below(&p, 5); i <= hops; i++) {
            seal(&p, &message);
            assert_chain(&message, i, seed, round);
            if (prng_below(&p, 2))
                put_on_top(&message, SLICE("Received: by one more\r\n"));
        }
        buffer_free(&message);
    }
}

/* RFC 8617 section 4.2.1: fifty, and no more. */
static void fifty_hops(void **state)
{
    (void)state;
    uint64_t seed = seed_of_run(50);
    struct prng p = {seed};
    char reason[200];
    struct buffer message = message_of_chance(&p, false);
    for (unsigned i = 1; i <= LIMIT_ARC_SETS; i++)
        seal(&p, &message);
    assert_chain(&message, LIMIT_ARC_SETS, seed, 0);
    struct signing how = {.domain = "list.example", .key = LAB_RSA, .authserv_id = "x.example"};
    assert_int_equal(sign_message(&lab, &how, &message, reason), WAYBILL_REFUSED);
    assert_string_equal(reason, "the chain has 50 sets already: no more are allowed (RFC 8617 "
                                "section 5.1)");
    buffer_free(&message);
}

/* Lists that rewrite: the newest set verifies, older message signatures need not. */
static void oldest_pass(void **state)
{
    (void)state;
    struct prng p = {3};
    struct buffer message = message_of("From: a@author.example\r\nSubject: x\r\n\r\nbody\r\n");
    forge_set(&lab, 1, "none", 1, "first.example", &message);
    forge_set(&lab, 2, "pass", 1, "second.example", &message);
    replace(&message, "Subject: x", "Subject: [list] x");
    forge_set(&lab, 3, "pass", 1, "list.example", &message);
    seal(&p, &message);
    struct trial trial = judge(&message);
    assert_int_equal(trial.record->arc.verdict.result, WAYBILL_RESULT_PASS);
    assert_int_equal(trial.record->arc.oldest_pass, 3);
    trial_free(&trial);
    buffer_free(&message);
}

/* --- a signer beside a check --------------------------------------------------------------------
 */

/* One pass over one message: a check, DKIM signatures by two keys at once, an ARC set. */
static void signers_beside_a_check(void **state)
{
    (void)state;
    struct prng p = {1};
    struct signing first = {.domain = "author.example", .key = LAB_RSA};
    struct buffer message = message_of_chance(&p, false);
    sign_well(&lab, &first, &message);
    struct waybill_signing_key keys[] = {{"ed", lab.keys[LAB_ED25519]},
                                         {"long", lab.keys[LAB_RSA_LONG]}};
    struct waybill_sign_options options = {
        .domain = "list.example", .keys = keys, .n_keys = 2, .now = LAB_NOW};
    struct trial t = {0};
    struct waybill_signer *dkim, *arc;
    enum waybill_progress progress;
    const struct waybill_field *fields;
    size_t n;
    assert_int_equal(waybill_message_new(lab.engine, WAYBILL_LINES_CRLF, &t.message), WAYBILL_OK);
    assert_int_equal(waybill_dkim_signer_new(t.message, &options, &dkim), WAYBILL_OK);
    assert_int_equal(waybill_check_new(t.message, LAB_NOW, &t.check), WAYBILL_OK);
    options.n_keys = 1;
    assert_int_equal(waybill_arc_signer_new(t.message, t.check, &options, "x.example", NULL, &arc),
                     WAYBILL_OK);
    assert_int_equal(waybill_signer_step(arc, &progress), WAYBILL_OK);
    assert_int_equal(progress, WAYBILL_MORE);
    assert_int_equal(waybill_signer_fields(arc, &fields, &n), WAYBILL_MISUSE);
    assert_int_equal(waybill_message_feed(t.message, message.p, message.n), WAYBILL_OK);
    assert_int_equal(waybill_message_end(t.message), WAYBILL_OK);
    assert_int_equal(waybill_signer_step(dkim, &progress), WAYBILL_OK);
    assert_int_equal(progress, WAYBILL_DONE); /* it asks nothing */
    assert_int_equal(waybill_signer_step(arc, &progress), WAYBILL_OK);
    assert_int_equal(progress, WAYBILL_ASK);
    struct trial_input in = {.message = buffer_slice(&message)};
    trial_finish(&t, &lab, &in);
    assert_int_equal(dkim_result(&t.record->dkim), WAYBILL_RESULT_PASS);
    assert_int_equal(waybill_signer_step(arc, &progress), WAYBILL_OK);
    assert_int_equal(progress, WAYBILL_DONE);
    assert_int_equal(waybill_signer_fields(dkim, &fields, &n), WAYBILL_OK);
    assert_int_equal(n, 2);
    assert_int_equal(waybill_signer_fields(arc, &fields, &n), WAYBILL_OK);
    assert_int_equal(n, 3);
    waybill_signer_free(arc);
    waybill_signer_free(dkim);
    trial_free(&t);
    buffer_free(&message);
}

/* --- how fields look ---------------------------------------------------------------------------
 */

/* Lines that end in CRLF; whether a longer one could have been folded at white space. */
static void assert_folded(struct slice text)
{
    while (text.n > 0) {
        size_t n = slice_find(text, '\n', 0);
        struct slice line = slice_sub(text, 0, n ? n - 1 : 0);
        assert_true(n > 0 && n < text.n && text.p[n - 1] == '\r');
        assert_true(line.n <= LIMIT_LINE_OCTETS);
        if (line.n > COLUMNS_MOST && slice_find(slice_from(line, 1), ' ', 0) < line.n - 1)
            fail_msg("a line of %zu columns: %.*s", line.n, SLICE_ARGS(line));
        text = slice_from(text, n + 1);
    }
}

static void written_fields_are_folded(void **state)
{
    (void)state;
    uint64_t seed = seed_of_run(5322);
    static const char *const domains[] = {
        "a.example", "author.example", "a-rather-long-name.of-some-department.author.example",
        "a-label-of-sixty-three-octets-which-is-as-long-as-one-can-be-ab.author.example"};
    for (unsigned round = 0, rounds = rounds_of_run(300); round < rounds; round++) {
        struct prng p = {seed + round};
        struct buffer message = message_of_chance(&p, false);
        size_t before = message.n;
        struct signing how = {.domain = domains[prng_below(&p, 4)],
                              .key = (enum lab_key)prng_below(&p, LAB_KEYS),
                              .expires_in = (int64_t)prng_below(&p, 2),
                              .authserv_id = prng_below(&p, 2) ? "mx.list.example" : NULL};
        sign_well(&lab, &how, &message);
        assert_folded(slice_sub(buffer_slice(&message), 0, message.n - before));
        buffer_free(&message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_signatures_pass),
        cmocka_unit_test(what_is_added_on_top),
        cmocka_unit_test(chains_pass),
        cmocka_unit_test(fifty_hops),
        cmocka_unit_test(oldest_pass),
        cmocka_unit_test(signers_beside_a_check),
        cmocka_unit_test(written_fields_are_folded),
    };
    return cmocka_run_group_tests_name("roundtrip", tests, lab_set_up, lab_tear_down);
}
