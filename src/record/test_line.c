#include "base/limits.h"
#include "record/line.h"
#include "support/forge.h"
#include "support/group.h"
#include "support/log_line.h"
#include "waybill/policy.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct dns_row rows[] = {
    {"mail.author.example", WAYBILL_ANSWERED, {"v=spf1 ip4:192.0.2.0/24 -all"}},
    {"_dmarc.author.example", WAYBILL_ANSWERED, {"v=DMARC1; p=reject"}},
};

static const char *const rcpt[] = {"<bob@home.example>", "carol@home.example"};
static const struct waybill_envelope of_author = {.ip = "192.0.2.1",
                                                  .helo = "mx.author.example",
                                                  .mail_from = "<alice@mail.author.example>",
                                                  .rcpt_to = rcpt,
                                                  .rcpts = 2};

static const struct record_line_facts usual = {
    .queue_id = SLICE_INIT("4XyZ"), .listener = SLICE_INIT("receiver"), .ms = 12};

/* The line of a message that this envelope brought. */
static struct buffer line_of(struct slice message, const struct waybill_envelope *envelope,
                             const struct waybill_policy *policy,
                             const struct record_line_facts *facts)
{
    struct buffer line = buffer_new(LIMIT_LOG_LINE);
    struct trial_input in = {
        .message = message, .envelope = envelope, .policy = policy, .rows = LAB_ROWS(rows)};
    struct trial trial = trial_run(&lab, &in);
    assert_int_equal(record_line(trial.record, facts, &line), WAYBILL_OK);
    trial_free(&trial);
    return line;
}

static struct waybill_policy *new_policy(void)
{
    struct waybill_policy *policy;
    assert_int_equal(waybill_policy_new(&policy), WAYBILL_OK);
    return policy;
}

static void assert_line(const struct buffer *line, const char *wanted)
{
    if (!slice_eq(buffer_slice(line), slice_str(wanted)))
        fail_msg("\n%.*s\nshould be\n%s", SLICE_ARGS(buffer_slice(line)), wanted);
}

/* --- what it says ------------------------------------------------------------------------------
 */

static void everything_in_its_order(void **state)
{
    (void)state;
    struct waybill_policy *policy = new_policy();
    struct buffer message = message_of("From: Alice <alice@author.example>\r\n\r\nx\r\n");
    forge_signature(&lab, LAB_RSA, "DKIM-Signature",
                    "v=1; a=rsa-sha256; d=other.example; s=rsa; h=from; bh=@; b=", &message);
    forge_signature(&lab, LAB_ED25519, "DKIM-Signature",
                    "v=1; a=ed25519-sha256; d=author.example; s=ed; h=from; bh=@; b=", &message);
    forge_set(&lab, 1, "none", 1, "lists.example", &message);
    struct buffer line = line_of(buffer_slice(&message), &of_author, policy, &usual);
    assert_line(&line, "4XyZ: listener=receiver client=192.0.2.1 helo=mx.author.example"
                       " mail-from=mail.author.example recipients=2 from=author.example spf=pass"
                       " dkim=pass dkim-d=author.example dkim-s=ed dkim2=none"
                       " arc=pass sets=1 sealer=lists.example dmarc=pass"
                       " decision=deliver reason=\"nothing that is enforced fails\""
                       " waves=1 questions=10 size=1163 ms=12");
    buffer_free(&line);
    buffer_free(&message);
    waybill_policy_free(policy);
}

static void no_queue_no_envelope(void **state)
{
    (void)state;
    const struct record_line_facts facts = {.queue_id = SLICE_INIT("NOQUEUE"), .ms = -1};
    struct buffer line = line_of(SLICE("\r\n"), NULL, NULL, &facts);
    assert_line(&line,
                "NOQUEUE: recipients=0 spf=- spf-why=\"it needs the client's address\""
                " dkim=none dkim2=none arc=none dmarc=permerror waves=0 questions=0 size=2 ms=0");
    buffer_free(&line);
}

static const struct pair_case {
    const char *name, *helo, *mail_from, *from;
    bool addresses;
    const char *key, *value;
} pair_cases[] = {
    {"the domain of a path", "h", "<alice@a.example>", "a@b.example", false, "mail-from",
     "a.example"},
    {"a path as it is", "h", "<alice@a.example>", "a@b.example", true, "mail-from",
     "alice@a.example"},
    {"the null path", "h", "<>", "a@b.example", false, "mail-from", "<>"},
    {"a path without a domain", "h", "<postmaster>", "a@b.example", false, "mail-from", "\"\""},
    {"a quoted local part with an @", "h", "<\"alice@home\"@a.example>", "a@b.example", false,
     "mail-from", "a.example"},
    {"a source route", "h", "<@r.example:alice@a.example>", "a@b.example", false, "mail-from",
     "a.example"},
    {"a HELO that is an address", "alice@a.example", "<>", "a@b.example", false, "helo",
     "a.example"},
    {"the same where addresses may be shown", "alice@a.example", "<>", "a@b.example", true, "helo",
     "alice@a.example"},
    {"a HELO that tries to be more", "h\" decision=deliver", "<>", "a@b.example", false, "helo",
     "\"h\\x22 decision=deliver\""},
    {"a line end in a HELO", "h\r\nNOQUEUE: x", "<>", "a@b.example", false, "helo",
     "\"h\\x0D\\x0ANOQUEUE: x\""},
    {"the domain of From", "h", "<>", "Alice <alice@a.example>, b@c.example", false, "from",
     "a.example"},
    {"From as it is", "h", "<>", "Alice <alice@a.example>", true, "from", "alice@a.example"},
    {"a recipient, where addresses may be shown", "h", "<>", "a@b.example", true, "rcpt-to",
     "bob@home.example"},
    {"no recipient else", "h", "<>", "a@b.example", false, "rcpt-to", NULL},
};

