/*
 * What is revised can be undone: over messages and changes of any shape, recipes of chance one
 * after the other, and large bodies. SEED and ROUNDS in the environment repeat a run.
 */
#include "crypto/engine.h"
#include "mail/whole.h"
#include "support/group.h"
#include "support/recipes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void fail_at(const char *what, uint64_t seed, unsigned round, const char *why)
{
    fail_msg("SEED=%llu, round %u: %s: %s", (unsigned long long)seed, round, what, why);
}

/* --- lists of fields or lines ----------------------------------------------------------------- */

enum { ITEMS_MOST = 4096 };

struct items {
    struct slice all[ITEMS_MOST];
    size_t n;
};

static void insert(struct items *items, size_t at, struct slice s)
{
    if (items->n == ITEMS_MOST)
        return;
    memmove(&items->all[at + 1], &items->all[at], (items->n - at) * sizeof items->all[0]);
    items->all[at] = s;
    items->n++;
}

static struct slice take_out(struct items *items, size_t at)
{
    struct slice s = items->all[at];
    items->n--;
    memmove(&items->all[at], &items->all[at + 1], (items->n - at) * sizeof items->all[0]);
    return s;
}

static void move(struct prng *p, struct items *items, size_t at)
{
    struct slice s = take_out(items, at);
    insert(items, prng_below(p, items->n + 1), s);
}

/* A change of chance: one item, or a few, new, gone, moved, repeated or replaced. */
static void change(struct prng *p, struct items *items, const struct slice *news, size_t n_news)
{
    for (size_t times = 1 + prng_below(p, 4); times > 0; times--) {
        size_t at = prng_below(p, items->n + 1), what = prng_below(p, 5);
        for (size_t run = 1 + prng_below(p, 3); run > 0; run--) {
            struct slice new = news[prng_below(p, n_news)];
            if (items->n == 0 || at >= items->n || what == 0)
                insert(items, at < items->n ? at : items->n, new);
            else if (what == 1)
                take_out(items, at);
            else if (what == 2)
                move(p, items, at);
            else if (what == 3)
                insert(items, prng_below(p, items->n + 1), items->all[at]);
            else
                items->all[at] = new;
        }
    }
}

static struct slice new_fields[] = {
    {(const uint8_t *)"Subject: [list] x\r\n", 19},
    {(const uint8_t *)"List-Id: <l.example>\r\n", 22},
    {(const uint8_t *)"Comments:  a\t b\r\n  c\r\n", 22},
    {(const uint8_t *)"comments: \xFF\r\n", 13},
    {(const uint8_t *)"Reply-To:\r\n", 11},
    {(const uint8_t *)"Received: by x\r\n", 16},
};

static struct slice new_lines[] = {
    {(const uint8_t *)"-- \r\n", 5},
    {(const uint8_t *)"\r\n", 2},
    {(const uint8_t *)"a line that is rather long, as lines of letters are\r\n", 53},
    {(const uint8_t *)"\xFF\xFE\r\n", 4},
    {(const uint8_t *)"\0\r\n", 3},
    {(const uint8_t *)"end\r\n", 5},
};

#define NEWS(list) (list), sizeof(list) / sizeof((list)[0])

/* --- undo(revise(x)) -------------------------------------------------------------------------- */

static void split_fields(struct slice message, struct arena *arena, struct items *fields,
                         struct slice *body)
{
    struct header header;
    must(whole_read(arena, message, &header, body) == WAYBILL_OK, "message");
    fields->n = 0;
    for (size_t i = 0; i < header.n && i < ITEMS_MOST; i++)
        fields->all[fields->n++] = header.fields[i].raw;
}

static void split_lines(struct slice body, struct items *lines)
{
    lines->n = 0;
    for (size_t at = 0, end; at < body.n && lines->n < ITEMS_MOST; at = end) {
        for (end = at; end < body.n; end++)
            if (end > at && body.p[end] == '\n' && body.p[end - 1] == '\r')
                break;
        end += end < body.n;
        lines->all[lines->n++] = slice_sub(body, at, end - at);
    }
}

