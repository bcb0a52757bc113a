/* Whole checks with a policy: which rule holds, what it read, what is done. */
#include "policy/policy.h"

#include "record/record.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { HOPS = 3 };

#define REJECT "v=DMARC1; p=reject"
#define DKIM_CLAIM "dkim=pass header.d=author.example"
#define SPF_CLAIM "spf=pass smtp.mailfrom=alice@author.example"
#define TRUSTED "lists.example\nuni.example\n"

/* What is said: "DISPOSITION[ lifted i=N][: why not]", then " | " and each field read, those that
 * were decisive with a "!" behind. */
static const struct decision_case {
    const char *name;
    struct {
        const char *domain, *claims;
    } hops[HOPS];
    const char *dmarc; /* of author.example */
    const char *trust;
    struct waybill_rule rule; /* without a name: none */
    const char *says;
} cases[] = {
    {"no rule", {{"lists.example", DKIM_CLAIM}}, REJECT, TRUSTED, {.name = NULL}, "reject |"},
    {"(a) holds",
     {{"lists.example", DKIM_CLAIM}},
     REJECT,
     TRUSTED,
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "deliver lifted i=1 | 1 dkim=pass! 1 header.d=author.example!"},
    {"(a), and two claims of which either would do",
     {{"lists.example", DKIM_CLAIM "; dkim=pass header.d=mail.author.example"}},
     REJECT,
     TRUSTED,
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "deliver lifted i=1 | 1 dkim=pass 1 header.d=author.example 1 dkim=pass "
     "1 header.d=mail.author.example"},
    {"(a), and the domain stands in i= only",
     {{"lists.example", "dkim=pass header.i=@mail.author.example"}},
     REJECT,
     TRUSTED,
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "deliver lifted i=1 | 1 dkim=pass! 1 header.i=@mail.author.example!"},
    {"(a), not aligned",
     {{"lists.example", "dkim=pass header.d=mailer.example"}},
     REJECT,
     TRUSTED,
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "reject: no set that may say so reports such a pass, aligned with From "
     "| 1 dkim=pass 1 header.d=mailer.example"},
    {"(a), another's organisation with the same ending",
     {{"lists.example", "dkim=pass header.d=notauthor.example"}},
     REJECT,
     TRUSTED,
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "reject: no set that may say so reports such a pass, aligned with From "
     "| 1 dkim=pass 1 header.d=notauthor.example"},
    {"(a), a fail is no pass",
     {{"lists.example", "dkim=fail header.d=author.example"}},
     REJECT,
     TRUSTED,
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "reject: no set that may say so reports such a pass, aligned with From | 1 dkim=fail"},
    {"(a) wants DKIM, not SPF",
     {{"lists.example", SPF_CLAIM}},
     REJECT,
     TRUSTED,
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "reject: no set that may say so reports such a pass, aligned with From |"},
    {"(a) wants it of the first, not of the second",
     {{"lists.example", "none"}, {"uni.example", DKIM_CLAIM}},
     REJECT,
     TRUSTED,
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "reject: no set that may say so reports such a pass, aligned with From |"},
    {"(b) holds",
     {{"lists.example", SPF_CLAIM}},
     REJECT,
     TRUSTED,
     {.name = WAYBILL_RULE_FIRST_SPF},
     "deliver lifted i=1 | 1 spf=pass! 1 smtp.mailfrom=alice@author.example!"},
    {"(c) the newest",
     {{"lists.example", "none"}, {"uni.example", DKIM_CLAIM}},
     REJECT,
     TRUSTED,
     {.name = "own", .reporter = WAYBILL_REPORTER_NEWEST},
     "deliver lifted i=2 | 2 dkim=pass! 2 header.d=author.example!"},
    {"(c) any: DMARC passed at the second",
     {{"lists.example", "dmarc=fail header.from=author.example"},
      {"uni.example", "dmarc=pass header.from=author.example"}},
     REJECT,
     TRUSTED,
     {.name = "own", .reported = WAYBILL_REPORTED_DMARC, .reporter = WAYBILL_REPORTER_ANY},
     "deliver lifted i=2 | 1 dmarc=fail 2 dmarc=pass! 2 header.from=author.example!"},
    {"(c) strict alignment",
     {{"lists.example", "dkim=pass header.d=mail.author.example"}},
     REJECT,
     TRUSTED,
     {.name = "own", .strict = 1},
     "reject: no set that may say so reports such a pass, aligned with From "
     "| 1 dkim=pass 1 header.d=mail.author.example"},
    {"(c) too long a chain",
     {{"lists.example", DKIM_CLAIM}, {"uni.example", "none"}},
     REJECT,
     TRUSTED,
     {.name = "own", .sets_most = 1},
     "reject: the chain has more sets than the rule allows |"},
    {"(c) too short a chain",
     {{"lists.example", DKIM_CLAIM}},
     REJECT,
     TRUSTED,
     {.name = "own", .sets_least = 2},
     "reject: the chain has fewer sets than the rule wants |"},
    {"a sealer that is not trusted: what lies beyond is not read",
     {{"lists.example", DKIM_CLAIM}, {"stranger.example", "none"}},
     REJECT,
     TRUSTED,
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "reject: stranger.example (i=2) is not trusted |"},
    {"trusted as a signer is not trusted as a sealer",
     {{"lists.example", DKIM_CLAIM}},
     REJECT,
     "uni.example\nlists.example signer\n",
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "reject: lists.example (i=1) is not trusted |"},
    {"a reputation that is good enough",
     {{"good.example", DKIM_CLAIM}},
     REJECT,
     NULL,
     {.name = "own", .reputation = 70},
     "deliver lifted i=1 | 1 dkim=pass! 1 header.d=author.example!"},
    {"a reputation that is not",
     {{"fair.example", DKIM_CLAIM}},
     REJECT,
     NULL,
     {.name = "own", .reputation = 70},
     "reject: fair.example (i=1) is not trusted |"},
    {"a reputation that is none",
     {{"odd.example", DKIM_CLAIM}},
     REJECT,
     NULL,
     {.name = "own", .reputation = 1},
     "reject: odd.example (i=1) is not trusted |"},
    {"an unknown reputation is neutral",
     {{"lists.example", DKIM_CLAIM}},
     REJECT,
     NULL,
     {.name = "own", .reputation = 1},
     "reject: lists.example (i=1) is not trusted |"},
    {"no chain",
     {{NULL, NULL}},
     REJECT,
     TRUSTED,
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "reject: there is no chain |"},
    {"a chain that is broken: nothing of it is read",
     {{"lists.example", DKIM_CLAIM}, {"bad.example", DKIM_CLAIM}},
     REJECT,
     TRUSTED "bad.example\n",
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "reject: the chain does not validate |"},
    {"a chain that cannot be judged now",
     {{"lists.example", DKIM_CLAIM}, {"slow.example", DKIM_CLAIM}},
     REJECT,
     TRUSTED "slow.example\n",
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "reject: the chain cannot be judged now |"},
    {"quarantine is lifted, too",
     {{"lists.example", DKIM_CLAIM}},
     "v=DMARC1; p=quarantine",
     TRUSTED,
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "deliver lifted i=1 | 1 dkim=pass! 1 header.d=author.example!"},
    {"quarantine",
     {{"lists.example", "none"}},
     "v=DMARC1; p=quarantine",
     TRUSTED,
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "quarantine: no set that may say so reports such a pass, aligned with From |"},
    {"nothing to lift",
     {{"lists.example", DKIM_CLAIM}},
     "v=DMARC1; p=none",
     TRUSTED,
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "deliver i=1 | 1 dkim=pass! 1 header.d=author.example!"},
    {"no policy, no rule",
     {{"lists.example", DKIM_CLAIM}},
     NULL,
     TRUSTED,
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "deliver: DMARC does not fail |"},
    {"a field that does not parse is nobody's claim",
     {{"lists.example", DKIM_CLAIM "; ="}},
     REJECT,
     TRUSTED,
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "reject: no set that may say so reports such a pass, aligned with From |"},
    {"another version of a method is another method",
     {{"lists.example", "dkim/2=pass header.d=author.example"}},
     REJECT,
     TRUSTED,
     {.name = WAYBILL_RULE_FIRST_DKIM},
     "reject: no set that may say so reports such a pass, aligned with From |"},
};

