/*
 * The record is the same however the octets were cut and in whatever order and portions the answers
 * came (design 2). SEED and ROUNDS in the environment repeat a run.
 */
#include "support/forge.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { WAYS = 6, HOPS_MOST = 4 };

static const struct dns_row rows[] = {
    {"gone._domainkey.author.example", WAYBILL_NXDOMAIN, {NULL}},
    {"slow._domainkey.author.example", WAYBILL_TIMEOUT, {NULL}},
    {"broken._domainkey.author.example", WAYBILL_SERVFAIL, {NULL}},
    {"none._domainkey.author.example", WAYBILL_NODATA, {NULL}},
    {"two._domainkey.author.example", WAYBILL_ANSWERED, {"v=DKIM1; p=", "v=DKIM1; p="}},
    {"revoked._domainkey.author.example", WAYBILL_ANSWERED, {"v=DKIM1; p="}},
    {"author.example",
     WAYBILL_ANSWERED,
     {"v=spf1 include:a.spf.example include:b.spf.example "
      "mx exists:%{ir}.%{l}.list.example ~all"}},
    {"a.spf.example",
     WAYBILL_ANSWERED,
     {"v=spf1 include:c.spf.example a:mail.author.example -all"}},
    {"b.spf.example", WAYBILL_ANSWERED, {"v=spf1 ptr redirect=d.spf.example"}},
    {"c.spf.example", WAYBILL_ANSWERED, {"v=spf1 mx:slow.example a:b.spf.example ?all"}},
    {"d.spf.example", WAYBILL_ANSWERED, {"v=spf1 ip4:192.0.2.7 -all exp=why.spf.example"}},
    {"why.spf.example", WAYBILL_ANSWERED, {"%{s} may not use %{i}, %{h}"}},
    {"mx.author.example", WAYBILL_ANSWERED, {"v=spf1 a -all exp=why.spf.example"}},
    {"A mx.author.example", WAYBILL_ANSWERED, {"192.0.2.1"}},
    {"A mail.author.example", WAYBILL_ANSWERED, {"192.0.2.3"}},
    {"MX author.example", WAYBILL_ANSWERED, {"10 mx.author.example", "20 mail.author.example"}},
    {"slow.example", WAYBILL_TIMEOUT, {NULL}},
    {"evil.example", WAYBILL_ANSWERED, {"v=spf1 redirect=d.spf.example"}},
    {"list.example", WAYBILL_ANSWERED, {"v=spf1 include:slow.example -all"}},
    {"_dmarc.author.example", WAYBILL_ANSWERED, {"v=DMARC1; p=reject; adkim=s"}},
    {"_dmarc.example", WAYBILL_ANSWERED, {"v=DMARC1; psd=y; p=quarantine; np=reject"}},
    {"_dmarc.list.example", WAYBILL_SERVFAIL, {NULL}},
    {"reputation list.example", WAYBILL_ANSWERED, {"60"}},
};

static const struct waybill_envelope envelopes[] = {
    {"192.0.2.1", "mx.author.example", "<a@author.example>", NULL, 0, "mx.here.example"},
    {"192.0.2.3", "mail.author.example", "<>", NULL, 0, NULL},
    {"192.0.2.8", "evil.example", "<b@evil.example>", NULL, 0, NULL},
    {"2001:db8::1", "mx.author.example", "<x@list.example>", NULL, 0, NULL},
    {NULL, NULL, "<x@list.example>", NULL, 0, NULL},
};
enum { ENVELOPES = sizeof envelopes / sizeof envelopes[0] };

/* One policy for all: a rule in force, and as a shadow one that asks for reputations. */
static struct waybill_policy *policy;

static int set_up(void **state)
{
    static const struct waybill_rule known = {
        .name = "known", .reporter = WAYBILL_REPORTER_ANY, .reputation = 50};
    struct waybill_text_error error;
    char why[WAYBILL_POLICY_WHY];
    lab_set_up(state);
    must(waybill_policy_new(&policy) == WAYBILL_OK, "no policy");
    must(waybill_policy_trust(policy, "list.example", 12, &error) == WAYBILL_OK, "no trust");
    must(waybill_policy_override(policy, WAYBILL_RULE_FIRST_DKIM, why) == WAYBILL_OK, "%s", why);
    must(waybill_policy_rule(policy, &known, why) == WAYBILL_OK, "%s", why);
    must(waybill_policy_shadow(policy, "known", why) == WAYBILL_OK, "%s", why);
    return 0;
}

