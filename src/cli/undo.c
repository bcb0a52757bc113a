/*
 * waybill undo: a message as it was at one of its instances.
 *
 * Whether it can be had is known when the message ends, so it is made twice: once to see, once to
 * print. No key is asked for: whether the instance is what was signed, its hashes say.
 */
#include "base/limits.h"
#include "cli/drive.h"
#include "cli/hop.h"
#include "cli/verbs.h"
#include "record/record.h"
#include "waybill/engine.h"

#include <sys/stat.h>

struct undo_settings {
    int64_t instance; /* 0: not given */
    size_t draft;
};

static const struct option options[] = {
    {"instance", "M", "which state of the message; 1 is the first", OPTION_NUMBER,
     offsetof(struct undo_settings, instance), 1, LIMIT_DKIM2_HOPS, NULL},
};

/* One run, and what it holds. */
struct undoing {
    const struct undo_settings *settings;
    const char *path; /* NULL: standard input */
    bool kept;        /* in `octets`: what cannot be read twice */
    struct buffer octets;
    struct waybill_engine *engine;
    struct waybill_message *message;
    struct waybill_check *check;
    struct waybill_undo *undo;
    bool print, held_cr;
};

/* --- where the octets go ---------------------------------------------------------------------- */

/* LF for CRLF, as the message had it; a CR waits for what follows it. */
static void output_lf(struct undoing *u, struct slice octets)
{
    for (size_t at = 0; at < octets.n;) {
        if (u->held_cr && octets.p[at] != '\n')
            output(SLICE("\r"));
        u->held_cr = false;
        size_t cr = slice_find(octets, '\r', at);
        output(slice_sub(octets, at, cr - at));
        u->held_cr = cr < octets.n;
        at = cr + 1;
    }
}

static enum waybill_status take(void *self, const void *octets, size_t n)
{
    struct undoing *u = self;
    if (u->print && waybill_message_has_lf(u->message))
        output_lf(u, slice_of(octets, n));
    else if (u->print)
        output(slice_of(octets, n));
    return WAYBILL_OK;
}

/* --- one pass --------------------------------------------------------------------------------- */

static void release_pass(struct undoing *u)
{
    waybill_undo_free(u->undo);
    waybill_check_free(u->check);
    waybill_message_free(u->message);
    u->undo = NULL;
    u->check = NULL;
    u->message = NULL;
}

static enum waybill_status make_check(struct undoing *u)
{
    enum waybill_status status = waybill_check_new(u->message, 0, &u->check);
    if (status == WAYBILL_OK)
        status = waybill_check_methods(u->check, 1u << WAYBILL_METHOD_DKIM2);
    return status == WAYBILL_OK
               ? waybill_check_draft(u->check, (enum waybill_draft)u->settings->draft)
               : status;
}

static enum outcome pass(struct undoing *u, bool print)
{
    u->print = print;
    enum waybill_status status = waybill_message_new(u->engine, WAYBILL_LINES_DETECT, &u->message);
    if (status == WAYBILL_OK && !print)
        status = make_check(u);
    if (status == WAYBILL_OK)
        status = waybill_undo_new(u->message, (enum waybill_draft)u->settings->draft,
                                  (unsigned)u->settings->instance, take, u, &u->undo);
    if (status != WAYBILL_OK)
        return report_status(status, "undo");
    return u->kept ? drive_feed(u->path, u->message, buffer_slice(&u->octets))
                   : drive_message(u->path, u->message, NULL);
}

/* Nobody is asked: a key says nothing of what a recipe makes. */
static enum waybill_status finish_check(struct waybill_check *check)
{
    const struct waybill_answer unknown = WAYBILL_ANSWER(WAYBILL_TIMEOUT);
    enum waybill_progress progress = WAYBILL_ASK;
    enum waybill_status status = waybill_check_step(check, &progress);
    while (status == WAYBILL_OK && progress == WAYBILL_ASK) {
        const struct waybill_question *open;
        size_t n = 0;
        status = waybill_check_questions(check, &open, &n);
        for (size_t i = 0; i < n && status == WAYBILL_OK; i++)
            status = waybill_check_answer(check, &open[i], &unknown);
        if (status == WAYBILL_OK)
            status = waybill_check_step(check, &progress);
    }
    return status;
}

/* --- whether it can be had -------------------------------------------------------------------- */

static enum outcome judge(struct undoing *u)
{
    const struct place place = {.file = u->path ? u->path : "standard input"};
    enum waybill_status status = finish_check(u->check);
    if (status != WAYBILL_OK)
        return report_status(status, "check");
    const struct dkim2 *chain = &waybill_check_record(u->check)->dkim2;
    size_t m = (size_t)u->settings->instance;
    if (chain->n_instances == 0)
        return report(OUTCOME_NO, place, "the message has no instances: nothing can be undone");
    if (m > chain->n_instances)
        return report(OUTCOME_NO, place,
                      "there is no instance m=%zu: the newest is %zu, ask for that or an older one",
                      m, chain->n_instances);
    const char *failed = waybill_undo_failed(u->undo);
    if (!failed &&
        (!chain->instances[m - 1] || chain->instances[m - 1]->result != WAYBILL_RESULT_PASS))
        failed = "what the recipes make has not its hashes";
    return failed ? report(OUTCOME_NO, place, "instance m=%zu cannot be recovered: %s", m, failed)
                  : OUTCOME_DONE;
}

static enum outcome run(struct undoing *u)
{
    struct stat about;
    enum waybill_status status = waybill_engine_new(&u->engine);
    enum outcome outcome = status == WAYBILL_OK ? OUTCOME_DONE : report_status(status, "start");
    u->kept = !u->path || stat(u->path, &about) != 0 || !S_ISREG(about.st_mode);
    if (outcome == OUTCOME_DONE && u->kept)
        outcome = drive_read(u->path, &u->octets);
    if (outcome == OUTCOME_DONE)
        outcome = pass(u, false);
    if (outcome == OUTCOME_DONE)
        outcome = judge(u);
    release_pass(u);
    if (outcome == OUTCOME_DONE)
        outcome = pass(u, true);
    if (outcome == OUTCOME_DONE && u->held_cr)
        output(SLICE("\r"));
    release_pass(u);
    return outcome;
}

enum outcome undo_run(char **arguments)
{
    struct undo_settings settings = {.draft = WAYBILL_DRAFT_09};
    const struct option_table tables[] = {{options, sizeof options / sizeof *options, &settings},
                                          {&draft_option, 1, &settings.draft}};
    static const char summary[] =
        "Writes the message as it was at an instance to standard output: the changes that\n"
        "were made since are undone by their recipes. FILE holds one message; without it\n"
        "that comes from standard input.";
    const struct usage usage = {"undo", "[FILE]", summary, 0, 1, tables, 2};
    struct undoing u = {.settings = &settings, .octets = buffer_new(LIMIT_MESSAGE_OCTETS)};
    struct arena arena = arena_new();
    struct option_list operands;
    enum options_answer answer = options_parse(&usage, &arena, arguments, &operands);
    enum outcome outcome = answer == OPTIONS_BAD ? OUTCOME_USAGE : OUTCOME_DONE;
    if (answer == OPTIONS_FINE) {
        u.path = operands.n && strcmp(operands.values[0], "-") != 0 ? operands.values[0] : NULL;
        outcome = settings.instance
                      ? run(&u)
                      : report(OUTCOME_USAGE, (struct place){0},
                               "--instance is missing: add the number of a Message-Instance");
    }
    waybill_engine_free(u.engine);
    buffer_free(&u.octets);
    arena_free(&arena);
    return outcome;
}