static struct buffer joined(const struct items *fields, const struct items *lines)
{
    struct buffer b = buffer_new(LAB_MESSAGE_OCTETS);
    for (size_t i = 0; i < fields->n; i++)
        buffer_add(&b, fields->all[i]);
    buffer_add_str(&b, "\r\n");
    for (size_t i = 0; i < lines->n; i++)
        buffer_add(&b, lines->all[i]);
    return b;
}

/* The recipe of a change; NULL where nothing changed. */
static struct waybill_recipe *recipe_for(struct slice before, struct slice after, char why[200])
{
    struct waybill_recipe *recipe;
    enum waybill_status status = waybill_recipe_make(
        lab.engine, WAYBILL_DRAFT_09, before.p, before.n, after.p, after.n, NULL, &recipe, why);
    must(status == WAYBILL_OK || status == WAYBILL_REFUSED, "recipe: %d", status);
    return recipe;
}

/* `after` with its instance on top is undone into `out`. */
static void undo_change(struct prng *p, struct buffer *after, const struct waybill_recipe *recipe,
                        struct buffer *out, uint64_t seed, unsigned round)
{
    size_t n = 0;
    char why[200];
    const char *json = recipe ? waybill_recipe_json(recipe, &n) : NULL;
    put_instance(after, 2, slice_of(json, n));
    if (!undo_message(&lab, buffer_slice(after), 1, p, out, why))
        fail_at("undo", seed, round, why);
}

static void any_change_is_undone(void **state)
{
    static struct items fields, lines;
    (void)state;
    uint64_t seed = seed_of_run(2);
    unsigned refused = 0, rounds = rounds_of_run(4000);
    for (unsigned round = 0; round < rounds; round++) {
        struct prng p = {seed + round};
        struct arena arena = arena_new();
        struct buffer before = message_of_chance(&p, round % 2), out = buffer_new(before.ceiling);
        struct slice body;
        char why[200];
        if (round % 2 == 0) /* on top of what begins with "From " it would not be a field */
            put_instance(&before, 1, slice_of(NULL, 0));
        split_fields(buffer_slice(&before), &arena, &fields, &body);
        split_lines(body, &lines);
        if (round % 2)
            insert(&fields, 0, SLICE("Message-Instance: m=1; h=sha256:eA==:eA==;\r\n"));
        if (prng_below(&p, 4))
            change(&p, &fields, NEWS(new_fields));
        if (prng_below(&p, 4))
            change(&p, &lines, NEWS(new_lines));
        insert(&fields, 0, SLICE("Message-Instance: m=1; h=sha256:eA==:eA==;\r\n"));
        for (size_t i = fields.n; i > 1; i--)
            if (slice_starts(fields.all[i - 1], SLICE("Message-Instance")))
                take_out(&fields, i - 1);
        struct buffer after = joined(&fields, &lines);
        struct waybill_recipe *recipe =
            recipe_for(buffer_slice(&before), buffer_slice(&after), why);
        if (!recipe && why[0]) {
            refused++;
            must(round % 2 && strstr(why, "bare CR or LF"), "SEED=%llu round %u: %s",
                 (unsigned long long)seed, round, why);
        } else {
            undo_change(&p, &after, recipe, &out, seed, round);
            if (!same_hashes(&lab, buffer_slice(&before), buffer_slice(&out)))
                fail_at("not the same", seed, round, recipe ? "with a recipe" : "without one");
        }
        waybill_recipe_free(recipe);
        buffer_free(&before);
        buffer_free(&after);
        buffer_free(&out);
        arena_free(&arena);
    }
    assert_true(refused < rounds / 2);
}

/* --- octet for octet -------------------------------------------------------------------------- */

static struct slice without_end(struct slice s)
{
    while (s.n >= 2 && s.p[s.n - 1] == '\n' && s.p[s.n - 2] == '\r')
        s.n -= 2;
    return s;
}