static int tear_down(void **state)
{
    waybill_policy_free(policy);
    return lab_tear_down(state);
}

/* --- what is judged --------------------------------------------------------------------------- */

static void add_signature(struct prng *p, struct buffer *message)
{
    static const char *const selectors[] = {"rsa",    "rsa",  "gone", "slow",
                                            "broken", "none", "two",  "revoked"};
    static const char *const forms[] = {"", "c=relaxed; ", "c=simple/relaxed; ",
                                        "c=relaxed/relaxed; "};
    static const char *const lengths[] = {"", "", "l=0; ", "l=7; ", "l=100000; "};
    char tags[256];
    snprintf(tags, sizeof tags,
             "v=1; a=rsa-sha256; d=author.example; s=%s; %s%sh=from:subject:%s; "
             "bh=@; b=",
             selectors[prng_below(p, 8)], forms[prng_below(p, 4)], lengths[prng_below(p, 5)],
             prng_below(p, 2) ? "to:cc:x-" : "from");
    forge_signature(&lab, LAB_RSA, "DKIM-Signature", tags, message);
}

static void add_junk(struct prng *p, struct buffer *message)
{
    static const char *const junk[] = {
        "DKIM-Signature: v=1; a=rsa-sha1; d=author.example; s=rsa; h=from; bh=AAAA; b=AAAA\r\n",
        "DKIM-Signature: no tag list\r\n",
        "DKIM-Signature: v=1; a=rsa-sha256; d=author.example; s=rsa; x=1; h=from; bh=AAAA;\r\n"
        " b=AAAA\r\n",
        "ARC-Seal: i=3; a=rsa-sha256; cv=pass; d=list.example; s=rsa; b=AAAA\r\n",
        "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=list.example; s=slow; b=AAAA\r\n",
        "ARC-Message-Signature: i=1; a=rsa-sha256; d=list.example; s=ed; h=from; bh=AAAA;\r\n"
        " b=AAAA\r\n",
        "ARC-Message-Signature: i=0; a=rsa-sha256; d=list.example; s=rsa; h=from; bh=AAAA;\r\n"
        " b=AAAA\r\n",
        "ARC-Authentication-Results: i=2; list.example; dkim=pass (good) header.d=x.example\r\n",
        "ARC-Authentication-Results: i=99; \"unclosed\r\n",
        "From: b@evil.example\r\n",
        "Authentication-Results: list.example; spf=pass smtp.mailfrom=a.example\r\n",
    };
    put_on_top(message, slice_str(junk[prng_below(p, sizeof junk / sizeof junk[0])]));
}

/* A set that reports what its sealer saw. */
static void add_report(struct prng *p, struct buffer *message)
{
    static const char *const reports[] = {
        "dkim=pass header.d=author.example", "dkim=pass header.d=mail.author.example",
        "dkim=fail header.d=author.example; spf=pass smtp.mailfrom=author.example"};
    char field[200];
    struct signing how = {.domain = "list.example",
                          .key = LAB_RSA,
                          .authserv_id = "list.example",
                          .results = "list.example",
                          .rows = rows,
                          .n_rows = sizeof rows / sizeof rows[0]};
    snprintf(field, sizeof field, "Authentication-Results: list.example; %s\r\n",
             reports[prng_below(p, 3)]);
    put_on_top(message, slice_str(field));
    sign_message(&lab, &how, message, NULL);
}

/* Signed and sealed by some, changed by others. */
static struct buffer make_message(struct prng *p)
{
    struct buffer message = message_of_chance(p, prng_below(p, 2));
    bool mbox = slice_starts(buffer_slice(&message), SLICE("From a"));
    unsigned hops = mbox ? 0 : (unsigned)prng_below(p, HOPS_MOST + 1);
    for (size_t n = mbox ? 0 : prng_below(p, 4); n > 0; n--)
        add_signature(p, &message);
    for (unsigned i = 1; i <= hops; i++)
        forge_set(&lab, i,
                  i == 1             ? "none"
                  : prng_below(p, 8) ? "pass"
                                     : "fail",
                  1, "list.example", &message);
    if (!mbox && prng_below(p, 2))
        add_report(p, &message);
    while (!mbox && prng_below(p, 3) == 0)
        add_junk(p, &message);
    if (prng_below(p, 3) == 0)
        buffer_add_str(&message, "more\r\n");
    return message;
}

