/* From results to what is done, over every combination of them. */
#include "policy/decide.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define BIT(method) (1u << (method))
#define ALL_METHODS 15u

/* --- records made by hand ------------------------------------------------------------------------
 */

/* What a record is made of. */
struct results {
    enum waybill_result spf, dkim, arc, dmarc;
    enum dmarc_policy policy; /* of a DMARC that fails */
    enum { RULE_NONE, RULE_MATCHES, RULE_TEMPORARY } rule;
};

struct made {
    struct waybill_record record;
    struct signature signature;
    struct signature *signatures[1];
    struct dmarc_author author;
};

static void make(const struct results *r, struct made *out)
{
    *out = (struct made){.signature = {.verdict = {r->dkim, NULL}},
                         .author = {.domain = SLICE("author.example"),
                                    .verdict = {r->dmarc, NULL},
                                    .policy = r->policy}};
    out->signatures[0] = &out->signature;
    out->record = (struct waybill_record){
        .methods = ALL_METHODS,
        .spf = {.of = {[SPF_MAIL_FROM] = {.verdict = {r->spf, NULL},
                                          .domain = SLICE("sender.example")}}},
        .dkim = {.signatures = out->signatures, .n = r->dkim != WAYBILL_RESULT_NONE},
        .arc = {.verdict = {r->arc, NULL}},
        .dmarc = {.authors = &out->author,
                  .n = 1,
                  .verdict = {r->dmarc, NULL},
                  .policy = r->dmarc == WAYBILL_RESULT_FAIL ? r->policy : DMARC_NONE},
        .decision = {.rule = {.name = "rule",
                              .matched = r->rule == RULE_MATCHES,
                              .temporary = r->rule == RULE_TEMPORARY}}};
}

static struct decision decided(const struct results *r, unsigned reject, unsigned defer)
{
    struct waybill_policy policy = {.in_force = 0, .reject = reject, .defer = defer};
    struct arena arena = arena_new();
    struct made made;
    make(r, &made);
    assert_int_equal(decide(&policy, &arena, &made.record), WAYBILL_OK);
    arena_free(&arena);
    made.record.decision.reply = made.record.decision.reason = NULL; /* gone with the arena */
    return made.record.decision;
}

/* --- what a rule can do (design 5.1) -------------------------------------------------------------
 */

typedef void property(const struct results *r, unsigned reject, unsigned defer);

/* Each result of SPF, DKIM, ARC and DMARC with each policy, each with every choice of what is
 * enforced. */
static void for_all(property *holds)
{
    static const enum waybill_result results[] = {WAYBILL_RESULT_NONE, WAYBILL_RESULT_PASS,
                                                  WAYBILL_RESULT_FAIL, WAYBILL_RESULT_TEMPERROR};
    enum { RESULTS = sizeof results / sizeof results[0], POLICIES = DMARC_REJECT + 1 };
    for (unsigned i = 0; i < RESULTS * RESULTS * RESULTS * RESULTS * POLICIES; i++) {
        unsigned n = i;
        struct results r = {.spf = results[n % RESULTS]};
        r.dkim = results[(n /= RESULTS) % RESULTS];
        r.arc = results[(n /= RESULTS) % RESULTS];
        r.dmarc = results[(n /= RESULTS) % RESULTS];
        r.policy = (enum dmarc_policy)(n / RESULTS);
        for (unsigned reject = 0; reject <= ALL_METHODS; reject++)
            for (unsigned defer = 0; defer <= ALL_METHODS; defer += 5)
                holds(&r, reject, defer);
    }
}

/* A rule that matches does just what a DMARC that asks for nothing would do, and no more. */
static void lifts_dmarc_alone(const struct results *r, unsigned reject, unsigned defer)
{
    struct results with = *r, asks_nothing = *r;
    with.rule = RULE_MATCHES;
    if (r->dmarc == WAYBILL_RESULT_FAIL)
        asks_nothing.policy = DMARC_NONE;
    struct decision a = decided(&with, reject, defer), b = decided(&asks_nothing, reject, defer);
    assert_int_equal(a.disposition, b.disposition);
    assert_int_equal(a.failed, b.failed);
    assert_int_equal(a.deferring, b.deferring);
    assert_int_equal(a.lifted, r->dmarc == WAYBILL_RESULT_FAIL && r->policy != DMARC_NONE);
}

