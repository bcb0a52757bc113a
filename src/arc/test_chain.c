#include "arc/chain.h"

#include "base/limits.h"
#include "support/forge.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { HOPS = 4, EDITS = 2 };

static const struct dns_row rows[] = {
    {"rsa._domainkey.slow.example", WAYBILL_TIMEOUT, {NULL}},
    {"rsa._domainkey.broken.example", WAYBILL_SERVFAIL, {NULL}},
    {"rsa._domainkey.gone.example", WAYBILL_NXDOMAIN, {NULL}},
    {"rsa._domainkey.none.example", WAYBILL_NODATA, {NULL}},
    {"rsa._domainkey.revoked.example", WAYBILL_ANSWERED, {"p="}},
};

#define AAR "ARC-Authentication-Results"
#define AMS "ARC-Message-Signature"
#define SEAL "ARC-Seal"

#define SET(i, cv, first, domain)        \
    {                                    \
        i, cv, first, domain, NULL, NULL \
    }

/*
 * Sets as they were put on, edits at the end ("" for `from`: put on top), and what is found: the
 * verdict, its element and instance, and of each set the results of its message signature and seal:
 * P pass, F fail, N neutral, O policy, E permerror, T temperror, - not evaluated, . absent.
 */
static const struct chain_case {
    const char *name;
    struct hop {
        unsigned i;
        const char *cv;
        unsigned first; /* its seal covers from here; 0: nothing is put on */
        const char *domain;
        const char *from, *to; /* changed before the hop seals */
    } hops[HOPS];
    struct edit {
        const char *from, *to;
    } edits[EDITS];
    enum waybill_result result;
    const char *why, *element;
    unsigned instance;
    const char *table;
    int oldest; /* -1: not told */
} cases[] = {
    {"no chain", {{0}}, {{0}}, WAYBILL_RESULT_NONE, NULL, NULL, 0, "", -1},
    {"one", {SET(1, "none", 1, "a.example")}, {{0}}, WAYBILL_RESULT_PASS, NULL, NULL, 0, "PP ", 0},
    {"three",
     {SET(1, "none", 1, "a.example"), SET(2, "pass", 1, "b.example"),
      SET(3, "pass", 1, "c.example")},
     {{0}},
     WAYBILL_RESULT_PASS,
     NULL,
     NULL,
     0,
     "PP PP PP ",
     0},
    {"a list that changes the subject",
     {SET(1, "none", 1, "a.example"),
      {2, "pass", 1, "b.example", "Subject: x", "Subject: [l] x"},
      SET(3, "pass", 1, "c.example")},
     {{0}},
     WAYBILL_RESULT_PASS,
     NULL,
     NULL,
     0,
     "FP PP PP ",
     2},
    {"lists that change all the time",
     {SET(1, "none", 1, "a.example"),
      {2, "pass", 1, "b.example", "Subject: x", "Subject: [l] x"},
      {3, "pass", 1, "c.example", "Subject: [l]", "Subject: [m]"}},
     {{0}},
     WAYBILL_RESULT_PASS,
     NULL,
     NULL,
     0,
     "FP FP PP ",
     3},
    {"only an old message signature holds again",
     {SET(1, "none", 1, "a.example"),
      {2, "pass", 1, "b.example", "Subject: x", "Subject: y"},
      {3, "pass", 1, "c.example", "Subject: y", "Subject: x"}},
     {{0}},
     WAYBILL_RESULT_PASS,
     NULL,
     NULL,
     0,
     "PP FP PP ",
     3},

    {"changed after the last",
     {SET(1, "none", 1, "a.example"), SET(2, "pass", 1, "b.example")},
     {{"Subject: x", "Subject: y"}},
     WAYBILL_RESULT_FAIL,
     "signature did not verify",
     AMS,
     2,
     "FP FP ",
     -1},
    {"body changed after the last",
     {SET(1, "none", 1, "a.example")},
     {{"body", "cadaver"}},
     WAYBILL_RESULT_FAIL,
     "body hash did not verify",
     AMS,
     1,
     "FP ",
     -1},
    {"a field of the first set changed",
     {SET(1, "none", 1, "a.example"), SET(2, "pass", 1, "b.example")},
     {{"i=1; a.example; none", "i=1; a.example; spf=pass"}},
     WAYBILL_RESULT_FAIL,
     "signature did not verify",
     SEAL,
     2,
     "PF PF ",
     -1},
    {"the newest seal changed",
     {SET(1, "none", 1, "a.example"), SET(2, "pass", 1, "b.example")},
     {{"ARC-Seal: i=2;", "ARC-Seal: i=2; y=1;"}},
     WAYBILL_RESULT_FAIL,
     "signature did not verify",
     SEAL,
     2,
     "PP PF ",
     -1},
    {"the first seal changed",
     {SET(1, "none", 1, "a.example"), SET(2, "pass", 1, "b.example")},
     {{"ARC-Seal: i=1;", "ARC-Seal: i=1; y=1;"}},
     WAYBILL_RESULT_FAIL,
     "signature did not verify",
     SEAL,
     2,
     "PF PF ",
     -1},
    {"a seal over too little",
     {SET(1, "none", 1, "a.example"), SET(2, "pass", 2, "b.example")},
     {{0}},
     WAYBILL_RESULT_FAIL,
     "signature did not verify",
     SEAL,
     2,
     "PP PF ",
     -1},
    {"seals may be folded anew",
     {SET(1, "none", 1, "a.example"), SET(2, "pass", 1, "b.example")},
     {{"ARC-Seal: i=1; a=rsa-sha256;", "ARC-seal:i=1;\r\n\ta=rsa-sha256;"}},
     WAYBILL_RESULT_PASS,
     NULL,
     NULL,
     0,
     "PP PP ",
     0},

    {"a gap",
     {SET(1, "none", 1, "a.example"), SET(3, "pass", 1, "c.example")},
     {{0}},
     WAYBILL_RESULT_FAIL,
     "the set has no ARC-Authentication-Results",
     NULL,
     2,
     "PP .. P- ",
     -1},
    {"the first is missing",
     {SET(2, "pass", 1, "b.example")},
     {{0}},
     WAYBILL_RESULT_FAIL,
     "the set has no ARC-Authentication-Results",
     NULL,
     1,
     ".. P- ",
     -1},
    {"no AAR",
     {SET(1, "none", 1, "a.example"), SET(2, "pass", 1, "b.example")},
     {{AAR ": i=1", "X: i=1"}},
     WAYBILL_RESULT_FAIL,
     "the set has no ARC-Authentication-Results",
     NULL,
     1,
     "P- P- ",
     -1},
    {"no message signature",
     {SET(1, "none", 1, "a.example"), SET(2, "pass", 1, "b.example")},
     {{AMS ": i=1", "X: i=1"}},
     WAYBILL_RESULT_FAIL,
     "the set has no ARC-Message-Signature",
     NULL,
     1,
     ".- P- ",
     -1},
    {"no seal",
     {SET(1, "none", 1, "a.example"), SET(2, "pass", 1, "b.example")},
     {{SEAL ": i=1", "X: i=1"}},
     WAYBILL_RESULT_FAIL,
     "the set has no ARC-Seal",
     NULL,
     1,
     "P. P- ",
     -1},
    {"no seal in the newest",
     {SET(1, "none", 1, "a.example"), SET(2, "pass", 1, "b.example")},
     {{SEAL ": i=2", "X: i=2"}},
     WAYBILL_RESULT_FAIL,
     "the set has no ARC-Seal",
     NULL,
     2,
     "PP P. ",
     -1},

    {"two AARs",
     {SET(1, "none", 1, "a.example")},
     {{"", AAR ": i=1; evil.example; none\r\n"}},
     WAYBILL_RESULT_FAIL,
     "there are several with this i=",
     AAR,
     1,
     "P- ",
     -1},
    {"two message signatures",
     {SET(1, "none", 1, "a.example")},
     {{"", AMS ": i=1; a=rsa-sha256; d=a.example; s=rsa; h=from; bh=AA==; b=AA==\r\n"}},
     WAYBILL_RESULT_FAIL,
     "there are several with this i=",
     AMS,
     1,
     "F- ",
     -1},
    {"two seals",
     {SET(1, "none", 1, "a.example")},
     {{"", SEAL ": i=1; a=rsa-sha256; cv=none; d=a.example; s=rsa; b=AA==\r\n"}},
     WAYBILL_RESULT_FAIL,
     "there are several with this i=",
     SEAL,
     1,
     "P- ",
     -1},
    {"AAR of no set",
     {SET(1, "none", 1, "a.example")},
     {{"", AAR ": i=0; a.example; none\r\n"}},
     WAYBILL_RESULT_FAIL,
     "it has no valid i=",
     AAR,
     0,
     "PP ",
     -1},
    {"AAR of set 51",
     {SET(1, "none", 1, "a.example")},
     {{"", AAR ": i=51; a.example; none\r\n"}},
     WAYBILL_RESULT_FAIL,
     "it has no valid i=",
     AAR,
     0,
     "PP ",
     -1},
    {"a seal without i=",
     {SET(1, "none", 1, "a.example")},
     {{"", SEAL ": cv=none\r\n"}},
     WAYBILL_RESULT_FAIL,
     "it has no valid i=",
     SEAL,
     0,
     "PP ",
     -1},
    {"a message signature that is no tag list",
     {SET(1, "none", 1, "a.example")},
     {{"", AMS ": ;;;\r\n"}},
     WAYBILL_RESULT_FAIL,
     "it has no valid i=",
     AMS,
     0,
     "PP ",
     -1},

    {"cv=pass in the first",
     {SET(1, "pass", 1, "a.example")},
     {{0}},
     WAYBILL_RESULT_FAIL,
     "it says cv=pass, and is the first",
     SEAL,
     1,
     "PP ",
     -1},
    {"cv=none in the second",
     {SET(1, "none", 1, "a.example"), SET(2, "none", 1, "b.example")},
     {{0}},
     WAYBILL_RESULT_FAIL,
     "it says cv=none, and is not the first",
     SEAL,
     2,
     "PP PP ",
     -1},
    {"cv=fail over its own set",
     {SET(1, "none", 1, "a.example"), SET(2, "fail", 2, "b.example")},
     {{0}},
     WAYBILL_RESULT_FAIL,
     "it says cv=fail: the chain had failed before",
     SEAL,
     2,
     "PP PP ",
     -1},
    {"cv=fail over all sets",
     {SET(1, "none", 1, "a.example"), SET(2, "fail", 1, "b.example")},
     {{0}},
     WAYBILL_RESULT_FAIL,
     "it says cv=fail: the chain had failed before",
     SEAL,
     2,
     "PP PF ",
     -1},
    {"cv=fail in the first",
     {SET(1, "fail", 1, "a.example")},
     {{0}},
     WAYBILL_RESULT_FAIL,
     "it says cv=fail: the chain had failed before",
     SEAL,
     1,
     "PP ",
     -1},
    {"cv=fail, extended",
     {SET(1, "none", 1, "a.example"), SET(2, "fail", 2, "b.example"),
      SET(3, "pass", 1, "c.example")},
     {{0}},
     WAYBILL_RESULT_FAIL,
     "it says cv=fail: the chain had failed before",
     SEAL,
     2,
     "PP PP PP ",
     -1},
    {"cv=fail over its own set behind a gap",
     {SET(1, "none", 1, "a.example"), SET(3, "fail", 3, "c.example")},
     {{0}},
     WAYBILL_RESULT_FAIL,
     "the set has no ARC-Authentication-Results",
     NULL,
     2,
     "PP .. PP ",
     -1},
    {"empty cv=",
     {SET(1, "", 1, "a.example")},
     {{0}},
     WAYBILL_RESULT_FAIL,
     "cv= is not none, pass or fail",
     SEAL,
     1,
     "PN ",
     -1},
    {"cv= in capitals",
     {SET(1, "None", 1, "a.example"), SET(2, "PASS", 1, "b.example")},
     {{0}},
     WAYBILL_RESULT_PASS,
     NULL,
     NULL,
     0,
     "PP PP ",
     0},

    {"rsa-sha1",
     {SET(1, "none", 1, "a.example")},
     {{AMS ": i=1; a=rsa-sha256", AMS ": i=1; a=rsa-sha1"}},
     WAYBILL_RESULT_FAIL,
     "rsa-sha1 proves nothing any more",
     AMS,
     1,
     "OF ",
     -1},
    {"a malformed message signature",
     {SET(1, "none", 1, "a.example")},
     {{AMS ": i=1; a=rsa-sha256", AMS ": i=1; a=new"}},
     WAYBILL_RESULT_FAIL,
     "a= names no algorithm that is known",
     AMS,
     1,
     "NF ",
     -1},

    {"no answer for the newest key",
     {SET(1, "none", 1, "a.example"), SET(2, "pass", 1, "slow.example")},
     {{0}},
     WAYBILL_RESULT_TEMPERROR,
     "key not available: no answer in time",
     AMS,
     2,
     "PP TT ",
     -1},
    {"the DNS failed for the first key",
     {SET(1, "none", 1, "broken.example"), SET(2, "pass", 1, "b.example")},
     {{0}},
     WAYBILL_RESULT_TEMPERROR,
     "key not available: the DNS failed",
     SEAL,
     1,
     "TT PP ",
     -1},
    {"no answer, and a failure elsewhere",
     {SET(1, "none", 1, "a.example"), SET(2, "pass", 1, "slow.example")},
     {{"ARC-Seal: i=1;", "ARC-Seal: i=1; y=1;"}},
     WAYBILL_RESULT_FAIL,
     "signature did not verify",
     SEAL,
     1,
     "PF TT ",
     -1},
    {"no answer, and a gap",
     {SET(2, "pass", 1, "slow.example")},
     {{0}},
     WAYBILL_RESULT_FAIL,
     "the set has no ARC-Authentication-Results",
     NULL,
     1,
     ".. T- ",
     -1},
    {"no such key",
     {SET(1, "none", 1, "gone.example")},
     {{0}},
     WAYBILL_RESULT_FAIL,
     "no key record: the name does not exist",
     AMS,
     1,
     "EE ",
     -1},
    {"no key record",
     {SET(1, "none", 1, "none.example")},
     {{0}},
     WAYBILL_RESULT_FAIL,
     "no key record",
     AMS,
     1,
     "EE ",
     -1},
    {"an old key revoked",
     {SET(1, "none", 1, "revoked.example"), SET(2, "pass", 1, "b.example")},
     {{0}},
     WAYBILL_RESULT_FAIL,
     "key revoked",
     SEAL,
     1,
     "EE PP ",
     -1},
};