/* The DNS and the stores; the first row is the case's. */
enum { ROW_OF_DMARC, ROWS = 6 };

static struct dns_row rows[ROWS] = {
    [ROW_OF_DMARC] = {"_dmarc.author.example", WAYBILL_NXDOMAIN, {NULL}},
    {"rsa._domainkey.bad.example", WAYBILL_ANSWERED, {"p="}},
    {"rsa._domainkey.slow.example", WAYBILL_TIMEOUT, {NULL}},
    {"reputation good.example", WAYBILL_ANSWERED, {"70"}},
    {"reputation fair.example", WAYBILL_ANSWERED, {"69"}},
    {"reputation odd.example", WAYBILL_ANSWERED, {"70 of 100"}},
};

/* --- making a message ------------------------------------------------------------------------- */

static struct buffer message_of_case(const struct decision_case *c)
{
    struct buffer message = message_of("From: alice@author.example\r\nSubject: x\r\n\r\nHello\r\n");
    for (size_t i = 0; i < HOPS && c->hops[i].domain; i++)
        seal_reporting(&lab, c->hops[i].domain, c->hops[i].claims, &message);
    return message;
}

static struct waybill_policy *policy_of_case(const struct decision_case *c)
{
    struct waybill_policy *policy;
    struct waybill_text_error error;
    char why[WAYBILL_POLICY_WHY] = "";
    assert_int_equal(waybill_policy_new(&policy), WAYBILL_OK);
    if (c->trust)
        assert_int_equal(waybill_policy_trust(policy, c->trust, strlen(c->trust), &error),
                         WAYBILL_OK);
    if (!c->rule.name)
        return policy;
    if (strcmp(c->rule.name, "own") == 0 &&
        waybill_policy_rule(policy, &c->rule, why) != WAYBILL_OK)
        fail_msg("%s: %s", c->name, why);
    if (waybill_policy_override(policy, c->rule.name, why) != WAYBILL_OK)
        fail_msg("%s: %s", c->name, why);
    return policy;
}

