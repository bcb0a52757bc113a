/*
 * Journeys of chance, signed by a second reading of the draft: they verify to the originator; what
 * is changed in what was signed is found where it was changed; a hop that is taken away, repeated,
 * exchanged or borrowed is found; what nobody signs may come and go; and what passes by one draft
 * only is never a pass by the other. SEED and ROUNDS in the environment repeat a run.
 */
#include "support/custody.h"
#include "dkim2/also.h"
#include "support/custody_forge.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { HOPS_MOST = 50, NAME = 64, PATH = 128, SUBJECT = 512, TEXT = 1024 };

/* A message on its way, and what the next hop has to know. */
struct journey {
    struct buffer octets;
    unsigned i, m;
    unsigned lines, tags, lists;     /* of the body; in the subject; fields that lists added */
    unsigned flour;                  /* how often the first line was changed */
    unsigned brought[HOPS_MOST + 1]; /* by instance: the hop that made it */
    char domain[NAME];               /* that signs next */
    char mail_from[PATH], rcpt_to[PATH];
};

static const char message[] = "Received: from there\r\n"
                              "From: Alice <alice@d0.example>,\r\n Al <al@mail.d0.example>\r\n"
                              "To: list@d1.example\r\n"
                              "Subject: Bread\r\n"
                              "Comments: one\r\n"
                              "X-Mailer: none\r\n"
                              "comments: two\r\n"
                              "\r\n"
                              "Flour0,\r\n"
                              "\r\n"
                              "water \t.\r\n"
                              "\xFF and salt\r\n";

/* --- going ------------------------------------------------------------------------------------ */

static void subject_of(const struct journey *j, char *out)
{
    int n = snprintf(out, SUBJECT, "Subject: ");
    for (unsigned k = j->tags; k > 0; k--)
        n += snprintf(out + n, (size_t)(SUBJECT - n), "[%u] ", k);
    snprintf(out + n, (size_t)(SUBJECT - n), "Bread\r\n");
}

static void tag_subject(struct journey *j, char *recipe)
{
    char before[SUBJECT], after[SUBJECT];
    subject_of(j, before);
    j->tags++;
    subject_of(j, after);
    replace(&j->octets, before, after);
    before[strlen(before) - 2] = '\0';
    snprintf(recipe, TEXT, "{\"h\":{\"subject\":[{\"d\":[\"%s\"]}]}}",
             before + strlen("Subject: "));
}

static void add_footer(struct journey *j, char *recipe)
{
    buffer_add_str(&j->octets, "-- \r\nfooter\r\n");
    snprintf(recipe, TEXT, "{\"b\":[{\"c\":[1,%u]}]}", j->lines);
    j->lines += 2;
}

static void add_field(struct journey *j, char *recipe)
{
    put_on_top(&j->octets, SLICE("List-Id: <l>\r\n"));
    if (j->lists++ == 0)
        snprintf(recipe, TEXT, "{\"h\":{\"list-id\":[]}}");
    else
        snprintf(recipe, TEXT, "{\"h\":{\"list-id\":[{\"c\":[1,%u]}]}}", j->lists - 1);
}

static void change_line(struct journey *j, char *recipe)
{
    char before[PATH], after[PATH];
    snprintf(before, PATH, "\r\n\r\nFlour%u,\r\n", j->flour++);
    snprintf(after, PATH, "\r\n\r\nFlour%u,\r\n", j->flour);
    replace(&j->octets, before, after);
    snprintf(recipe, TEXT, "{\"b\":[{\"d\":[\"Flour%u,\"]},{\"c\":[2,%u]}]}", j->flour - 1,
             j->lines);
}