/* Without a rule that matches a chain, good or bad, changes nothing unless ARC is enforced. */
static void chain_changes_nothing(const struct results *r, unsigned reject, unsigned defer)
{
    struct results other = *r;
    reject &= ~BIT(WAYBILL_METHOD_ARC);
    defer &= ~BIT(WAYBILL_METHOD_ARC);
    other.arc = WAYBILL_RESULT_NONE;
    assert_int_equal(decided(r, reject, defer).disposition,
                     decided(&other, reject, defer).disposition);
}

/* A temporary error of a method is never reason to reject (design 5.4). */
static void temporary_is_no_failure(const struct results *r, unsigned reject, unsigned defer)
{
    struct decision d = decided(r, reject, defer);
    const struct {
        enum waybill_method method;
        enum waybill_result result;
    } all[] = {{WAYBILL_METHOD_SPF, r->spf},
               {WAYBILL_METHOD_DKIM, r->dkim},
               {WAYBILL_METHOD_ARC, r->arc},
               {WAYBILL_METHOD_DMARC, r->dmarc}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        bool temporary = all[i].result == WAYBILL_RESULT_TEMPERROR;
        assert_false(temporary && d.failed & BIT(all[i].method));
        assert_int_equal(temporary && defer & BIT(all[i].method),
                         (d.deferring & BIT(all[i].method)) != 0);
    }
}

/* Nobody is deferred or rejected for what the operator does not enforce. */
static void nothing_without_enforcement(const struct results *r, unsigned reject, unsigned defer)
{
    struct decision d = decided(r, reject, defer);
    assert_int_equal(d.failed & ~reject, 0);
    assert_int_equal(d.deferring & ~defer, 0);
    assert_int_equal(d.disposition == WAYBILL_REJECT, d.failed != 0);
    assert_true(d.disposition != WAYBILL_DEFER || d.deferring);
}

/* A rule that an error keeps from an answer: DMARC's demand waits only where ARC is waited for. */
static void undecided_rule_waits(const struct results *r, unsigned reject, unsigned defer)
{
    struct results with = *r;
    with.rule = RULE_TEMPORARY;
    bool asks = r->dmarc == WAYBILL_RESULT_FAIL && r->policy != DMARC_NONE;
    bool waits = asks && defer & BIT(WAYBILL_METHOD_ARC);
    struct decision d = decided(&with, reject, defer), without = decided(r, reject, defer);
    assert_false(d.lifted);
    assert_false(waits && d.failed & BIT(WAYBILL_METHOD_DMARC));
    assert_false(waits && !(d.deferring & BIT(WAYBILL_METHOD_ARC)));
    if (!waits)
        assert_int_equal(d.disposition, without.disposition);
}

static void properties(void **state)
{
    (void)state;
    static property *const all[] = {lifts_dmarc_alone, chain_changes_nothing,
                                    temporary_is_no_failure, nothing_without_enforcement,
                                    undecided_rule_waits};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        for_all(all[i]);
}

/* --- words --------------------------------------------------------------------------------------
 */

#define PASS WAYBILL_RESULT_PASS
#define FAIL WAYBILL_RESULT_FAIL
#define TEMP WAYBILL_RESULT_TEMPERROR

