/*
 * waybill history: every hop of a message, and the difference it made.
 */
#include "cli/history.h"

#include "base/limits.h"
#include "cli/difference.h"
#include "cli/drive.h"
#include "cli/hop.h"
#include "cli/verbs.h"
#include "record/record.h"
#include "waybill/engine.h"

#include <unistd.h>

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };
static const char *const colours[] = {"auto", "always", "never", NULL};

struct history_settings {
    const char *mail_from;
    struct option_list rcpt_to;
    size_t colour, draft;
};

static const struct option options[] = {
    {"mail-from", "ADDRESS", "the reverse-path with which it arrived here", OPTION_TEXT,
     offsetof(struct history_settings, mail_from), 0, 0, NULL},
    {"rcpt-to", "ADDRESS", "a forward-path with which it arrived; may be repeated", OPTION_LIST,
     offsetof(struct history_settings, rcpt_to), 0, 0, NULL},
    {"color", "WHEN", "auto (default), always or never", OPTION_CHOICE,
     offsetof(struct history_settings, colour), 0, 0, colours},
};

/* One run, and what it holds. */
struct telling {
    const struct history_settings *settings;
    const char *path; /* NULL: standard input */
    struct arena arena;
    struct drive *drive;
    struct waybill_engine *engine;
    struct waybill_message *message;
    struct waybill_check *check;
    struct waybill_undo *undos[LIMIT_DKIM2_HOPS]; /* [0] makes m=1 */
    struct buffer states[LIMIT_DKIM2_HOPS];       /* whole messages, with CRLF */
};

static enum waybill_status keep(void *self, const void *octets, size_t n)
{
    struct buffer *state = self;
    buffer_add(state, slice_of(octets, n));
    return state->status;
}

/* Every state that a message can have is made in the one pass; one that is not there stays empty.
 */
static enum waybill_status make_undos(struct telling *t, enum waybill_draft draft)
{
    enum waybill_status status = WAYBILL_OK;
    for (unsigned m = 1; m <= LIMIT_DKIM2_HOPS && status == WAYBILL_OK; m++) {
        t->states[m - 1] = buffer_new(LIMIT_MESSAGE_OCTETS);
        status = waybill_undo_new(t->message, draft, m, keep, &t->states[m - 1], &t->undos[m - 1]);
    }
    return status;
}

static enum waybill_status make(struct telling *t, int64_t now)
{
    const struct history_settings *s = t->settings;
    const struct waybill_envelope envelope = {
        .mail_from = s->mail_from, .rcpt_to = s->rcpt_to.values, .rcpts = s->rcpt_to.n};
    const enum waybill_draft draft = (enum waybill_draft)s->draft;
    enum waybill_status status = waybill_engine_new(&t->engine);
    if (status == WAYBILL_OK)
        status = waybill_message_new(t->engine, WAYBILL_LINES_DETECT, &t->message);
    if (status == WAYBILL_OK)
        status = waybill_check_new(t->message, now, &t->check);
    if (status == WAYBILL_OK)
        status = waybill_check_methods(t->check, 1u << WAYBILL_METHOD_DKIM2);
    if (status == WAYBILL_OK)
        status = waybill_check_draft(t->check, draft);
    if (status == WAYBILL_OK)
        status = waybill_check_envelope(t->check, &envelope);
    return status == WAYBILL_OK ? make_undos(t, draft) : status;
}

/* The states of which all could be made; the others have no octets. */
static void states_of(struct telling *t, struct slice *out)
{
    for (size_t i = 0; i < LIMIT_DKIM2_HOPS; i++)
        out[i] = waybill_undo_failed(t->undos[i]) ? (struct slice){NULL, 0}
                                                  : buffer_slice(&t->states[i]);
}

static enum outcome print(struct telling *t)
{
    size_t colour = t->settings->colour;
    struct slice states[LIMIT_DKIM2_HOPS];
    struct buffer out = buffer_new(LIMIT_RECORD_OCTETS);
    struct page page = {.out = &out,
                        .colour = colour == COLOUR_ALWAYS ||
                                  (colour == COLOUR_AUTO && isatty(STDOUT_FILENO))};
    states_of(t, states);
    enum waybill_status status = history_write(&page, waybill_check_record(t->check), states);
    if (status == WAYBILL_OK)
        status = out.status;
    output(buffer_slice(&out));
    buffer_free(&out);
    return status == WAYBILL_OK ? OUTCOME_DONE : report_status(status, "history");
}

static enum outcome run(struct telling *t, const struct drive_settings *d)
{
    enum outcome outcome = drive_new(d, &t->drive);
    if (outcome != OUTCOME_DONE)
        return outcome;
    enum waybill_status status = make(t, drive_now(d));
    if (status == WAYBILL_SYNTAX)
        return report(OUTCOME_USAGE, (struct place){0},
                      "--mail-from or --rcpt-to is no address: write alice@example.org or <>");
    if (status != WAYBILL_OK)
        return report_status(status, "start");
    outcome = drive_message(t->path, t->message, NULL);
    if (outcome == OUTCOME_DONE)
        outcome = drive_check(t->drive, t->check);
    if (outcome == OUTCOME_DONE)
        outcome = print(t);
    return outcome == OUTCOME_DONE ? drive_save(t->drive) : outcome;
}

static void release(struct telling *t)
{
    for (size_t i = 0; i < LIMIT_DKIM2_HOPS; i++) {
        waybill_undo_free(t->undos[i]);
        buffer_free(&t->states[i]);
    }
    waybill_check_free(t->check);
    waybill_message_free(t->message);
    waybill_engine_free(t->engine);
    drive_free(t->drive);
    arena_free(&t->arena);
}

enum outcome history_run(char **arguments)
{
    struct history_settings settings = {.draft = WAYBILL_DRAFT_09};
    struct drive_settings drive = DRIVE_SETTINGS_DEFAULT;
    const struct option_table tables[] = {{options, sizeof options / sizeof *options, &settings},
                                          {&draft_option, 1, &settings.draft},
                                          {drive_options, DRIVE_OPTIONS, &drive}};
    static const char summary[] =
        "Says of every hop of DKIM2 when and from whom to whom it passed the message on,\n"
        "and what it changed. FILE holds one message; without it that comes from standard\n"
        "input.";
    const struct usage usage = {"history", "[FILE]", summary, 0, 1, tables, 3};
    struct telling t = {.settings = &settings, .arena = arena_new()};
    struct option_list operands;
    enum options_answer answer = options_parse(&usage, &t.arena, arguments, &operands);
    enum outcome outcome = answer == OPTIONS_BAD ? OUTCOME_USAGE : OUTCOME_DONE;
    if (answer == OPTIONS_FINE) {
        t.path = operands.n ? operands.values[0] : NULL;
        outcome = run(&t, &drive);
    }
    release(&t);
    return outcome;
}
