#include "revise.h"

#include "base/base64.h"
#include "crypto/engine.h"
#include "dkim2/bodies.h"
#include "mail.h"
#include "measure.h"
#include "waybill/dkim2.h"
#include "waybill/message.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OCTETS = 10 << 20, SMALL_OCTETS = 4096, FIELDS = 60, LINES_CHANGED = 200, PIECE = 65536 };

/* --- memory ----------------------------------------------------------------------------------- */

/* The peak of a process that begins as this one is, and does this. */
static long long peak_of(struct operation operation)
{
    struct rusage usage;
    int ends[2], status;
    long long octets = 0;
    fflush(stdout);
    malloc_trim(0); /* what was freed here would be there for nothing */
    must(pipe(ends) == 0, "pipe");
    pid_t pid = fork();
    must(pid >= 0, "fork");
    if (pid == 0) {
        operation.run(operation.self);
        getrusage(RUSAGE_SELF, &usage);
        octets = (long long)usage.ru_maxrss * 1024;
        _exit(write(ends[1], &octets, sizeof octets) == (ssize_t)sizeof octets ? 0 : 1);
    }
    close(ends[1]);
    must(read(ends[0], &octets, sizeof octets) == (ssize_t)sizeof octets, "measuring memory");
    close(ends[0]);
    must(waitpid(pid, &status, 0) == pid && status == 0, "measuring memory");
    return octets;
}

static void nothing(void *self)
{
    (void)self;
}

/* --- changes ---------------------------------------------------------------------------------- */

static void footer(struct slice line, size_t i, size_t lines, struct buffer *out)
{
    buffer_add(out, line);
    if (i + 1 == lines)
        buffer_add_str(out, "____________\r\ncooks mailing list\r\nto leave it: x\r\n");
}

static void some_lines(struct slice line, size_t i, size_t lines, struct buffer *out)
{
    if (i % (lines / LINES_CHANGED) == 1)
        buffer_add_str(out, "> ");
    buffer_add(out, line);
}

static void every_second_line(struct slice line, size_t i, size_t lines, struct buffer *out)
{
    (void)lines;
    if (i % 2)
        buffer_add_str(out, "> ");
    buffer_add(out, line);
}

static void every_line(struct slice line, size_t i, size_t lines, struct buffer *out)
{
    (void)i, (void)lines;
    buffer_add_str(out, "> ");
    buffer_add(out, line);
}

typedef void change(struct slice line, size_t i, size_t lines, struct buffer *out);

static const struct {
    const char *what;
    change *change;
} shapes[] = {
    {"recipe: a footer", footer},
    {"recipe: 200 lines changed", some_lines},
    {"refused: every second line changed", every_second_line},
    {"refused: nothing in common", every_line},
};

/* The lines of the body one by one; blank ones are left as they are. */
static struct buffer changed(struct slice before, change *how)
{
    struct buffer b = buffer_new(MAIL_OCTETS_MOST);
    size_t at = 0, lines = 0, i = 0;
    buffer_add_str(&b, "List-Id: <cooks.lists.example>\r\n");
    for (size_t from = 0; from < before.n; from = slice_find(before, '\n', from) + 1)
        lines++;
    for (bool body = false; at < before.n; i++) {
        size_t n = slice_find(before, '\n', at) + 1 - at;
        struct slice line = slice_sub(before, at, n);
        if (body && n > 2)
            how(line, i, lines, &b);
        else
            buffer_add(&b, line);
        body = body || n == 2;
        at += n;
    }
    return b;
}

/* --- finding recipes -------------------------------------------------------------------------- */

struct pair_of_messages {
    const struct world *world;
    struct slice before, after;
    struct waybill_recipe *recipe;
};

static void make(void *self)
{
    struct pair_of_messages *p = self;
    char why[200];
    waybill_recipe_free(p->recipe);
    enum waybill_status status =
        waybill_recipe_make(p->world->engine, WAYBILL_DRAFT_09, p->before.p, p->before.n,
                            p->after.p, p->after.n, NULL, &p->recipe, why);
    must(status == WAYBILL_OK || status == WAYBILL_REFUSED, "recipe");
}

static void row(const char *what, struct operation operation, double wanted, long long least,
                double wanted_octets)
{
    long long octets = peak_of(operation) - least;
    printf("revision\t%s\t%.6f\t%.6f\t%lld\t%.0f\n", what, measure_least(operation), wanted, octets,
           wanted_octets);
    fflush(stdout);
}

/* --- undoing ---------------------------------------------------------------------------------- */

struct undoing {
    const struct world *world;
    struct buffer message; /* with its instances */
    struct recipe recipe;  /* the same, for its body alone */
    struct slice body;
    size_t made;
};

static enum waybill_status count(void *self, const void *octets, size_t n)
{
    struct undoing *u = self;
    (void)octets;
    u->made += n;
    return WAYBILL_OK;
}

static void undo(void *self)
{
    struct undoing *u = self;
    struct waybill_message *message;
    struct waybill_undo *undo;
    u->made = 0;
    must(waybill_message_new(u->world->engine, WAYBILL_LINES_CRLF, &message) == WAYBILL_OK &&
             waybill_undo_new(message, WAYBILL_DRAFT_09, 1, count, u, &undo) == WAYBILL_OK,
         "undo");
    for (size_t at = 0; at < u->message.n; at += PIECE) {
        struct slice piece = slice_sub(buffer_slice(&u->message), at, PIECE);
        must(waybill_message_feed(message, piece.p, piece.n) == WAYBILL_OK, "feed");
    }
    must(waybill_message_end(message) == WAYBILL_OK && !waybill_undo_failed(undo) && u->made > 0,
         "undo");
    waybill_undo_free(undo);
    waybill_message_free(message);
}