/* --- ways to judge it ------------------------------------------------------------------------- */

struct way {
    struct prng *p; /* NULL: all at once */
    struct trial trial;
    struct waybill_signer *dkim, *arc; /* beside the check, where they are wanted */
};

static void answer(struct way *w, const struct waybill_question *q)
{
    struct waybill_datum room[DNS_ROW_TEXTS];
    struct waybill_answer a = lab_answer(&lab, rows, sizeof rows / sizeof rows[0], q, room);
    assert_int_equal(waybill_check_answer(w->trial.check, q, &a), WAYBILL_OK);
    /* The first answer holds, whatever comes later. */
    struct waybill_answer late = WAYBILL_ANSWER(WAYBILL_SERVFAIL);
    if (w->p && prng_below(w->p, 4) == 0)
        assert_int_equal(waybill_check_answer(w->trial.check, q, &late), WAYBILL_OK);
}

/* Some of what is open, in any order; at least `least`. */
static void answer_some(struct way *w, size_t least)
{
    const struct waybill_question *open;
    size_t n;
    assert_int_equal(waybill_check_questions(w->trial.check, &open, &n), WAYBILL_OK);
    struct waybill_question *own = malloc((n + 1) * sizeof *own);
    assert_non_null(own);
    if (n)
        memcpy(own, open, n * sizeof *own);
    size_t some = !w->p ? n : least + prng_below(w->p, n - (least < n ? least : n) + 1);
    for (size_t left = n; left > 0 && some > 0; left--, some--) {
        size_t at = w->p ? prng_below(w->p, left) : left - 1;
        answer(w, &own[at]);
        own[at] = own[left - 1];
    }
    free(own);
}

static enum waybill_progress step(struct way *w)
{
    enum waybill_progress progress;
    assert_int_equal(waybill_check_step(w->trial.check, &progress), WAYBILL_OK);
    return progress;
}

/* Octet by octet, in pieces of any size, also none, or whole. */
static void feed(struct way *w, struct slice message)
{
    size_t most = !w->p ? SIZE_MAX : prng_below(w->p, 3) == 0 ? 2 : 2 + prng_below(w->p, 700);
    for (size_t at = 0; at < message.n;) {
        struct slice piece = slice_sub(message, at, w->p ? prng_below(w->p, most) : most);
        uint8_t *own = malloc(piece.n ? piece.n : 1);
        assert_non_null(own);
        memcpy(own, piece.p, piece.n);
        assert_int_equal(waybill_message_feed(w->trial.message, own, piece.n), WAYBILL_OK);
        free(own);
        at += piece.n;
        if (w->p && prng_below(w->p, 8) == 0)
            assert_int_equal(step(w), WAYBILL_MORE);
        if (w->p && prng_below(w->p, 8) == 0)
            answer_some(w, 0);
    }
    assert_int_equal(waybill_message_end(w->trial.message), WAYBILL_OK);
}

static void add_signers(struct way *w)
{
    struct waybill_signing_key key = {"ed", lab.keys[LAB_ED25519]};
    struct waybill_sign_options options = {
        .domain = "list.example", .keys = &key, .n_keys = 1, .now = LAB_NOW};
    assert_int_equal(waybill_dkim_signer_new(w->trial.message, &options, &w->dkim), WAYBILL_OK);
    assert_int_equal(waybill_arc_signer_new(w->trial.message, w->trial.check, &options,
                                            "list.example", NULL, &w->arc),
                     WAYBILL_OK);
}

/* How a message comes in. */
struct coming {
    struct slice message;
    enum waybill_lines lines;
    bool signers;
    const struct waybill_envelope *envelope;
};

