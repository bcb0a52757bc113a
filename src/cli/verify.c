/*
 * waybill verify: what can be found out about a message.
 */
#include "base/ip.h"
#include "base/limits.h"
#include "cli/configured.h"
#include "cli/drive.h"
#include "cli/hop.h"
#include "cli/timeline.h"
#include "cli/verbs.h"
#include "io/host_name.h"
#include "mail/address.h"
#include "waybill/engine.h"
#include "waybill/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_AR };
enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

static const char *const formats[] = {"text", "json", "ar", NULL};
static const char *const colours[] = {"auto", "always", "never", NULL};
static const enum waybill_method methods[] = {WAYBILL_METHOD_SPF, WAYBILL_METHOD_DKIM,
                                              WAYBILL_METHOD_DKIM2, WAYBILL_METHOD_ARC,
                                              WAYBILL_METHOD_DMARC};

enum { METHODS = sizeof methods / sizeof *methods, JSON_INDENT = 2, DRAFT_OF_CONFIGURATION = 2 };

struct verify_settings {
    const char *ip, *helo, *mail_from;
    struct option_list rcpt_to;
    size_t format, colour;
    size_t draft; /* an enum waybill_draft, or DRAFT_OF_CONFIGURATION */
    const char *require;
    const char *authserv_id;
};

static const struct option options[] = {
    {"ip", "ADDRESS", "the client that handed the message over", OPTION_TEXT,
     offsetof(struct verify_settings, ip), 0, 0, NULL},
    {"helo", "NAME", "what it said in HELO or EHLO", OPTION_TEXT,
     offsetof(struct verify_settings, helo), 0, 0, NULL},
    {"mail-from", "ADDRESS", "the reverse-path; <> is the null sender", OPTION_TEXT,
     offsetof(struct verify_settings, mail_from), 0, 0, NULL},
    {"rcpt-to", "ADDRESS", "a forward-path; may be repeated", OPTION_LIST,
     offsetof(struct verify_settings, rcpt_to), 0, 0, NULL},
    {"format", "FORMAT", "text (default), json, or ar: an\nAuthentication-Results field",
     OPTION_CHOICE, offsetof(struct verify_settings, format), 0, 0, formats},
    {"draft", "DRAFT", "of DKIM2: 06 or 09 (default: the\nconfiguration's, else 09)", OPTION_CHOICE,
     offsetof(struct verify_settings, draft), 0, 0, draft_names},
    {"require", "METHOD,...",
     "exit with 1 unless each of these passed: spf,\ndkim, dkim2, arc, dmarc", OPTION_TEXT,
     offsetof(struct verify_settings, require), 0, 0, NULL},
    {"authserv-id", "NAME",
     "who says so in the field (default: the\nconfiguration's, else this host)", OPTION_TEXT,
     offsetof(struct verify_settings, authserv_id), 0, 0, NULL},
    {"color", "WHEN", "auto (default), always or never", OPTION_CHOICE,
     offsetof(struct verify_settings, colour), 0, 0, colours},
};

/* One run, and what it holds. */
struct verifying {
    const struct verify_settings *settings;
    struct arena arena;
    bool required[METHODS];
    struct configured configured;
    const char *authserv_id; /* as options or configuration have it; NULL: neither does */
    struct drive *drive;
    struct waybill_engine *engine;
    struct waybill_message *message;
    struct waybill_check *check;
};

/* --- what was asked for ----------------------------------------------------------------------- */

static enum outcome require_method(struct verifying *v, struct slice name)
{
    struct buffer all = buffer_new(1024);
    for (size_t i = 0; i < METHODS; i++) {
        const char *known = waybill_method_text(methods[i]);
        if (slice_eq(name, slice_str(known))) {
            v->required[i] = true;
            buffer_free(&all);
            return OUTCOME_DONE;
        }
        buffer_printf(&all, "%s%s", i ? ", " : "", known);
    }
    enum outcome outcome =
        report(OUTCOME_USAGE, (struct place){0}, "--require %.*s: unknown method: use some of %.*s",
               SLICE_ARGS(name), SLICE_ARGS(all));
    buffer_free(&all);
    return outcome;
}

static enum outcome read_required(struct verifying *v)
{
    struct slice list = slice_str(v->settings->require);
    enum outcome outcome = OUTCOME_DONE;
    for (size_t at = 0; v->settings->require && at <= list.n && outcome == OUTCOME_DONE;) {
        size_t comma = slice_find(list, ',', at);
        outcome = require_method(v, slice_sub(list, at, comma - at));
        at = comma + 1;
    }
    return outcome;
}

