/* What holds of every message and zone, tried with such of chance. SEED and ROUNDS in the
 * environment repeat a run. */
#include "base/limits.h"
#include "support/dmarc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *const records[] = {
    "v=DMARC1; p=reject",
    "v=DMARC1; p=none; psd=n",
    "v=DMARC1; p=reject; psd=y",
    "v=DMARC1; p=reject; np=none",
    "v=DMARC1; p=reject; adkim=s; aspf=s",
    "v=DMARC1; p=x",
    "hello",
};
static const char *const names[] = {
    "example",   "a.example",   "b.a.example",     "c.b.a.example",
    "b.example", "x.b.example", "d.c.b.a.example", "a.b.c.d.e.f.g.h.a.example"};

enum { NAMES = sizeof names / sizeof names[0], ZONE_ROWS = 2 * NAMES };

/* A zone of chance; its names live in `room`. */
static void make_zone(struct prng *p, char room[NAMES][64], struct dns_row rows[ZONE_ROWS])
{
    for (size_t i = 0; i < NAMES; i++) {
        size_t kind = prng_below(p, 12);
        snprintf(room[i], sizeof room[i], "_dmarc.%s", names[i]);
        rows[i] = (struct dns_row){room[i], WAYBILL_ANSWERED, {NULL}};
        if (kind < 6)
            rows[i].texts[0] = records[prng_below(p, sizeof records / sizeof records[0])];
        else if (kind == 6)
            rows[i].texts[0] = rows[i].texts[1] = records[0];
        else
            rows[i].status = kind == 7   ? WAYBILL_SERVFAIL
                             : kind == 8 ? WAYBILL_TIMEOUT
                             : kind == 9 ? WAYBILL_NODATA
                                         : WAYBILL_NXDOMAIN;
        rows[NAMES + i] = (struct dns_row){
            names[i], prng_below(p, 2) ? WAYBILL_NXDOMAIN : WAYBILL_NODATA, {NULL}};
        if (prng_below(p, 6) == 0)
            rows[NAMES + i].status = WAYBILL_SERVFAIL;
    }
}

/* The words of `final` with every standing but "none" open; what comes later is in `later`. */
static void make_identifiers(struct prng *p, char text[1024])
{
    static const char *const standings[] = {"pass", "pass", "fail", "uncertain"};
    size_t n = prng_below(p, 4) == 0 ? 24 : prng_below(p, 5);
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        const char *method = prng_below(p, 2) ? "dkim" : "spf";
        const char *standing = standings[prng_below(p, 4)];
        const char *domain = names[prng_below(p, NAMES)];
        if (prng_below(p, 8) == 0)
            at += (size_t)snprintf(text + at, 1024 - at, "%s%s=none", i ? " " : "", method);
        else if (prng_below(p, 3) == 0) /* many domains, so that not all are asked ahead */
            at += (size_t)snprintf(text + at, 1024 - at, "%s%s=%s:s%zu.%s", i ? " " : "", method,
                                   standing, i, i < 20 ? "a.example" : "b.example");
        else
            at += (size_t)snprintf(text + at, 1024 - at, "%s%s=%s:%s", i ? " " : "", method,
                                   standing, domain);
    }
}

/* One message and its zone. */
struct chance {
    char from[256], identifiers[1024], room[NAMES][64];
    struct dns_row zone[ZONE_ROWS];
};

static void make_chance(struct prng *p, struct chance *out)
{
    make_zone(p, out->room, out->zone);
    make_identifiers(p, out->identifiers);
    snprintf(out->from, sizeof out->from, "a@%s%s%s", names[prng_below(p, NAMES)],
             prng_below(p, 2) ? ", b@" : ", c@x.", names[prng_below(p, NAMES)]);
}

static void start(struct dmarc_trial *t, const struct chance *c)
{
    dmarc_trial_start(t, c->from, c->identifiers, c->zone, ZONE_ROWS);
}

/* --- the order of answers --------------------------------------------------------------------- */