/* The next hop: it may change the message, and may name who is next instead of sending. */
static void go(struct prng *p, struct journey *j, bool last)
{
    static void (*const changes[])(struct journey *, char *) = {tag_subject, add_footer, add_field,
                                                                change_line};
    char recipe[TEXT], from[PATH + 8], to[PATH + 8], next[NAME];
    bool revises = j->i > 0 && prng_below(p, 2) == 0, names = !last && prng_below(p, 6) == 0;
    snprintf(next, NAME, "%sd%u.example", prng_below(p, 4) ? "" : "in.", j->i + 1);
    if (revises)
        changes[prng_below(p, 4)](j, recipe);
    snprintf(j->mail_from, PATH, "s@%s%s", prng_below(p, 3) ? "" : "out.", j->domain);
    snprintf(j->rcpt_to, PATH, "r+%u@%s", j->i, next);
    snprintf(from, sizeof from, "<%s>", j->mail_from);
    snprintf(to, sizeof to, "<%s>", j->rcpt_to);
    struct forged_step step = {.recipe = revises ? recipe : NULL,
                               .domain = j->domain,
                               .before = 3600 - (int64_t)j->i,
                               .keys = {LAB_ED25519},
                               .n_keys = prng_below(p, 5) ? 1 : 2};
    if (names)
        step.next_domain = next;
    else
        step.mail_from = from, step.rcpt_to[0] = to;
    step.keys[step.n_keys - 1] = prng_below(p, 2) || step.n_keys == 2 ? LAB_RSA : LAB_ED25519;
    unsigned before = j->m;
    forge_step(&lab, &step, &j->i, &j->m, &j->octets);
    if (j->m > before)
        j->brought[j->m] = j->i;
    memcpy(j->domain, next, NAME);
}

static struct journey journey_of_chance(struct prng *p, unsigned hops)
{
    struct journey j = {.octets = message_of(message), .lines = 4, .domain = "d0.example"};
    char comment[NAME];
    snprintf(comment, NAME, "Comments: %u", (unsigned)prng_next(p));
    replace(&j.octets, "Comments: one", comment); /* no two messages are the same */
    while (j.i < hops)
        go(p, &j, j.i + 1 == hops);
    return j;
}

static unsigned hops_of_chance(struct prng *p)
{
    return prng_below(p, 10) ? 1 + (unsigned)prng_below(p, 5) : 1 + (unsigned)prng_below(p, 50);
}

/* --- arriving --------------------------------------------------------------------------------- */

static void arrive(const struct journey *j, const struct buffer *octets, enum waybill_draft draft,
                   size_t piece, struct custody *c)
{
    static const struct dns_row none = {NULL, WAYBILL_NODATA, {NULL}};
    const char *rcpt_to = j->rcpt_to;
    struct custody_rows rows = {&lab, &none, 0};
    struct custody_input in = {.message = buffer_slice(octets),
                               .draft = draft,
                               .mail_from = j->mail_from,
                               .rcpt_to = &rcpt_to,
                               .rcpts = 1,
                               .piece = piece,
                               .answer = custody_by_rows,
                               .self = &rows};
    must(custody_run(lab.engine, &in, c) == WAYBILL_OK, "it could not be verified");
}

static void print_found(const struct dkim2 *dkim2)
{
    print_message("# %s\n", waybill_result_text(dkim2->verdict.result));
    for (size_t k = 0; k < dkim2->n_found; k++)
        print_message("# %s (i=%u)\n", dkim2->found[k].text, dkim2->found[k].signature);
}

static void must_pass(const struct journey *j, const struct buffer *octets,
                      enum waybill_draft draft, size_t piece, unsigned round)
{
    struct custody c;
    arrive(j, octets, draft, piece, &c);
    const struct dkim2 *dkim2 = &c.dkim2;
    if (dkim2->verdict.result != WAYBILL_RESULT_PASS || !dkim2->provisional ||
        dkim2->also->verdict.result != WAYBILL_RESULT_PASS) {
        print_found(dkim2);
        fail_msg("round %u: no pass by %s", round, dkim2->draft->name);
    }
    for (size_t i = 0; i < dkim2->n_signatures; i++)
        assert_int_equal(dkim2->signatures[i]->result, WAYBILL_RESULT_PASS);
    for (size_t m = 0; m < dkim2->n_instances; m++)
        assert_int_equal(dkim2->instances[m]->result, WAYBILL_RESULT_PASS);
    custody_free(&c);
}

