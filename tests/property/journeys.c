/*
 * Journeys: what leaves as hops of DKIM2 arrives Fully Verified, whoever forwarded, changed,
 * multiplied or handed it on, and is proved back to its originator; and what is done to it on the
 * way by anybody else is found. SEED and ROUNDS in the environment repeat a run.
 */
#include "base/limits.h"
#include "support/departure.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ADDRESS_OCTETS = 64, DOMAIN_OCTETS = 32 };

/* A message under way: where it is now, and how it came there. */
struct journey {
    struct prng p;
    struct buffer message;
    enum waybill_draft draft;
    unsigned hops;
    char author[ADDRESS_OCTETS];                   /* in From */
    char from[ADDRESS_OCTETS], to[ADDRESS_OCTETS]; /* the newest envelope */
    char here[DOMAIN_OCTETS];                      /* the domain to which it was sent */
};

static void fail_at(const struct journey *j, uint64_t seed, unsigned round, const char *what,
                    const char *why)
{
    fail_msg("SEED=%llu, round %u, hop %u: %s: %s", (unsigned long long)seed, round, j->hops, what,
             why ? why : "(no reason)");
}

static struct buffer copy_of(const struct buffer *message)
{
    struct buffer copy = buffer_new(LAB_MESSAGE_OCTETS);
    buffer_add(&copy, buffer_slice(message));
    return copy;
}

static enum lab_key any_key(struct prng *p)
{
    return prng_below(p, 8) ? LAB_ED25519 : LAB_RSA_LONG;
}

/* --- what revisers do --------------------------------------------------------------------------
 */

static void add_field(struct journey *j)
{
    static const char *const names[] = {"List-Id", "Subject", "Comments", "Reply-To"};
    char line[ADDRESS_OCTETS];
    snprintf(line, sizeof line, "%s:  [%u]  x\r\n", names[prng_below(&j->p, 4)], j->hops);
    put_on_top(&j->message, slice_str(line));
}

static void add_footer(struct journey *j)
{
    if (j->message.p[j->message.n - 1] != '\n')
        buffer_add_str(&j->message, "\r\n");
    buffer_add_str(&j->message, "-- \r\nfooter \xFF\r\n");
}

/* The author becomes one of the domain that rewrites it, which can then speak for it. */
static void rewrite_from(struct journey *j)
{
    char author[ADDRESS_OCTETS];
    snprintf(author, sizeof author, "<alice%u@%s>", j->hops, j->here);
    replace(&j->message, j->author, author);
    memcpy(j->author, author, sizeof author);
}

static void insert_line(struct journey *j)
{
    static const char *const lines[] = {"inserted\r\n", "\xE9t\xE9 \xFF\r\n", "\r\n", "a\tb \r\n"};
    struct slice all = buffer_slice(&j->message);
    struct buffer out = buffer_new(LAB_MESSAGE_OCTETS);
    size_t at = 0;
    while (!slice_starts(slice_from(all, at), SLICE("\r\n\r\n")))
        at++;
    for (at += 4; at < all.n && prng_below(&j->p, 3);)
        at = slice_find(all, '\n', at) + 1;
    at = at < all.n ? at : all.n;
    if (all.p[at - 1] == '\n') {
        buffer_add(&out, slice_sub(all, 0, at));
        buffer_add_str(&out, lines[prng_below(&j->p, 4)]);
        buffer_add(&out, slice_from(all, at));
        buffer_free(&j->message);
        j->message = out;
    }
}

/* The first line of the body goes. */
static void remove_line(struct journey *j)
{
    struct slice all = buffer_slice(&j->message);
    struct buffer out = buffer_new(LAB_MESSAGE_OCTETS);
    size_t at = 0;
    while (!slice_starts(slice_from(all, at), SLICE("\r\n\r\n")))
        at++;
    buffer_add(&out, slice_sub(all, 0, at + 4));
    buffer_add(&out, slice_from(all, slice_find(all, '\n', at + 4) + 1));
    buffer_free(&j->message);
    j->message = out;
}

static void add_trace(struct journey *j)
{
    put_on_top(&j->message, SLICE("Received: by x\r\nX-Note: y\r\n"));
}

static void revise(struct journey *j)
{
    static void (*const changes[])(struct journey *) = {add_field,   add_footer,  rewrite_from,
                                                        insert_line, remove_line, add_trace};
    for (size_t n = 1 + prng_below(&j->p, 3); n > 0; n--)
        changes[prng_below(&j->p, sizeof changes / sizeof *changes)](j);
}

/* --- hops --------------------------------------------------------------------------------------
 */

/* The next addresses: bounces come from below a domain now and then, or have no sender at all. */
static void next_envelope(struct journey *j, const char *domain)
{
    static const char *const before[] = {"owner@", "b@bounce.", "j\xC3\xBCrg@", ""};
    size_t n = prng_below(&j->p, 4);
    snprintf(j->from, sizeof j->from, "<%s%s>", before[n], n < 3 ? domain : "");
    snprintf(j->here, sizeof j->here, "d%u.example", j->hops + 1);
    snprintf(j->to, sizeof j->to, "<u%u@%s>", j->hops + 1, j->here);
}

