/*
 * waybill sign: a message with signatures on top.
 */
#include "base/cursor.h"
#include "base/limits.h"
#include "cli/authserv.h"
#include "cli/drive.h"
#include "cli/keys.h"
#include "cli/verbs.h"
#include "dns/name.h"
#include "mail/header.h"
#include "waybill/engine.h"

/* What can be asked for. Fields leave in this order, top first: every signature is made over the
 * message as it was received, and the seal is the newest of them. */
enum { SIGNER_ARC, SIGNER_DKIM, SIGNERS };

struct sign_settings {
    bool wanted[SIGNERS];
    struct option_list keys;
    const char *domain, *headers;
    int64_t expires;
    const char *results, *authserv_id;
};

static const struct option options[] = {
    {"dkim", NULL, "add a DKIM signature with each key", OPTION_FLAG,
     offsetof(struct sign_settings, wanted[SIGNER_DKIM]), 0, 0, NULL},
    {"arc", NULL, "verify the chain, add an ARC set with the first key", OPTION_FLAG,
     offsetof(struct sign_settings, wanted[SIGNER_ARC]), 0, 0, NULL},
    {"key", KEYS_OPTION_VALUE, "a selector and its private key; may be repeated", OPTION_LIST,
     offsetof(struct sign_settings, keys), 0, 0, NULL},
    {"domain", "DOMAIN", "the domain that signs", OPTION_TEXT,
     offsetof(struct sign_settings, domain), 0, 0, NULL},
    {"headers", "LIST",
     "names of the signed fields, with colons between;\n"
     "without it a sound list with From once too often",
     OPTION_TEXT, offsetof(struct sign_settings, headers), 0, 0, NULL},
    {"expires", "SECONDS", "the DKIM signature ends so long after it was made", OPTION_NUMBER,
     offsetof(struct sign_settings, expires), 1, INT64_C(315360000), NULL},
    {"results", "AUTHSERV-ID",
     "the ARC set repeats the Authentication-Results fields\n"
     "of this name; without it, what is found now",
     OPTION_TEXT, offsetof(struct sign_settings, results), 0, 0, NULL},
    {"authserv-id", "NAME", "who says so in the ARC set (default: this host)", OPTION_TEXT,
     offsetof(struct sign_settings, authserv_id), 0, 0, NULL},
};

/* One run, and what it holds. */
struct signing {
    const struct sign_settings *settings;
    const char *path; /* of the message; NULL: standard input */
    struct arena arena;
    struct drive *drive;
    struct waybill_engine *engine;
    struct keys keys;
    struct waybill_message *message;
    struct waybill_check *check; /* for ARC; else NULL */
    struct waybill_signer *signers[SIGNERS];
    struct buffer octets;
};

/* RFC 5322 section 2.2 names a field, RFC 6376 section 5.4 wants From among the signed ones. */
static const char *wrong_with_headers(struct slice list)
{
    bool from = false;
    for (size_t at = 0; at <= list.n;) {
        struct cursor name = cursor_new(slice_sub(list, at, slice_find(list, ':', at) - at));
        if (cursor_while(&name, octet_is_ftext).n == 0 || !cursor_done(&name))
            return "not names of fields with colons between them";
        from = from || slice_ieq(name.all, SLICE("From"));
        at += name.all.n + 1;
    }
    return from ? NULL : "From is not among them, and must be";
}

static enum outcome check_settings(const struct sign_settings *s)
{
    const struct {
        bool wrong;
        const char *what;
    } conditions[] = {
        {!s->wanted[SIGNER_DKIM] && !s->wanted[SIGNER_ARC],
         "nothing to sign with: add --dkim, --arc or both"},
        {s->keys.n == 0, "no key: add --key " KEYS_OPTION_VALUE},
        {!s->domain, "--domain is missing: add the domain that signs"},
        {s->results && !s->wanted[SIGNER_ARC], "--results is for --arc: add that or leave it out"},
        {s->expires && !s->wanted[SIGNER_DKIM],
         "--expires is for --dkim: add that or leave it out"},
    };
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (conditions[i].wrong)
            return report(OUTCOME_USAGE, (struct place){0}, "%s", conditions[i].what);
    const char *wrong = s->headers ? wrong_with_headers(slice_str(s->headers)) : NULL;
    if (wrong)
        return report(OUTCOME_USAGE, (struct place){0}, "--headers %s: %s: correct it", s->headers,
                      wrong);
    if (!name_is_domain(slice_str(s->domain)))
        return report(OUTCOME_USAGE, (struct place){0}, "--domain %s: not a domain: correct it",
                      s->domain);
    return OUTCOME_DONE;
}

/* --- before the message ----------------------------------------------------------------------- */

static enum waybill_status make_dkim(struct signing *s, const struct waybill_sign_options *common)
{
    return waybill_dkim_signer_new(s->message, common, &s->signers[SIGNER_DKIM]);
}

static enum waybill_status make_arc(struct signing *s, const struct waybill_sign_options *common)
{
    struct waybill_sign_options options_of_arc = *common;
    const char *id = authserv_id(&s->arena, s->settings->authserv_id);
    options_of_arc.n_keys = 1;
    options_of_arc.expires_in = 0;
    enum waybill_status status =
        id ? waybill_check_new(s->message, common->now, &s->check) : WAYBILL_NOMEM;
    return status == WAYBILL_OK
               ? waybill_arc_signer_new(s->message, s->check, &options_of_arc, id,
                                        s->settings->results, &s->signers[SIGNER_ARC])
               : status;
}