/* Not a pass by either draft; and, where hop is not 0, with a finding about it. */
static void must_not_pass(const struct journey *j, const struct buffer *octets, unsigned hop,
                          unsigned round, const char *what)
{
    struct custody c;
    bool told = hop == 0;
    arrive(j, octets, WAYBILL_DRAFT_09, 0, &c);
    for (size_t k = 0; k < c.dkim2.n_found; k++)
        told |= c.dkim2.found[k].signature == hop && c.dkim2.found[k].state != WAYBILL_RESULT_PASS;
    bool passes = c.dkim2.verdict.result == WAYBILL_RESULT_PASS ||
                  (c.dkim2.also && c.dkim2.also->verdict.result == WAYBILL_RESULT_PASS);
    if (passes || !told) {
        print_found(&c.dkim2);
        fail_msg("round %u: %s, hop %u: %s", round, what, hop,
                 passes ? "it passes" : "nobody says which hop");
    }
    custody_free(&c);
}

static void journeys_arrive(void **state)
{
    (void)state;
    struct prng p = {seed_of_run(1)};
    unsigned rounds = rounds_of_run(300);
    for (unsigned round = 0; round < rounds; round++) {
        struct journey j = journey_of_chance(&p, hops_of_chance(&p));
        must_pass(&j, &j.octets, WAYBILL_DRAFT_09, prng_below(&p, 40), round);
        must_pass(&j, &j.octets, WAYBILL_DRAFT_06, 0, round);
        buffer_free(&j.octets);
    }
}

/* --- octets ----------------------------------------------------------------------------------- */

/* The field in which an octet stands: where it begins, its name, and its end; false: the body. */
struct place {
    size_t begin, end;
    struct slice name;
    bool in_body;
};

static struct place place_of(struct slice all, size_t at)
{
    struct place p = {0};
    while (p.end <= at) {
        p.begin = p.end;
        if (all.p[p.begin] == '\r') {
            p.in_body = true;
            return p;
        }
        do
            p.end = slice_find(all, '\n', p.end) + 1;
        while (p.end < all.n && (all.p[p.end] == ' ' || all.p[p.end] == '\t'));
    }
    p.name = slice_sub(all, p.begin, slice_find(all, ':', p.begin) - p.begin);
    return p;
}

static unsigned number_of(struct slice all, const struct place *p, const char *tag)
{
    struct slice field = slice_sub(all, p->begin, p->end - p->begin);
    size_t at = 0;
    unsigned number = 0;
    while (!slice_starts(slice_from(field, at), slice_str(tag)))
        at++;
    for (at += strlen(tag); octet_is_digit(field.p[at]); at++)
        number = number * 10 + field.p[at] - '0';
    return number;
}

/* Who has to answer for a changed octet: the hop of the field; for all else the one that made the
 * newest instance. That the newest hop was there nobody can tell who does not know its number: *hop
 * is then 0. False: nobody signed it. */
static bool signed_by(const struct journey *j, struct slice all, const struct place *p, size_t at,
                      unsigned *hop)
{
    *hop = j->brought[j->m] ? j->brought[j->m] : 1;
    if (p->in_body)
        return true;
    if (slice_eq(p->name, SLICE("DKIM2-Signature"))) {
        *hop = number_of(all, p, " i=");
        bool in_number = at <= slice_find(all, ';', p->begin);
        *hop = *hop == j->i && in_number ? 0 : *hop;
    } else if (slice_eq(p->name, SLICE("Message-Instance"))) {
        unsigned m = number_of(all, p, " m=");
        *hop = m > 1 ? j->brought[m] : 1;
    } else if (slice_eq(p->name, SLICE("Received")) || slice_eq(p->name, SLICE("X-Mailer"))) {
        return false;
    }
    return true;
}

/* Another octet in the place of one that counts; letters do not only change their case, for names
 * have none. */
static bool change_octet(struct prng *p, struct buffer *octets, size_t at)
{
    uint8_t before = octets->p[at], after = (uint8_t)(33 + prng_below(p, 94));
    if (before <= ' ' || octet_lower(before) == octet_lower(after))
        return false;
    octets->p[at] = after;
    return true;
}