/* Some of the open questions, in any order, and some of the standings, with steps between. */
static void shuffle(struct prng *p, struct dmarc_trial *t)
{
    enum dmarc_standing final[DMARC_TRIAL_IDENTIFIERS];
    for (size_t i = 0; i < t->n; i++) {
        final[i] = t->identifiers[i].standing;
        if (final[i] != DMARC_NOT_RUN && prng_below(p, 2))
            t->identifiers[i].standing = DMARC_OPEN;
    }
    for (size_t round = 0; round < 40; round++) {
        const struct waybill_question *open;
        size_t n;
        if (t->n > 0 && prng_below(p, 2)) {
            size_t i = prng_below(p, t->n);
            t->identifiers[i].standing = final[i];
        }
        assert_int_equal(questions_open(&t->questions, &open, &n), WAYBILL_OK);
        for (size_t k = n ? prng_below(p, n + 1) : 0; k > 0; k--)
            dmarc_trial_answer(t, &open[prng_below(p, n)]);
        if (prng_below(p, 2))
            dmarc_trial_step(t);
    }
    for (size_t i = 0; i < t->n; i++)
        t->identifiers[i].standing = final[i];
    dmarc_trial_finish(t);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of questions, used or not, sorted: they may be raised in another order. */
static const char *sorted_questions(struct dmarc_trial *t, bool used)
{
    struct buffer b = buffer_new(1 << 16);
    const char *all[LIMIT_QUESTIONS];
    size_t n = 0;
    for (size_t i = 0; i < t->questions.n; i++)
        if (t->questions.all[i]->used == used)
            all[n++] = arena_printf(&t->arena, "%s/%d/%u", t->questions.all[i]->question.name,
                                    (int)t->questions.all[i]->question.type,
                                    t->questions.all[i]->question.wave);
    qsort(all, n, sizeof *all, by_text);
    for (size_t i = 0; i < n; i++)
        buffer_printf(&b, "%s ", all[i]);
    char *text = arena_printf(&t->arena, "%.*s", (int)b.n, (const char *)b.p);
    buffer_free(&b);
    assert_non_null(text);
    return text;
}

static bool same_outcome(struct dmarc_trial *a, struct dmarc_trial *b)
{
    return strcmp(dmarc_trial_text(a), dmarc_trial_text(b)) == 0 &&
           strcmp(sorted_questions(a, true), sorted_questions(b, true)) == 0 &&
           strcmp(sorted_questions(a, false), sorted_questions(b, false)) == 0;
}

static void any_order(void **state)
{
    (void)state;
    uint64_t seed = seed_of_run(9989);
    for (unsigned round = 0, rounds = rounds_of_run(2000); round < rounds; round++) {
        struct prng p = {seed + round};
        struct chance c;
        struct dmarc_trial once, again;
        make_chance(&p, &c);
        start(&once, &c);
        dmarc_trial_finish(&once);
        for (int way = 0; way < 4; way++) {
            start(&again, &c);
            shuffle(&p, &again);
            if (!same_outcome(&once, &again))
                fail_msg("SEED=%llu, round %u\n%s%s\n%s%s", (unsigned long long)seed, round,
                         dmarc_trial_text(&once), sorted_questions(&once, true),
                         dmarc_trial_text(&again), sorted_questions(&again, true));
            dmarc_trial_free(&again);
        }
        dmarc_trial_free(&once);
    }
}

/* --- what is certain ----------------------------------------------------------------------------
 */

/* In place of every temporary error the answer that was to come, of chance. */
static void resolve(struct prng *p, struct chance *c)
{
    for (size_t i = 0; i < ZONE_ROWS; i++) {
        struct dns_row *row = &c->zone[i];
        if (row->status != WAYBILL_SERVFAIL && row->status != WAYBILL_TIMEOUT)
            continue;
        row->status = prng_below(p, 2) ? WAYBILL_NXDOMAIN : WAYBILL_NODATA;
        if (i < NAMES && prng_below(p, 3) > 0) {
            row->status = WAYBILL_ANSWERED;
            row->texts[0] = records[prng_below(p, sizeof records / sizeof records[0])];
        }
    }
}

static void resolve_identifiers(struct prng *p, struct dmarc_trial *t)
{
    for (size_t i = 0; i < t->n; i++) {
        struct dmarc_identifier *id = &t->identifiers[i];
        if (id->standing == DMARC_UNCERTAIN || id->standing == DMARC_NOT_RUN)
            id->standing = prng_below(p, 2) && id->domain.n ? DMARC_PASSED : DMARC_FAILED;
    }
}

static bool is_certain(enum waybill_result result)
{
    return result == WAYBILL_RESULT_PASS || result == WAYBILL_RESULT_FAIL ||
           result == WAYBILL_RESULT_NONE;
}

/* A temporary error becomes no verdict that another answer in its place would not give, too; and a
 * fail has the policy that it would then have. */
static void certain_verdicts_stay(void **state)
{
    (void)state;
    uint64_t seed = seed_of_run(7489);
    for (unsigned round = 0, rounds = rounds_of_run(5000); round < rounds; round++) {
        struct prng p = {seed + round};
        struct chance c;
        struct dmarc_trial once, again;
        make_chance(&p, &c);
        start(&once, &c);
        dmarc_trial_finish(&once);
        struct chance then = c;
        for (size_t i = 0; i < NAMES; i++)
            then.zone[i].name = then.room[i];
        resolve(&p, &then);
        start(&again, &then);
        resolve_identifiers(&p, &again);
        dmarc_trial_finish(&again);
        for (size_t i = 0; i < once.dmarc.n; i++) {
            const struct dmarc_author *a = &once.dmarc.authors[i], *b = &again.dmarc.authors[i];
            bool fails = a->verdict.result == WAYBILL_RESULT_FAIL;
            if ((is_certain(a->verdict.result) && a->verdict.result != b->verdict.result) ||
                (fails && a->policy != b->policy))
                fail_msg("SEED=%llu, round %u\n%s\n%s", (unsigned long long)seed, round,
                         dmarc_trial_text(&once), dmarc_trial_text(&again));
        }
        dmarc_trial_free(&again);
        dmarc_trial_free(&once);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order),
        cmocka_unit_test(certain_verdicts_stay),
    };
    return cmocka_run_group_tests_name("dmarc_chance", tests, NULL, NULL);
}