static enum outcome check_path(struct verifying *v, const char *option, const char *path)
{
    struct mailbox mailbox;
    const char *why = NULL;
    enum waybill_status status =
        path ? address_parse_path(&v->arena, slice_str(path), &mailbox, &why) : WAYBILL_OK;
    if (status == WAYBILL_SYNTAX)
        return report(OUTCOME_USAGE, (struct place){0}, "--%s %s: %s: correct it", option, path,
                      why);
    return status == WAYBILL_OK ? OUTCOME_DONE : report_status(status, option);
}

/* The check would refuse them as well, but cannot say which option was meant. */
static enum outcome check_envelope(struct verifying *v)
{
    const struct verify_settings *s = v->settings;
    struct ip ip;
    if (s->ip && !ip_parse(slice_str(s->ip), &ip))
        return report(OUTCOME_USAGE, (struct place){0},
                      "--ip %s: neither an IPv4 nor an IPv6 address: correct it", s->ip);
    enum outcome outcome = check_path(v, "mail-from", s->mail_from);
    for (size_t i = 0; i < s->rcpt_to.n && outcome == OUTCOME_DONE; i++)
        outcome = check_path(v, "rcpt-to", s->rcpt_to.values[i]);
    return outcome;
}

/* --- what is found ---------------------------------------------------------------------------- */

static enum outcome print_json(const struct waybill_record *record)
{
    char *text;
    size_t n;
    enum waybill_status status = waybill_record_json(record, JSON_INDENT, &text, &n);
    if (status != WAYBILL_OK)
        return report_status(status, "record");
    output(slice_of(text, n));
    output(SLICE("\n"));
    free(text);
    return OUTCOME_DONE;
}

static enum outcome print_authres(struct verifying *v, const struct waybill_record *record)
{
    const char *id = authserv_id(&v->arena, v->authserv_id);
    char *text;
    size_t n;
    enum waybill_status status =
        id ? waybill_record_authres(record, id, 1, &text, &n) : WAYBILL_NOMEM;
    if (status == WAYBILL_SYNTAX || status == WAYBILL_MISUSE)
        return report(OUTCOME_USAGE, (struct place){0},
                      "--authserv-id %s: not what RFC 8601 lets stand there: use a domain name",
                      id);
    if (status != WAYBILL_OK)
        return report_status(status, "field");
    /* With the line ends of the message, so that the field can be put on top of it. */
    output(SLICE("Authentication-Results: "));
    output_lines(slice_of(text, n), waybill_message_has_lf(v->message));
    free(text);
    return OUTCOME_DONE;
}

/* https://no-color.org, and terminals that say themselves that they can do nothing. */
static bool wants_colour(enum colour when)
{
    const char *refused = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if (when != COLOUR_AUTO)
        return when == COLOUR_ALWAYS;
    return isatty(STDOUT_FILENO) && (!refused || !*refused) && terminal &&
           strcmp(terminal, "dumb") != 0;
}

static enum outcome print_text(struct verifying *v, const struct waybill_record *record)
{
    struct timeline_style style = {.color = wants_colour((enum colour)v->settings->colour)};
    struct buffer text = buffer_new(LIMIT_RECORD_OCTETS);
    enum waybill_status status = timeline_write(&text, record, &style);
    if (status == WAYBILL_OK)
        output(buffer_slice(&text));
    buffer_free(&text);
    return status == WAYBILL_OK ? OUTCOME_DONE : report_status(status, "timeline");
}

static enum outcome print(struct verifying *v, const struct waybill_record *record)
{
    switch ((enum format)v->settings->format) {
    case FORMAT_JSON:
        return print_json(record);
    case FORMAT_AR:
        return print_authres(v, record);
    case FORMAT_TEXT:
        break;
    }
    return print_text(v, record);
}

static enum outcome judge(const struct verifying *v, const struct waybill_record *record)
{
    enum outcome outcome = OUTCOME_DONE;
    for (size_t i = 0; i < METHODS; i++) {
        enum waybill_result result = waybill_record_result(record, methods[i]);
        if (v->required[i] && result != WAYBILL_RESULT_PASS)
            outcome = outcome_of_both(
                outcome, result == WAYBILL_RESULT_TEMPERROR ? OUTCOME_TEMPORARY : OUTCOME_NO);
    }
    return outcome;
}

/* --- one run ---------------------------------------------------------------------------------- */