static enum waybill_status make_signers(struct signing *s, int64_t now)
{
    const struct sign_settings *settings = s->settings;
    const struct waybill_sign_options common = {.domain = settings->domain,
                                                .keys = s->keys.all,
                                                .n_keys = s->keys.n,
                                                .now = now,
                                                .expires_in = settings->expires,
                                                .headers = settings->headers};
    enum waybill_status status = waybill_message_new(s->engine, WAYBILL_LINES_DETECT, &s->message);
    if (status == WAYBILL_OK && settings->wanted[SIGNER_ARC])
        status = make_arc(s, &common);
    if (status == WAYBILL_OK && settings->wanted[SIGNER_DKIM])
        status = make_dkim(s, &common);
    return status;
}

static enum outcome prepare(struct signing *s, const struct drive_settings *d)
{
    enum outcome outcome = drive_new(d, &s->drive);
    if (outcome != OUTCOME_DONE)
        return outcome;
    enum waybill_status status = waybill_engine_new(&s->engine);
    if (status != WAYBILL_OK)
        return report_status(status, "start");
    outcome = keys_load(s->engine, &s->arena, &s->settings->keys, &s->keys);
    if (outcome != OUTCOME_DONE)
        return outcome;
    status = make_signers(s, drive_now(d));
    if (status == WAYBILL_SYNTAX || status == WAYBILL_REFUSED || status == WAYBILL_MISUSE)
        return report(
            OUTCOME_USAGE, (struct place){0},
            "--domain, --headers, --results or --authserv-id cannot stand in a signature: "
            "see waybill(1)");
    return status == WAYBILL_OK ? OUTCOME_DONE : report_status(status, "signer");
}

/* --- after it --------------------------------------------------------------------------------- */

static enum outcome finish_signer(const struct signing *s, struct waybill_signer *signer)
{
    enum waybill_progress progress;
    enum waybill_status status = waybill_signer_step(signer, &progress);
    if (status == WAYBILL_REFUSED)
        return report(waybill_signer_may_retry(signer) ? OUTCOME_TEMPORARY : OUTCOME_NO,
                      (struct place){.file = s->path ? s->path : "standard input"},
                      "not signed: %s", waybill_signer_reason(signer));
    if (status == WAYBILL_OK && progress != WAYBILL_DONE)
        status = WAYBILL_MISUSE;
    return status == WAYBILL_OK ? OUTCOME_DONE : report_status(status, "signature");
}

static enum outcome print_fields(const struct signing *s, struct waybill_signer *signer)
{
    const struct waybill_field *fields;
    size_t n;
    enum waybill_status status = waybill_signer_fields(signer, &fields, &n);
    if (status != WAYBILL_OK)
        return report_status(status, "signature");
    for (size_t i = 0; i < n; i++) {
        output(slice_str(fields[i].name));
        output(SLICE(": "));
        output_lines(slice_str(fields[i].value), waybill_message_has_lf(s->message));
    }
    return OUTCOME_DONE;
}

/* The line that an mbox has before each message is no field of it, and stays on top. */
static size_t mbox_line(struct slice octets)
{
    return slice_starts(octets, SLICE("From ")) ? slice_find(octets, '\n', 0) + 1 : 0;
}

static enum outcome print_message(const struct signing *s)
{
    struct slice octets = buffer_slice(&s->octets);
    size_t top = mbox_line(octets);
    enum outcome outcome = OUTCOME_DONE;
    output(slice_sub(octets, 0, top));
    for (size_t i = 0; i < SIGNERS && outcome == OUTCOME_DONE; i++)
        if (s->signers[i])
            outcome = print_fields(s, s->signers[i]);
    output(slice_from(octets, top));
    return outcome;
}

static enum outcome run(struct signing *s, const struct drive_settings *d)
{
    enum outcome outcome = check_settings(s->settings);
    if (outcome == OUTCOME_DONE)
        outcome = prepare(s, d);
    if (outcome == OUTCOME_DONE)
        outcome = drive_message(s->path, s->message, &s->octets);
    if (outcome == OUTCOME_DONE && s->check)
        outcome = drive_check(s->drive, s->check);
    if (outcome == OUTCOME_DONE)
        outcome = drive_save(s->drive);
    for (size_t i = 0; i < SIGNERS && outcome == OUTCOME_DONE; i++)
        if (s->signers[i])
            outcome = finish_signer(s, s->signers[i]);
    return outcome == OUTCOME_DONE ? print_message(s) : outcome;
}

static void release(struct signing *s)
{
    for (size_t i = 0; i < SIGNERS; i++)
        waybill_signer_free(s->signers[i]);
    waybill_check_free(s->check);
    waybill_message_free(s->message);
    keys_free(&s->keys);
    waybill_engine_free(s->engine);
    drive_free(s->drive);
    buffer_free(&s->octets);
    arena_free(&s->arena);
}

enum outcome sign_run(char **arguments)
{
    struct sign_settings settings = {0};
    struct drive_settings drive = DRIVE_SETTINGS_DEFAULT;
    struct option_table tables[] = {{options, sizeof options / sizeof *options, &settings},
                                    {drive_options, DRIVE_OPTIONS, &drive}};
    static const char summary[] =
        "Writes the message with new fields on top to standard output.\n"
        "FILE holds one message; without it the message comes from standard input.";
    struct usage usage = {"sign", "[FILE]", summary, 0, 1, tables, 2};
    struct signing s = {
        .settings = &settings, .arena = arena_new(), .octets = buffer_new(LIMIT_MESSAGE_OCTETS)};
    struct option_list operands;
    enum options_answer answer = options_parse(&usage, &s.arena, arguments, &operands);
    enum outcome outcome = answer == OPTIONS_BAD ? OUTCOME_USAGE : OUTCOME_DONE;
    if (answer == OPTIONS_FINE) {
        s.path = operands.n ? operands.values[0] : NULL;
        outcome = run(&s, &drive);
    }
    release(&s);
    return outcome;
}