static char letter(const struct signature *s)
{
    static const char letters[] = {
        [WAYBILL_RESULT_NONE] = '?',      [WAYBILL_RESULT_PASS] = 'P',
        [WAYBILL_RESULT_FAIL] = 'F',      [WAYBILL_RESULT_POLICY] = 'O',
        [WAYBILL_RESULT_NEUTRAL] = 'N',   [WAYBILL_RESULT_TEMPERROR] = 'T',
        [WAYBILL_RESULT_PERMERROR] = 'E', [WAYBILL_RESULT_NOT_EVALUATED] = '-'};
    return s ? letters[s->verdict.result] : '.';
}

static char *table_of(const struct arc_chain *chain)
{
    static char text[256];
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < chain->n; i++)
        n +=
            (size_t)snprintf(text + n, sizeof text - n, "%c%c ",
                             letter(chain->sets[i].message_signature), letter(chain->sets[i].seal));
    return text;
}

static struct buffer build(const struct chain_case *c)
{
    struct buffer message = message_of("From: a@author.example\r\nSubject: x\r\n\r\nbody\r\n");
    for (const struct hop *h = c->hops; h < c->hops + HOPS && h->first; h++) {
        if (h->from)
            replace(&message, h->from, h->to);
        forge_set(&lab, h->i, h->cv, h->first, h->domain, &message);
    }
    for (const struct edit *e = c->edits; e < c->edits + EDITS && e->from; e++)
        replace(&message, e->from, e->to);
    return message;
}