/* What the configuration says of every check, and the options of this one. */
static enum waybill_status set_up(struct verifying *v)
{
    const struct config *config = &v->configured.config;
    size_t draft =
        v->settings->draft == DRAFT_OF_CONFIGURATION ? config->draft.number : v->settings->draft;
    enum waybill_status status = waybill_check_draft(v->check, (enum waybill_draft)draft);
    if (status == WAYBILL_OK)
        status = waybill_check_align_dkim2(v->check, config->dkim2_aligns.number == 1);
    return status == WAYBILL_OK ? waybill_policy_attach(v->configured.policy, v->check) : status;
}

static enum waybill_status make(struct verifying *v, int64_t now)
{
    const struct verify_settings *s = v->settings;
    struct waybill_envelope envelope = {
        s->ip, s->helo, s->mail_from, s->rcpt_to.values, s->rcpt_to.n, v->authserv_id};
    enum waybill_status status = waybill_engine_new(&v->engine);
    if (status == WAYBILL_OK)
        status = waybill_message_new(v->engine, WAYBILL_LINES_DETECT, &v->message);
    if (status == WAYBILL_OK)
        status = waybill_check_new(v->message, now, &v->check);
    if (status == WAYBILL_OK)
        status = set_up(v);
    return status == WAYBILL_OK ? waybill_check_envelope(v->check, &envelope) : status;
}

static enum outcome find_out(struct verifying *v, const char *path)
{
    enum outcome outcome = drive_message(path, v->message, NULL);
    if (outcome == OUTCOME_DONE)
        outcome = drive_check(v->drive, v->check);
    if (outcome != OUTCOME_DONE)
        return outcome;
    const struct waybill_record *record = waybill_check_record(v->check);
    outcome = print(v, record);
    if (outcome == OUTCOME_DONE)
        outcome = drive_save(v->drive);
    return outcome == OUTCOME_DONE ? judge(v, record) : outcome;
}

static enum outcome configure(struct verifying *v, const struct configured_settings *settings)
{
    enum outcome outcome = configured_new(settings, &v->configured);
    v->authserv_id =
        v->settings->authserv_id ? v->settings->authserv_id : v->configured.config.authserv_id.text;
    return outcome;
}

/* What the verb's options fill, table by table. */
struct all_settings {
    struct verify_settings verify;
    struct drive_settings drive;
    struct configured_settings configured;
};

static enum outcome run(struct verifying *v, const struct all_settings *all, const char *path)
{
    const struct drive_settings *d = &all->drive;
    enum outcome outcome = read_required(v);
    if (outcome == OUTCOME_DONE)
        outcome = check_envelope(v);
    if (outcome == OUTCOME_DONE)
        outcome = configure(v, &all->configured);
    if (outcome == OUTCOME_DONE)
        outcome = drive_new(d, &v->drive);
    if (outcome != OUTCOME_DONE)
        return outcome;
    enum waybill_status status = make(v, drive_now(d));
    return status == WAYBILL_OK ? find_out(v, path) : report_status(status, "start");
}

enum outcome verify_run(char **arguments)
{
    struct all_settings all = {.verify.draft = DRAFT_OF_CONFIGURATION,
                               .drive = DRIVE_SETTINGS_DEFAULT};
    struct option_table tables[] = {{options, sizeof options / sizeof *options, &all.verify},
                                    {configured_options, CONFIGURED_OPTIONS, &all.configured},
                                    {drive_options, DRIVE_OPTIONS, &all.drive}};
    static const char summary[] =
        "Says who signed and sealed a message, what each of them claims, what of it is\n"
        "proved, and what a receiver would do. "
        "FILE holds one message; without it that\ncomes from standard input.";
    struct usage usage = {"verify", "[FILE]", summary, 0, 1, tables, 3};
    struct verifying v = {.settings = &all.verify, .arena = arena_new()};
    struct option_list operands;
    enum options_answer answer = options_parse(&usage, &v.arena, arguments, &operands);
    enum outcome outcome = answer == OPTIONS_BAD ? OUTCOME_USAGE : OUTCOME_DONE;
    if (answer == OPTIONS_FINE)
        outcome = run(&v, &all, operands.n ? operands.values[0] : NULL);
    waybill_check_free(v.check);
    waybill_message_free(v.message);
    waybill_engine_free(v.engine);
    configured_free(&v.configured);
    drive_free(v.drive);
    arena_free(&v.arena);
    return outcome;
}