static void hash_older(void *self)
{
    struct undoing *u = self;
    struct arena arena = arena_new();
    struct dkim2_bodies *bodies;
    struct dkim2_body *received, *older;
    must(dkim2_bodies_new(&arena, u->world->engine->crypto, &bodies, &received) == WAYBILL_OK &&
             dkim2_bodies_undo(bodies, received, &u->recipe, &older) == WAYBILL_OK &&
             dkim2_bodies_want(bodies, older, DIGEST_SHA256) == WAYBILL_OK,
         "bodies");
    for (size_t at = 0; at < u->body.n; at += PIECE)
        must(dkim2_bodies_update(bodies, slice_sub(u->body, at, PIECE)) == WAYBILL_OK, "update");
    must(dkim2_bodies_final(bodies) == WAYBILL_OK && older->applies, "final");
    arena_free(&arena);
}

static void hash_alone(void *self)
{
    struct undoing *u = self;
    struct digest digest;
    struct digest_value value;
    must(digest_start(u->world->engine->crypto, DIGEST_SHA256, &digest) == WAYBILL_OK &&
             digest_update(&digest, u->body) == WAYBILL_OK &&
             digest_final(u->world->engine->crypto, &digest, &value) == WAYBILL_OK,
         "digest");
}

static void put_instance(struct buffer *out, unsigned m, const struct waybill_recipe *recipe)
{
    size_t n = 0;
    const char *json = recipe ? waybill_recipe_json(recipe, &n) : "";
    buffer_printf(out, "Message-Instance: m=%u; h=sha256:eA==:eA==;%s", m, n ? " r=" : "");
    base64_encode(out, slice_of(json, n));
    buffer_add_str(out, "\r\n");
}

static struct undoing undoing_new(const struct pair_of_messages *p)
{
    struct undoing u = {.world = p->world, .message = buffer_new(MAIL_OCTETS_MOST)};
    put_instance(&u.message, 2, p->recipe);
    put_instance(&u.message, 1, NULL);
    buffer_add(&u.message, p->after);
    for (size_t at = 0; at < p->after.n && u.body.n == 0; at = slice_find(p->after, '\n', at) + 1)
        if (slice_starts(slice_from(p->after, at), SLICE("\r\n")))
            u.body = slice_from(p->after, at + 2);
    return u;
}

/* The recipe of the pair, from its JSON. */
static void read_recipe(struct arena *arena, const struct waybill_recipe *made, struct recipe *out)
{
    size_t n;
    const char *json = waybill_recipe_json(made, &n), *why;
    struct buffer base64 = buffer_new(MAIL_OCTETS_MOST);
    base64_encode(&base64, slice_of(json, n));
    must(recipe_parse(arena, dkim2_draft_of(WAYBILL_DRAFT_09), buffer_slice(&base64), out, &why) ==
             WAYBILL_OK,
         "recipe");
    buffer_free(&base64);
}

/* The peak of undoing a small message is what that of a large one is compared with. */
static long long small_peak(const struct world *world)
{
    struct buffer before = buffer_new(MAIL_OCTETS_MOST);
    mail_message(&before, SMALL_OCTETS, 26);
    struct buffer after = changed(buffer_slice(&before), footer);
    struct pair_of_messages p = {world, buffer_slice(&before), buffer_slice(&after), NULL};
    make(&p);
    struct undoing u = undoing_new(&p);
    long long peak = peak_of((struct operation){undo, &u});
    buffer_free(&u.message);
    waybill_recipe_free(p.recipe);
    buffer_free(&before);
    buffer_free(&after);
    return peak;
}

static void run_undoing(struct pair_of_messages *p)
{
    struct arena arena = arena_new();
    struct undoing u = undoing_new(p);
    read_recipe(&arena, p->recipe, &u.recipe);
    row("undo: 200 lines changed", (struct operation){undo, &u}, 0, small_peak(p->world), 1 << 20);
    long long hashing = peak_of((struct operation){hash_alone, &u});
    row("the older body hashed", (struct operation){hash_older, &u}, 0, hashing, 1 << 20);
    row("the same octets hashed at once", (struct operation){hash_alone, &u}, 0, hashing, 0);
    buffer_free(&u.message);
    arena_free(&arena);
}

void revise_run(const struct world *world)
{
    struct buffer before = buffer_new(MAIL_OCTETS_MOST);
    mail_message(&before, OCTETS, FIELDS);
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct buffer after = changed(buffer_slice(&before), shapes[i].change);
        struct pair_of_messages p = {world, buffer_slice(&before), buffer_slice(&after), NULL};
        row(shapes[i].what, (struct operation){make, &p}, 0.3,
            peak_of((struct operation){nothing, NULL}), 3.0 * OCTETS);
        if (shapes[i].change == some_lines)
            run_undoing(&p);
        waybill_recipe_free(p.recipe);
        buffer_free(&after);
    }
    buffer_free(&before);
}