static void octets_are_found(void **state)
{
    (void)state;
    struct prng p = {seed_of_run(2)};
    unsigned rounds = rounds_of_run(2000);
    for (unsigned round = 0; round < rounds; round++) {
        struct journey j = journey_of_chance(&p, 1 + (unsigned)prng_below(&p, 5));
        size_t at = prng_below(&p, j.octets.n);
        struct place place = place_of(buffer_slice(&j.octets), at);
        unsigned hop;
        if (signed_by(&j, buffer_slice(&j.octets), &place, at, &hop) &&
            change_octet(&p, &j.octets, at))
            must_not_pass(&j, &j.octets, hop, round, "an octet changed");
        buffer_free(&j.octets);
    }
}

/* --- hops ------------------------------------------------------------------------------------- */

/* The field of a name that has the number. */
static struct slice find_field(const struct buffer *octets, const char *name, unsigned number)
{
    char label[PATH];
    struct slice all = buffer_slice(octets);
    snprintf(label, PATH, "%s=%u;", name, number);
    for (size_t at = 0; at < all.n;) {
        struct place p = place_of(all, at);
        struct slice field = slice_sub(all, p.begin, p.end - p.begin);
        if (slice_starts(field, slice_str(label)))
            return field;
        at = p.end;
    }
    fail_msg("no field %s", label);
    return all;
}

static struct slice hop_field(const struct journey *j, unsigned i)
{
    return find_field(&j->octets, "DKIM2-Signature: i", i);
}

static struct slice instance_field(const struct journey *j, unsigned m)
{
    return find_field(&j->octets, "Message-Instance: m", m);
}

/* The message with another text in the place of a part. */
static struct buffer with(const struct buffer *octets, struct slice part, struct slice text)
{
    struct buffer out = buffer_new(LAB_MESSAGE_OCTETS);
    size_t at = (size_t)(part.p - octets->p);
    buffer_add(&out, slice_sub(buffer_slice(octets), 0, at));
    buffer_add(&out, text);
    buffer_add(&out, slice_from(buffer_slice(octets), at + part.n));
    must(out.status == WAYBILL_OK, "no memory");
    return out;
}

static void try_with(const struct journey *j, struct slice part, struct slice text, unsigned hop,
                     unsigned round, const char *what)
{
    struct buffer octets = with(&j->octets, part, text);
    must_not_pass(j, &octets, hop, round, what);
    buffer_free(&octets);
}

/* Two hops with each other's numbers. */
static void try_exchange(const struct journey *j, unsigned a, unsigned b, unsigned round)
{
    char of_a[PATH], of_b[PATH];
    int n = snprintf(of_a, PATH, "DKIM2-Signature: i=%u;", a);
    struct slice field_a = hop_field(j, a);
    snprintf(of_b, PATH, "DKIM2-Signature: i=%u;", b);
    struct buffer once =
        with(&j->octets, slice_sub(field_a, 0, (size_t)n), SLICE("DKIM2-Signature: i=x;"));
    replace(&once, of_b, of_a);
    replace(&once, "DKIM2-Signature: i=x;", of_b);
    must_not_pass(j, &once, 0, round, "two hops exchanged");
    buffer_free(&once);
}

static void hops_are_found(void **state)
{
    (void)state;
    struct prng p = {seed_of_run(3)};
    unsigned rounds = rounds_of_run(200);
    for (unsigned round = 0; round < rounds; round++) {
        struct journey j = journey_of_chance(&p, 2 + (unsigned)prng_below(&p, 4));
        struct journey other = journey_of_chance(&p, j.i);
        unsigned i = 1 + (unsigned)prng_below(&p, j.i), m = 1 + (unsigned)prng_below(&p, j.m);
        struct slice hop = hop_field(&j, i), instance = instance_field(&j, m);
        struct slice top = slice_sub(buffer_slice(&j.octets), 0, 0), none = {NULL, 0};
        /* The newest may leave with all it did, if it arrives as it did at the hop before. */
        try_with(&j, hop, none, i < j.i ? i : 0, round, "a hop removed");
        try_with(&j, instance, none, 0, round, "an instance removed");
        try_with(&j, top, hop, i, round, "a hop repeated");
        try_with(&j, top, instance, 0, round, "an instance repeated");
        if (!slice_eq(hop, hop_field(&other, i)))
            try_with(&j, hop, hop_field(&other, i), 0, round, "a hop of another message");
        try_exchange(&j, 1, 2, round);
        struct journey elsewhere = j;
        snprintf(elsewhere.rcpt_to, PATH, "eve@e.example");
        must_not_pass(&elsewhere, &j.octets, j.i, round, "another recipient");
        elsewhere = j;
        snprintf(elsewhere.mail_from, PATH, "S@d0.example");
        must_not_pass(&elsewhere, &j.octets, j.i, round, "another sender");
        buffer_free(&j.octets);
        buffer_free(&other.octets);
    }
}