/* A body that changed, and fields that are new, leave no trace, whatever the fields look like. */
static void octet_for_octet(void **state)
{
    static struct items fields, lines;
    (void)state;
    uint64_t seed = seed_of_run(3);
    for (unsigned round = 0, rounds = rounds_of_run(4000); round < rounds; round++) {
        struct prng p = {seed + round};
        struct arena arena = arena_new();
        struct buffer before = message_of_chance(&p, false), out = buffer_new(before.ceiling);
        struct slice body;
        char why[200];
        put_instance(&before, 1, slice_of(NULL, 0));
        split_fields(buffer_slice(&before), &arena, &fields, &body);
        split_lines(body, &lines);
        change(&p, &lines, NEWS(new_lines));
        insert(&fields, prng_below(&p, fields.n), SLICE("List-Owner: <o@l.example>\r\n"));
        insert(&fields, prng_below(&p, fields.n), SLICE("list-owner:\r\n x\r\n"));
        struct buffer after = joined(&fields, &lines);
        struct waybill_recipe *recipe =
            recipe_for(buffer_slice(&before), buffer_slice(&after), why);
        must(recipe, "SEED=%llu round %u: %s", (unsigned long long)seed, round, why);
        undo_change(&p, &after, recipe, &out, seed, round);
        if (!slice_eq(without_end(buffer_slice(&before)), without_end(buffer_slice(&out))))
            fail_at("not the same octets", seed, round, "");
        waybill_recipe_free(recipe);
        buffer_free(&before);
        buffer_free(&after);
        buffer_free(&out);
        arena_free(&arena);
    }
}

/* --- many recipes, against bodies that are kept -------------------------------------------------
 */

/* Lines that a plain reading makes; false where one that is copied is not there. */
static bool apply(const struct recipe_list *list, const struct items *newer, struct items *older)
{
    older->n = 0;
    for (size_t i = 0; i < list->n; i++) {
        const struct recipe_step *step = &list->steps[i];
        for (size_t k = 0; k < step->n; k++)
            older->all[older->n++] = step->literals[k];
        for (uint64_t line = step->first; step->copies && line <= step->last; line++) {
            if (line > newer->n)
                return false;
            older->all[older->n++] = newer->all[line - 1];
        }
    }
    return true;
}

static void list_of_chance(struct prng *p, struct arena *arena, size_t lines,
                           struct recipe_list *out)
{
    static struct slice literals[] = {
        {(const uint8_t *)"x", 1}, {(const uint8_t *)"", 0}, {(const uint8_t *)"\r", 1}};
    size_t n = prng_below(p, 6);
    uint64_t line = 0;
    *out = (struct recipe_list){arena_array(arena, n, sizeof *out->steps), n};
    must(out->steps, "memory");
    for (size_t i = 0; i < n; i++) {
        struct recipe_step *step = &out->steps[i];
        step->copies = prng_below(p, 3) > 0;
        step->literals = literals;
        step->n = step->copies ? 0 : 1 + prng_below(p, 2);
        step->first = line + 1 + prng_below(p, 3);
        step->last = step->first + prng_below(p, lines + 1);
        /* Mostly lines that are there. */
        if (step->last > lines && line < lines && prng_below(p, 16))
            step->first = step->last = line + 1;
        line = step->copies ? step->last : line;
    }
}

static struct digest_value hash_of(const struct items *lines)
{
    struct digest digest;
    struct digest_value value = {.n = 0};
    struct buffer text = buffer_new(LAB_MESSAGE_OCTETS);
    for (size_t i = 0; i < lines->n; i++) {
        buffer_add(&text, lines->all[i]);
        buffer_add_str(&text, "\r\n");
    }
    struct slice hashed = without_end(buffer_slice(&text));
    must(digest_start(lab.engine->crypto, DIGEST_SHA512, &digest) == WAYBILL_OK &&
             digest_update(&digest, hashed) == WAYBILL_OK &&
             digest_update(&digest, SLICE("\r\n")) == WAYBILL_OK &&
             digest_final(lab.engine->crypto, &digest, &value) == WAYBILL_OK,
         "digest");
    buffer_free(&text);
    return value;
}

enum { DEPTH_MOST = 12 };

/* A body, the one it is made of (all but the first), and its lines as they are kept. */
struct kept {
    struct dkim2_body *body;
    struct items *lines;
    bool there;
};