static void start(struct way *w, const struct coming *in)
{
    static const char *const rcpt[] = {"<b@c.example>", "d@e.example"};
    struct waybill_envelope envelope = *in->envelope;
    envelope.rcpt_to = rcpt;
    envelope.rcpts = 2;
    assert_int_equal(waybill_message_new(lab.engine, in->lines, &w->trial.message), WAYBILL_OK);
    assert_int_equal(waybill_check_new(w->trial.message, LAB_NOW, &w->trial.check), WAYBILL_OK);
    assert_int_equal(waybill_policy_attach(policy, w->trial.check), WAYBILL_OK);
    assert_int_equal(waybill_check_envelope(w->trial.check, &envelope), WAYBILL_OK);
    assert_int_equal(waybill_check_id(w->trial.check, "passage-1"), WAYBILL_OK);
    if (in->signers)
        add_signers(w);
}

static void add_signer(struct waybill_signer *signer, struct buffer *out)
{
    enum waybill_progress progress;
    const struct waybill_field *fields;
    size_t n = 0;
    if (!signer)
        return;
    enum waybill_status status = waybill_signer_step(signer, &progress);
    buffer_printf(out, "\n%s %s\n", waybill_status_text(status), waybill_signer_reason(signer));
    if (status == WAYBILL_OK)
        assert_int_equal(waybill_signer_fields(signer, &fields, &n), WAYBILL_OK);
    for (size_t i = 0; i < n; i++) {
        buffer_add_str(out, fields[i].name);
        buffer_add_str(out, fields[i].value);
    }
}

/* The record, and behind it what the signers gave. */
static struct buffer judge(const struct coming *in, struct prng *p)
{
    struct way w = {.p = p};
    start(&w, in);
    feed(&w, in->message);
    while (step(&w) == WAYBILL_ASK)
        answer_some(&w, 1);
    if (p && prng_below(p, 2))
        step(&w); /* once more than needed */
    w.trial.record = waybill_check_record(w.trial.check);
    assert_non_null(w.trial.record);
    char *json = record_text(w.trial.record);
    struct buffer out = message_of(json);
    add_signer(w.dkim, &out);
    add_signer(w.arc, &out);
    assert_int_equal(out.status, WAYBILL_OK);
    free(json);
    waybill_signer_free(w.dkim);
    waybill_signer_free(w.arc);
    trial_free(&w.trial);
    return out;
}

/* --- the property ------------------------------------------------------------------------------
 */

static void report(uint64_t seed, unsigned round, struct slice is, struct slice should)
{
    size_t at = 0;
    while (at < is.n && at < should.n && is.p[at] == should.p[at])
        at++;
    size_t from = at > 100 ? at - 100 : 0;
    struct slice a = slice_sub(is, from, 200), b = slice_sub(should, from, 200);
    fail_msg("SEED=%llu, round %u: records differ at %zu\n%.*s\n%.*s", (unsigned long long)seed,
             round, at, SLICE_ARGS(a), SLICE_ARGS(b));
}

static void same_record(void **state)
{
    (void)state;
    uint64_t seed = seed_of_run(8617);
    for (unsigned round = 0, rounds = rounds_of_run(1000); round < rounds; round++) {
        struct prng p = {seed + round};
        struct buffer message = make_message(&p);
        bool lf = prng_below(&p, 3) == 0;
        if (lf) {
            struct buffer other = with_lf(buffer_slice(&message));
            buffer_free(&message);
            message = other;
        }
        struct coming in = {.message = buffer_slice(&message),
                            .lines =
                                prng_below(&p, 2) || lf ? WAYBILL_LINES_DETECT : WAYBILL_LINES_CRLF,
                            .signers = prng_below(&p, 2),
                            .envelope = &envelopes[prng_below(&p, ENVELOPES)]};
        struct buffer should = judge(&in, NULL);
        for (unsigned way = 0; way < WAYS; way++) {
            struct buffer is = judge(&in, &p);
            if (!slice_eq(buffer_slice(&is), buffer_slice(&should)))
                report(seed, round, buffer_slice(&is), buffer_slice(&should));
            buffer_free(&is);
        }
        buffer_free(&should);
        buffer_free(&message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_record)};
    return cmocka_run_group_tests_name("shuffle", tests, set_up, tear_down);
}