/* A client that SPF knows nothing of. */
static const struct waybill_envelope stranger = {
    .ip = "192.0.2.1", .helo = "mx.stranger.example", .mail_from = "<bounce@stranger.example>"};

static void publish(const char *record)
{
    rows[ROW_OF_DMARC].status = record ? WAYBILL_ANSWERED : WAYBILL_NXDOMAIN;
    rows[ROW_OF_DMARC].texts[0] = record;
}

/* --- what is said ------------------------------------------------------------------------------
 */

static void say_read(struct buffer *out, const struct claim_read *read)
{
    buffer_printf(out, " %u ", read->instance);
    buffer_add(out, read->property.p ? read->ptype : read->method);
    if (read->property.p) {
        buffer_add_octet(out, '.');
        buffer_add(out, read->property);
    }
    buffer_add_octet(out, '=');
    buffer_add(out, read->value);
    if (read->decisive)
        buffer_add_octet(out, '!');
}

static void say_decision(struct buffer *out, const struct decision *d)
{
    buffer_printf(out, "%s%s", waybill_disposition_text(d->disposition),
                  d->lifted ? " lifted" : "");
    if (d->rule.matched)
        buffer_printf(out, " i=%u", d->rule.instance);
    if (d->rule.why)
        buffer_printf(out, ": %s", d->rule.why);
    buffer_add_str(out, " |");
    for (size_t i = 0; i < d->rule.n_reads; i++)
        say_read(out, &d->rule.reads[i]);
}

static void decisions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct decision_case *c = &cases[i];
        struct waybill_policy *policy = policy_of_case(c);
        struct buffer message = message_of_case(c), said = buffer_new(4096);
        publish(c->dmarc);
        struct trial_input in = {.message = buffer_slice(&message),
                                 .envelope = &stranger,
                                 .policy = policy,
                                 .rows = LAB_ROWS(rows)};
        struct trial t = trial_run(&lab, &in);
        say_decision(&said, &t.record->decision);
        if (!slice_eq(buffer_slice(&said), slice_str(c->says)))
            fail_msg("%s: %.*s", c->name, SLICE_ARGS(buffer_slice(&said)));
        trial_free(&t);
        buffer_free(&message);
        buffer_free(&said);
        waybill_policy_free(policy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(decisions)};
    return cmocka_run_group_tests_name("decision", tests, lab_set_up, lab_tear_down);
}