static void one_after_the_other(void **state)
{
    static struct items lines[DEPTH_MOST];
    (void)state;
    uint64_t seed = seed_of_run(4);
    for (unsigned round = 0, rounds = rounds_of_run(6000); round < rounds; round++) {
        struct prng p = {seed + round};
        struct arena arena = arena_new();
        struct dkim2_bodies *bodies;
        struct kept kept[DEPTH_MOST];
        struct buffer message = message_of_chance(&p, round % 2);
        struct slice body = body_of(buffer_slice(&message));
        size_t depth = 2 + prng_below(&p, DEPTH_MOST - 1);
        must(dkim2_bodies_new(&arena, lab.engine->crypto, &bodies, &kept[0].body) == WAYBILL_OK,
             "bodies");
        kept[0].lines = &lines[0];
        kept[0].there = true;
        split_lines(body, &lines[0]);
        for (size_t i = 0; i < lines[0].n; i++) {
            struct slice *line = &lines[0].all[i];
            if (line->n >= 2 && line->p[line->n - 1] == '\n' && line->p[line->n - 2] == '\r')
                line->n -= 2;
        }
        for (size_t i = 1; i < depth; i++) {
            struct recipe *recipe = arena_alloc(&arena, sizeof *recipe);
            const struct kept *newer = &kept[prng_below(&p, 4) ? i - 1 : prng_below(&p, i)];
            must(recipe, "memory");
            recipe->has_body = prng_below(&p, 8) > 0;
            list_of_chance(&p, &arena, newer->lines->n, &recipe->body);
            must(dkim2_bodies_undo(bodies, newer->body, recipe, &kept[i].body) == WAYBILL_OK &&
                     dkim2_bodies_want(bodies, kept[i].body, DIGEST_SHA512) == WAYBILL_OK,
                 "undo");
            kept[i].lines = &lines[i];
            lines[i] = *newer->lines;
            kept[i].there = newer->there &&
                            (!recipe->has_body || apply(&recipe->body, newer->lines, &lines[i]));
        }
        for (size_t at = 0, n; at < body.n; at += n) {
            n = 1 + prng_below(&p, prng_below(&p, 2) ? 4 : 400);
            must(dkim2_bodies_update(bodies, slice_sub(body, at, n)) == WAYBILL_OK, "update");
        }
        must(dkim2_bodies_final(bodies) == WAYBILL_OK, "final");
        for (size_t i = 1; i < depth; i++) {
            struct digest_value hash = hash_of(kept[i].lines);
            if (kept[i].body->applies != kept[i].there)
                fail_at("applies", seed, round, kept[i].there ? "it does" : "it does not");
            if (kept[i].there &&
                !slice_eq(digest_slice(&kept[i].body->values[DIGEST_SHA512]), digest_slice(&hash)))
                fail_at("not the same body", seed, round, "");
        }
        dkim2_bodies_drop(bodies);
        buffer_free(&message);
        arena_free(&arena);
    }
}

/* --- large bodies ----------------------------------------------------------------------------- */

static void add_lines(struct prng *p, size_t n, struct buffer *out)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = prng_below(p, 40); k > 0; k--) {
            uint8_t c = (uint8_t)prng_next(p);
            buffer_add_octet(out, c == '\r' || c == '\n' ? 0 : c);
        }
        buffer_add_str(out, "\r\n");
    }
}

static void a_hundred_thousand_lines(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct prng p = {seed};
        struct buffer before = message_of("From: a\r\n\r\n"), after = message_of("");
        struct buffer out = buffer_new(before.ceiling);
        char why[200];
        add_lines(&p, 100000, &before);
        buffer_add_str(&before, "no end");
        put_instance(&before, 1, slice_of(NULL, 0));
        buffer_add(&after, buffer_slice(&before));
        after.n -= 6;
        for (size_t i = 0; i < 100; i++) /* not a line end in the header */
            after.p[after.n / 2 + prng_below(&p, after.n / 2)] = 'x';
        add_lines(&p, 3, &after);
        struct waybill_recipe *recipe =
            recipe_for(buffer_slice(&before), buffer_slice(&after), why);
        must(recipe, "%s", why);
        undo_change(&p, &after, recipe, &out, seed, 0);
        assert_true(slice_eq(without_end(buffer_slice(&out)), buffer_slice(&before)));
        waybill_recipe_free(recipe);
        buffer_free(&before);
        buffer_free(&after);
        buffer_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_change_is_undone),
        cmocka_unit_test(octet_for_octet),
        cmocka_unit_test(one_after_the_other),
        cmocka_unit_test(a_hundred_thousand_lines),
    };
    return cmocka_run_group_tests_name("revise", tests, lab_set_up, lab_tear_down);
}