static const struct reply_case {
    const char *name;
    struct results results;
    const char *explanation;
    const char *reply, *reason;
} reply_cases[] = {
    {"DMARC",
     {PASS, PASS, PASS, FAIL, DMARC_REJECT, RULE_NONE},
     NULL,
     "550 5.7.1 rejected per DMARC policy of author.example",
     "DMARC fails, and that is enforced"},
    {"SPF",
     {FAIL, PASS, PASS, PASS, DMARC_NONE, RULE_NONE},
     NULL,
     "550 5.7.23 SPF: the client may not send for sender.example",
     "SPF fails, and that is enforced"},
    {"SPF with the domain's own words",
     {FAIL, PASS, PASS, PASS, DMARC_NONE, RULE_NONE},
     "see \\ http://sender.example/",
     "550 5.7.23 SPF: the client may not send for sender.example; sender.example explains: see "
     "\\\\ http://sender.example/",
     "SPF fails, and that is enforced"},
    {"DKIM",
     {PASS, FAIL, PASS, PASS, DMARC_NONE, RULE_NONE},
     NULL,
     "550 5.7.20 DKIM: no signature passes",
     "DKIM fails, and that is enforced"},
    {"ARC",
     {PASS, PASS, FAIL, PASS, DMARC_NONE, RULE_NONE},
     NULL,
     "550 5.7.29 ARC: the chain does not validate",
     "ARC fails, and that is enforced"},
    {"several",
     {FAIL, PASS, PASS, FAIL, DMARC_REJECT, RULE_NONE},
     "it is not ours",
     "550 5.7.26 several checks fail: DMARC, SPF",
     "DMARC, SPF fail, and that is enforced"},
    {"SPF cannot be judged now",
     {TEMP, PASS, PASS, PASS, DMARC_NONE, RULE_NONE},
     NULL,
     "451 4.7.24 SPF cannot be judged now: try again later",
     "SPF cannot be judged now"},
    {"DMARC cannot be judged now",
     {PASS, PASS, PASS, TEMP, DMARC_NONE, RULE_NONE},
     NULL,
     "451 4.7.5 DMARC cannot be judged now: try again later",
     "DMARC cannot be judged now"},
    {"several cannot",
     {TEMP, TEMP, PASS, TEMP, DMARC_NONE, RULE_NONE},
     NULL,
     "451 4.7.5 DMARC, SPF, DKIM cannot be judged now: try again later",
     "DMARC, SPF, DKIM cannot be judged now"},
    {"quarantine is no reply",
     {PASS, PASS, PASS, FAIL, DMARC_QUARANTINE, RULE_NONE},
     NULL,
     NULL,
     "DMARC asks for quarantine"},
    {"lifted",
     {PASS, PASS, PASS, FAIL, DMARC_REJECT, RULE_MATCHES},
     NULL,
     NULL,
     "DMARC asks for reject, which the rule rule lifts"},
    {"well",
     {PASS, PASS, PASS, PASS, DMARC_NONE, RULE_NONE},
     NULL,
     NULL,
     "nothing that is enforced fails"},
};

static void replies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reply_cases / sizeof reply_cases[0]; i++) {
        const struct reply_case *c = &reply_cases[i];
        struct waybill_policy policy = {.in_force = 0, .reject = ALL_METHODS, .defer = ALL_METHODS};
        struct arena arena = arena_new();
        struct made made;
        make(&c->results, &made);
        if (c->explanation)
            made.record.spf.of[SPF_MAIL_FROM].explanation = slice_str(c->explanation);
        assert_int_equal(decide(&policy, &arena, &made.record), WAYBILL_OK);
        const struct decision *d = &made.record.decision;
        if (strcmp(d->reason, c->reason) != 0)
            fail_msg("%s: %s", c->name, d->reason);
        if (!d->reply != !c->reply || (c->reply && strcmp(d->reply, c->reply) != 0))
            fail_msg("%s: %s", c->name, d->reply ? d->reply : "no reply");
        arena_free(&arena);
    }
}

static void not_enforced(void **state)
{
    (void)state;
    struct waybill_policy policy = {.in_force = POLICY_NO_RULE};
    struct results results = {PASS, PASS, PASS, FAIL, DMARC_REJECT, RULE_NONE};
    struct arena arena = arena_new();
    struct made made;
    make(&results, &made);
    assert_int_equal(decide(&policy, &arena, &made.record), WAYBILL_OK);
    assert_int_equal(made.record.decision.disposition, WAYBILL_DELIVER);
    assert_string_equal(made.record.decision.reason,
                        "DMARC asks for reject, which is not enforced");
    arena_free(&arena);
}

/* What strangers wrote does not make a reply longer than SMTP allows. */
static void long_words(void **state)
{
    (void)state;
    char name[LIMIT_NAME_OCTETS + 1], words[2000];
    memset(name, 'a', sizeof name);
    memset(words, '\\', sizeof words);
    struct waybill_policy policy = {.in_force = POLICY_NO_RULE, .reject = ALL_METHODS};
    struct results results = {FAIL, PASS, PASS, PASS, DMARC_NONE, RULE_NONE};
    struct arena arena = arena_new();
    struct made made;
    make(&results, &made);
    made.record.spf.of[SPF_MAIL_FROM].domain = slice_of(name, LIMIT_NAME_OCTETS);
    made.record.spf.of[SPF_MAIL_FROM].explanation = slice_of(words, sizeof words);
    assert_int_equal(decide(&policy, &arena, &made.record), WAYBILL_OK);
    assert_true(strlen(made.record.decision.reply) <= LIMIT_REPLY_OCTETS);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(properties),
        cmocka_unit_test(replies),
        cmocka_unit_test(not_enforced),
        cmocka_unit_test(long_words),
    };
    return cmocka_run_group_tests_name("decide", tests, NULL, NULL);
}