/* Signs for `domain`, after a hop for the place where it arrived if that is another. */
static void leave(struct journey *j, const char *domain, const struct buffer *before,
                  const struct waybill_envelope *arrived)
{
    static const char *const exploded[] = {"exploded"};
    struct plain_hop first, last;
    struct waybill_dkim2_hop hops[2];
    char here[DOMAIN_OCTETS];
    size_t n = 0;
    memcpy(here, j->here, sizeof here);
    next_envelope(j, domain);
    if (strcmp(here, domain) != 0) {
        plain_hop(&lab, any_key(&j->p), here, NULL, "", &first);
        hops[n] = first.hop;
        hops[n].rcpts = 0;
        hops[n++].next_domain = domain;
    }
    plain_hop(&lab, any_key(&j->p), domain, j->from, j->to, &last);
    hops[n] = last.hop;
    hops[n].flags = exploded;
    hops[n++].n_flags = prng_below(&j->p, 4) == 0;
    depart_well(
        &lab,
        &(struct departure){
            .draft = j->draft, .hops = hops, .n_hops = n, .arrived = arrived, .before = before},
        &j->message);
    j->hops += (unsigned)n;
}

static void begin(struct journey *j, uint64_t seed)
{
    *j = (struct journey){.p = {seed}, .author = "<alice@author.example>"};
    j->draft = prng_below(&j->p, 4) ? WAYBILL_DRAFT_09 : WAYBILL_DRAFT_06;
    j->message = message_of_chance(&j->p, false);
    snprintf(j->here, sizeof j->here, "author.example");
    leave(j, prng_below(&j->p, 4) ? "author.example" : "provider.example", NULL, NULL);
}

/* `elsewhere`: the envelope that leaves may be of another domain, which takes two hops. */
static void pass_on(struct journey *j, bool elsewhere)
{
    char from[ADDRESS_OCTETS], to[ADDRESS_OCTETS], other[DOMAIN_OCTETS];
    const char *recipient = to;
    const struct waybill_envelope arrived = {.mail_from = from, .rcpt_to = &recipient, .rcpts = 1};
    struct buffer before = copy_of(&j->message);
    /* The octets of chance are not all UTF-8, of which no recipe of 06 can hold what went. */
    bool revises = j->draft == WAYBILL_DRAFT_09 && prng_below(&j->p, 2);
    memcpy(from, j->from, sizeof from);
    memcpy(to, j->to, sizeof to);
    elsewhere = elsewhere && prng_below(&j->p, 5) == 0;
    snprintf(other, sizeof other, "%s", elsewhere ? "srs.example" : j->here);
    if (revises)
        revise(j);
    leave(j, other, revises ? &before : NULL, &arrived);
    buffer_free(&before);
}

/* --- arrival -----------------------------------------------------------------------------------
 */

static void assert_proved(struct journey *j, uint64_t seed, unsigned round)
{
    const char *to = j->to;
    const struct waybill_envelope envelope = {.mail_from = j->from, .rcpt_to = &to, .rcpts = 1};
    struct trial t = arrive(&lab, &j->message, j->draft, &envelope);
    const struct dkim2 *d = &t.record->dkim2;
    if (d->verdict.result != WAYBILL_RESULT_PASS)
        fail_at(j, seed, round, waybill_result_text(d->verdict.result), d->verdict.why);
    assert_int_equal(d->n_signatures, j->hops);
    for (size_t i = 0; i < d->n_signatures; i++)
        if (d->signatures[i]->result != WAYBILL_RESULT_PASS)
            fail_at(j, seed, round, "a signature", d->signatures[i]->why);
    for (size_t i = 0; i < d->n_instances; i++)
        if (d->instances[i]->result != WAYBILL_RESULT_PASS)
            fail_at(j, seed, round, "an instance", d->instances[i]->why);
    trial_free(&t);
}

static void journeys(void **state)
{
    (void)state;
    uint64_t seed = seed_of_run(2026);
    for (unsigned round = 0, rounds = rounds_of_run(60); round < rounds; round++) {
        struct journey j;
        begin(&j, seed + round);
        unsigned most = (unsigned)prng_below(&j.p, 8);
        for (unsigned i = 0; i < most; i++)
            pass_on(&j, true);
        assert_proved(&j, seed, round);
        buffer_free(&j.message);
    }
}

/* As long as a chain can be, and no longer. */
static void fifty_hops(void **state)
{
    (void)state;
    struct journey j;
    begin(&j, seed_of_run(50));
    while (j.hops < LIMIT_DKIM2_HOPS)
        pass_on(&j, j.hops + 2 <= LIMIT_DKIM2_HOPS);
    assert_proved(&j, 50, 0);
    const char *to = j.to;
    const struct waybill_envelope arrived = {.mail_from = j.from, .rcpt_to = &to, .rcpts = 1};
    struct plain_hop hop;
    char reason[200];
    plain_hop(&lab, LAB_ED25519, j.here, "<>", "a@b.example", &hop);
    assert_int_equal(
        depart(&lab,
               &(struct departure){
                   .draft = j.draft, .hops = &hop.hop, .n_hops = 1, .arrived = &arrived},
               &j.message, reason),
        WAYBILL_REFUSED);
    buffer_free(&j.message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(journeys),
        cmocka_unit_test(fifty_hops),
    };
    return cmocka_run_group_tests_name("journeys", tests, lab_set_up, lab_tear_down);
}