/* --- what nobody signs ------------------------------------------------------------------------ */

static void ignored_fields_are_free(void **state)
{
    (void)state;
    static const char *const fields[] = {
        "Received: from x\r\n",          "X-Spam: no\r\n",          "ARC-Seal: i=1\r\n",
        "Authentication-Results: x\r\n", "delivered-to: x\r\n",     "Return-Path:\r\n <x>\r\n",
        "Received-SPF: pass\r\n",        "DKIM-Signature: v=1\r\n", "X400-Trace: x\r\n",
    };
    struct prng p = {seed_of_run(4)};
    unsigned rounds = rounds_of_run(300);
    for (unsigned round = 0; round < rounds; round++) {
        struct journey j = journey_of_chance(&p, 1 + (unsigned)prng_below(&p, 5));
        for (size_t n = 1 + prng_below(&p, 4); n > 0; n--) {
            struct place place;
            do
                place = place_of(buffer_slice(&j.octets), prng_below(&p, j.octets.n));
            while (place.in_body && place.begin == 0);
            const char *field = fields[prng_below(&p, sizeof fields / sizeof fields[0])];
            struct buffer more =
                with(&j.octets, slice_of(j.octets.p + place.begin, 0), slice_str(field));
            buffer_free(&j.octets);
            j.octets = more;
        }
        must_pass(&j, &j.octets, WAYBILL_DRAFT_09, 0, round);
        buffer_free(&j.octets);
    }
}

/* --- what only an older draft lets through -----------------------------------------------------
 */

/* A hop that forges From, or gives the body up: a pass by 06, and never by 09. */
static void older_passes_do_not_count(void **state)
{
    (void)state;
    struct prng p = {seed_of_run(5)};
    unsigned rounds = rounds_of_run(200);
    for (unsigned round = 0; round < rounds; round++) {
        struct journey j = journey_of_chance(&p, 1 + (unsigned)prng_below(&p, 3));
        bool forges = prng_below(&p, 2) == 0;
        char from[PATH + 8], to[PATH + 8];
        snprintf(from, sizeof from, "<s@%s>", j.domain);
        snprintf(to, sizeof to, "<%s>", "bob@b.example");
        struct forged_step step = {
            .find = forges ? "Alice <alice@d0.example>" : "\r\nwater",
            .put = forges ? "Boss <boss@bank.example>" : "\r\nwine",
            .recipe = forges ? "{\"h\":{\"from\":[{\"d\":[\"Alice <alice@d0.example>, "
                               "Al <al@mail.d0.example>\"]}]}}"
                             : "{\"b\":null}",
            .domain = j.domain,
            .mail_from = from,
            .rcpt_to = {to}};
        forge_step(&lab, &step, &j.i, &j.m, &j.octets);
        snprintf(j.mail_from, PATH, "s@%s", j.domain);
        snprintf(j.rcpt_to, PATH, "bob@b.example");
        struct custody c;
        arrive(&j, &j.octets, WAYBILL_DRAFT_09, 0, &c);
        assert_int_equal(c.dkim2.verdict.result,
                         forges ? WAYBILL_RESULT_FAIL : WAYBILL_RESULT_PERMERROR);
        assert_int_equal(c.dkim2.also->verdict.result, WAYBILL_RESULT_PASS);
        custody_free(&c);
        buffer_free(&j.octets);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(journeys_arrive),
        cmocka_unit_test(octets_are_found),
        cmocka_unit_test(hops_are_found),
        cmocka_unit_test(ignored_fields_are_free),
        cmocka_unit_test(older_passes_do_not_count),
    };
    return cmocka_run_group_tests_name("custody", tests, lab_set_up, lab_tear_down);
}