static void who(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pair_cases / sizeof pair_cases[0]; i++) {
        const struct pair_case *c = &pair_cases[i];
        const struct waybill_envelope envelope = {.ip = "192.0.2.1",
                                                  .helo = c->helo,
                                                  .mail_from = c->mail_from,
                                                  .rcpt_to = rcpt,
                                                  .rcpts = 2};
        const struct record_line_facts facts = {.queue_id = SLICE_INIT("q"),
                                                .log_addresses = c->addresses};
        struct buffer message = buffer_new(1000);
        buffer_printf(&message, "From: %s\r\n\r\n", c->from);
        struct buffer line = line_of(buffer_slice(&message), &envelope, NULL, &facts);
        struct slice value = log_line_value(buffer_slice(&line), c->key);
        if ((value.p != NULL) != (c->value != NULL) || !slice_eq(value, slice_str(c->value)))
            fail_msg("%s: %.*s", c->name, SLICE_ARGS(buffer_slice(&line)));
        buffer_free(&message);
        buffer_free(&line);
    }
}

static void why_it_is_refused(void **state)
{
    (void)state;
    struct waybill_policy *policy = new_policy();
    const struct waybill_envelope stranger = {
        .ip = "198.51.100.1", .helo = "h", .mail_from = "<x@mail.author.example>"};
    struct buffer line =
        line_of(SLICE("From: a@author.example\r\n\r\n"), &stranger, policy, &usual);
    struct slice text = buffer_slice(&line);
    assert_true(slice_eq(log_line_value(text, "spf"), SLICE("fail")));
    assert_true(slice_eq(log_line_value(text, "dmarc"), SLICE("fail")));
    assert_true(slice_eq(log_line_value(text, "policy"), SLICE("reject")));
    assert_true(slice_eq(log_line_value(text, "decision"), SLICE("reject")));
    assert_non_null(log_line_value(text, "reason").p);
    buffer_free(&line);
    waybill_policy_free(policy);
}

/* --- what no message can do ---------------------------------------------------------------------
 */

/* Every value as long and as bad as a message can make it. */
static void the_longest_line_fits(void **state)
{
    (void)state;
    char helo[1000], listener[300], bad[600];
    memset(helo, '\001', sizeof helo - 1);
    helo[sizeof helo - 1] = '\0';
    memset(listener, '"', sizeof listener);
    memset(bad, '\033', sizeof bad);
    struct waybill_policy *policy = new_policy();
    const struct waybill_envelope envelope = {
        .ip = "2001:db8::1", .helo = helo, .mail_from = "<>", .rcpt_to = rcpt, .rcpts = 2};
    const struct record_line_facts facts = {.queue_id = slice_of(bad, sizeof bad),
                                            .listener = slice_of(listener, sizeof listener),
                                            .ms = INT64_MAX,
                                            .log_addresses = true};
    struct buffer message = buffer_new(10000);
    buffer_add_str(&message, "DKIM-Signature: v=1; a=rsa-sha256; h=from; bh=AA==; b=AA==; d=");
    buffer_add(&message, slice_of(bad, sizeof bad));
    buffer_add_str(&message, "; s=");
    buffer_add(&message, slice_of(bad, sizeof bad));
    buffer_add_str(&message, "\r\nFrom: a@\"");
    buffer_add(&message, slice_of(bad, sizeof bad));
    buffer_add_str(&message, "\r\n\r\n");
    struct buffer line = line_of(buffer_slice(&message), &envelope, policy, &facts);
    for (size_t i = 0; i < line.n; i++)
        assert_in_range(line.p[i], ' ', '~');
    buffer_free(&line);
    buffer_free(&message);
    waybill_policy_free(policy);
}

/* Of every message, whatever stands in it: pairs with known keys, each once. */
static void is_always_a_line(void **state)
{
    (void)state;
    struct prng p = {seed_of_run(509)};
    for (unsigned round = rounds_of_run(300); round > 0; round--) {
        struct buffer message = message_of_chance(&p, true), value = buffer_new(LIMIT_LOG_LINE);
        struct buffer line = line_of(buffer_slice(&message), &of_author, NULL, &usual);
        struct cursor c = cursor_new(buffer_slice(&line));
        struct slice key, seen[32];
        size_t n = 0;
        bool cut;
        assert_true(log_line_start(&c, &value, &cut));
        for (; !cursor_done(&c); n++) {
            assert_in_range(n, 0, 31);
            assert_true(log_line_next(&c, &key, &value, &cut));
            for (size_t i = 0; i < n; i++)
                assert_false(slice_eq(seen[i], key));
            seen[n] = key;
        }
        assert_int_equal(slice_find(buffer_slice(&line), 0x40, 0), line.n); /* no local part */
        buffer_free(&message);
        buffer_free(&value);
        buffer_free(&line);
    }
}

static void a_full_buffer_is_said(void **state)
{
    (void)state;
    struct buffer line = buffer_new(20);
    struct trial_input in = {.message = SLICE("From: a@b.example\r\n\r\n")};
    struct trial trial = trial_run(&lab, &in);
    assert_int_equal(record_line(trial.record, &usual, &line), WAYBILL_LIMIT);
    trial_free(&trial);
    buffer_free(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_in_its_order),
        cmocka_unit_test(no_queue_no_envelope),
        cmocka_unit_test(who),
        cmocka_unit_test(why_it_is_refused),
        cmocka_unit_test(the_longest_line_fits),
        cmocka_unit_test(is_always_a_line),
        cmocka_unit_test(a_full_buffer_is_said),
    };
    return cmocka_run_group_tests_name("record_line", tests, lab_set_up, lab_tear_down);
}
