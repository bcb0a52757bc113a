/*
 * waybill sign, waybill revise: a message with signatures on top.
 */
#include "cli/signing.h"
#include "cli/verbs.h"

static const struct option sign_option = {"dkim2",
                                          NULL,
                                          "verify the DKIM2 chain, add a hop",
                                          OPTION_FLAG,
                                          offsetof(struct signing_settings, dkim2),
                                          0,
                                          0,
                                          NULL};

static const struct option revise_options[] = {
    {"before", "ORIGINAL", "the file that holds the message as it arrived", OPTION_TEXT,
     offsetof(struct signing_settings, before), 0, 0, NULL},
    {"secret-field", "NAME",
     "a field that was removed on purpose: nothing of it\n"
     "may stand in the recipe; may be repeated",
     OPTION_LIST, offsetof(struct signing_settings, secret_fields), 0, 0, NULL},
    {"literals-most", "N", "octets of the old body that the recipe may hold", OPTION_NUMBER,
     offsetof(struct signing_settings, literals_most), 1, INT64_C(1000000000), NULL},
};

enum { REVISE_OPTIONS = sizeof revise_options / sizeof *revise_options, TABLES = 5 };

/* `own`: the rows that only this verb has. */
static enum outcome run(const char *verb, const char *summary, const struct option *own, size_t n,
                        struct signing_settings *settings, char **arguments)
{
    struct drive_settings drive = DRIVE_SETTINGS_DEFAULT;
    const struct option_table tables[TABLES] = {{own, n, settings},
                                                {signing_options, SIGNING_OPTIONS, settings},
                                                {hop_options, HOP_OPTIONS, &settings->hop},
                                                {&draft_option, 1, &settings->draft},
                                                {drive_options, DRIVE_OPTIONS, &drive}};
    const struct usage usage = {verb, "[FILE]", summary, 0, 1, tables, TABLES};
    struct arena arena = arena_new();
    struct option_list operands;
    enum options_answer answer = options_parse(&usage, &arena, arguments, &operands);
    enum outcome outcome = answer == OPTIONS_BAD ? OUTCOME_USAGE : OUTCOME_DONE;
    if (answer == OPTIONS_FINE && n == REVISE_OPTIONS && !settings->before)
        outcome = report(OUTCOME_USAGE, (struct place){0},
                         "--before is missing: add the file of the message as it arrived");
    else if (answer == OPTIONS_FINE)
        outcome = signing_run(settings, &drive, operands.n ? operands.values[0] : NULL);
    arena_free(&arena);
    return outcome;
}

enum outcome sign_run(char **arguments)
{
    static const char summary[] =
        "Writes the message with new fields on top to standard output.\n"
        "FILE holds one message; without it the message comes from standard input.\n"
        "A hop of DKIM2 names the envelope with which the message leaves, and goes on\n"
        "from the one with which it arrived.";
    struct signing_settings settings = {.draft = WAYBILL_DRAFT_09};
    return run("sign", summary, &sign_option, 1, &settings, arguments);
}

enum outcome revise_run(char **arguments)
{
    static const char summary[] =
        "Signs a message that was changed as a hop of DKIM2, with the recipe that undoes\n"
        "the change, and writes it with the new fields on top to standard output. FILE\n"
        "holds the message as it leaves; without it, that comes from standard input.";
    struct signing_settings settings = {.dkim2 = true, .draft = WAYBILL_DRAFT_09};
    return run("revise", summary, revise_options, REVISE_OPTIONS, &settings, arguments);
}