static bool same(const char *a, const char *b)
{
    return !a || !b ? a == b : strcmp(a, b) == 0;
}

static void chains(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct chain_case *c = &cases[i];
        struct buffer message = build(c);
        struct trial_input in = {.message = buffer_slice(&message), .rows = LAB_ROWS(rows)};
        struct trial trial = trial_run(&lab, &in);
        const struct arc_chain *chain = &trial.record->arc;
        if (chain->verdict.result != c->result || !same(chain->verdict.why, c->why))
            fail_msg("%s: %s, %s", c->name, waybill_result_text(chain->verdict.result),
                     chain->verdict.why ? chain->verdict.why : "(no reason)");
        if (!slice_eq(chain->failing, slice_str(c->element)) ||
            chain->failing_instance != c->instance)
            fail_msg("%s: %.*s i=%u", c->name, SLICE_ARGS(chain->failing), chain->failing_instance);
        if (strcmp(table_of(chain), c->table) != 0)
            fail_msg("%s: table is %s", c->name, table_of(chain));
        if (chain->has_oldest != (c->oldest >= 0) ||
            (c->oldest >= 0 && chain->oldest_pass != (unsigned)c->oldest))
            fail_msg("%s: oldest-pass %u", c->name, chain->oldest_pass);
        trial_free(&trial);
        buffer_free(&message);
    }
}

static struct buffer chain_of(unsigned sets)
{
    struct buffer message = message_of("From: a@author.example\r\n\r\nbody\r\n");
    for (unsigned i = 1; i <= sets; i++)
        forge_set(&lab, i, i == 1 ? "none" : "pass", 1, "a.example", &message);
    return message;
}

static size_t keys_asked(const struct questions *q)
{
    size_t n = 0;
    for (size_t i = 0; i < q->n; i++)
        n += slice_iends(slice_str(q->all[i]->question.name), SLICE("._domainkey.a.example"));
    return n;
}

static void fifty_sets(void **state)
{
    (void)state;
    struct buffer message = chain_of(LIMIT_ARC_SETS);
    struct trial_input in = {.message = buffer_slice(&message)};
    struct trial trial = trial_run(&lab, &in);
    assert_int_equal(trial.record->arc.verdict.result, WAYBILL_RESULT_PASS);
    assert_int_equal(trial.record->arc.n, LIMIT_ARC_SETS);
    assert_int_equal(trial.record->arc.oldest_pass, 0);
    assert_int_equal(keys_asked(trial.record->questions), 1);
    trial_free(&trial);
    buffer_free(&message);
}

static void fifty_one_sets(void **state)
{
    (void)state;
    struct buffer message = chain_of(LIMIT_ARC_SETS + 1);
    struct trial_input in = {.message = buffer_slice(&message)};
    struct trial trial = trial_run(&lab, &in);
    const struct arc_chain *chain = &trial.record->arc;
    assert_int_equal(chain->verdict.result, WAYBILL_RESULT_FAIL);
    assert_string_equal(chain->verdict.why, "more than 50 sets");
    assert_int_equal(chain->beyond, 3);
    assert_int_equal(chain->n, LIMIT_ARC_SETS);
    trial_free(&trial);
    buffer_free(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains),
        cmocka_unit_test(fifty_sets),
        cmocka_unit_test(fifty_one_sets),
    };
    return cmocka_run_group_tests_name("chain", tests, lab_set_up, lab_tear_down);
}
