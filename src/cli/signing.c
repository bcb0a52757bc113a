#include "cli/signing.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "cli/arrival.h"
#include "dns/name.h"
#include "io/host_name.h"
#include "mail/header.h"
#include "record/record.h"

/* Fields leave in this order, top first: no signature covers a field of another, but for the hop of
 * DKIM2, which belongs on top (spec-08). */
enum { SIGNER_DKIM2, SIGNER_ARC, SIGNER_DKIM, SIGNERS };

const struct option signing_options[SIGNING_OPTIONS] = {
    {"dkim", NULL, "add a DKIM signature with each key", OPTION_FLAG,
     offsetof(struct signing_settings, dkim), 0, 0, NULL},
    {"arc", NULL, "verify the ARC chain, add a set with the first key", OPTION_FLAG,
     offsetof(struct signing_settings, arc), 0, 0, NULL},
    {"key", KEYS_OPTION_VALUE,
     "a selector and its private key; may be repeated. For\n"
     "DKIM2 repeated ones are alternatives, and those of\n"
     "one value, a=FILE,b=FILE, must all pass",
     OPTION_LIST, offsetof(struct signing_settings, keys), 0, 0, NULL},
    {"domain", "DOMAIN", "the domain that signs", OPTION_TEXT,
     offsetof(struct signing_settings, domain), 0, 0, NULL},
    {"headers", "LIST",
     "names of the fields that DKIM and ARC sign, with\n"
     "colons between; without it a sound list, From once\ntoo often",
     OPTION_TEXT, offsetof(struct signing_settings, headers), 0, 0, NULL},
    {"expires", "SECONDS", "the DKIM signature ends so long after it was made", OPTION_NUMBER,
     offsetof(struct signing_settings, expires), 1, INT64_C(315360000), NULL},
    {"results", "AUTHSERV-ID",
     "the ARC set repeats the Authentication-Results fields\n"
     "of this name; without it, what is found now",
     OPTION_TEXT, offsetof(struct signing_settings, results), 0, 0, NULL},
    {"authserv-id", "NAME", "who says so in the ARC set (default: this host)", OPTION_TEXT,
     offsetof(struct signing_settings, authserv_id), 0, 0, NULL},
};

/* One run, and what it holds. */
struct signing {
    const struct signing_settings *settings;
    const char *path; /* of the message; NULL: standard input */
    int64_t now;
    struct arena arena;
    struct drive *drive;
    struct waybill_engine *engine;
    struct keys keys, for_keys;
    struct arrival arrival; /* of a revision */
    struct waybill_message *message;
    struct waybill_check *check; /* of the message itself, for ARC and DKIM2; else NULL */
    struct waybill_signer *signers[SIGNERS];
    struct buffer octets;
};

/* --- what was asked for ----------------------------------------------------------------------- */

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

static enum outcome check_settings(const struct signing_settings *s)
{
    const struct {
        bool wrong;
        const char *what;
    } conditions[] = {
        {!s->dkim && !s->arc && !s->dkim2,
         "nothing to sign with: add --dkim, --arc, --dkim2 or several"},
        {s->keys.n == 0, "no key: add --key " KEYS_OPTION_VALUE},
        {!s->domain, "--domain is missing: add the domain that signs"},
        {s->results && !s->arc, "--results is for --arc: add that or leave it out"},
        {s->expires && !s->dkim, "--expires is for --dkim: add that or leave it out"},
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
    return hop_check(&s->hop, s->dkim2);
}

/* --- signers ---------------------------------------------------------------------------------- */

static enum waybill_status make_arc(struct signing *s, const struct waybill_sign_options *common)
{
    struct waybill_sign_options options_of_arc = *common;
    const char *id = authserv_id(&s->arena, s->settings->authserv_id);
    options_of_arc.n_keys = 1;
    options_of_arc.expires_in = 0;
    return id ? waybill_arc_signer_new(s->message, s->check, &options_of_arc, id,
                                       s->settings->results, &s->signers[SIGNER_ARC])
              : WAYBILL_NOMEM;
}

static enum waybill_status make_dkim2(struct signing *s)
{
    const struct signing_settings *settings = s->settings;
    struct hops_made hops = {
        .options = {.draft = (enum waybill_draft)settings->draft, .now = s->now}};
    hop_make(&settings->hop, settings->domain, &s->keys, &s->for_keys, &hops);
    return waybill_dkim2_signer_new(s->message, settings->before ? s->arrival.check : s->check,
                                    s->arrival.recipe, &hops.options, &s->signers[SIGNER_DKIM2]);
}

static enum waybill_status make_signers(struct signing *s)
{
    const struct signing_settings *settings = s->settings;
    const struct waybill_sign_options common = {.domain = settings->domain,
                                                .keys = s->keys.all,
                                                .n_keys = s->keys.n,
                                                .now = s->now,
                                                .expires_in = settings->expires,
                                                .headers = settings->headers};
    enum waybill_status status = WAYBILL_OK;
    if (settings->dkim2)
        status = make_dkim2(s);
    if (status == WAYBILL_OK && settings->arc)
        status = make_arc(s, &common);
    if (status == WAYBILL_OK && settings->dkim)
        status = waybill_dkim_signer_new(s->message, &common, &s->signers[SIGNER_DKIM]);
    return status;
}

/* ARC writes down all that is found; DKIM2 wants its own chain only. */
static enum outcome make_check(struct signing *s)
{
    const struct signing_settings *settings = s->settings;
    bool needed = settings->arc || (settings->dkim2 && !settings->before);
    unsigned methods = settings->arc ? 0 : 1u << WAYBILL_METHOD_DKIM2;
    return needed ? arrival_check_new(settings, s->message, s->now, methods, &s->check)
                  : OUTCOME_DONE;
}

/* --- one run ---------------------------------------------------------------------------------- */

static enum outcome prepare(struct signing *s, const struct drive_settings *d)
{
    s->now = drive_now(d);
    enum outcome outcome = drive_new(d, &s->drive);
    if (outcome != OUTCOME_DONE)
        return outcome;
    enum waybill_status status = waybill_engine_new(&s->engine);
    if (status != WAYBILL_OK)
        return report_status(status, "start");
    outcome = keys_load(s->engine, &s->arena, "key", &s->settings->keys, &s->keys);
    if (outcome == OUTCOME_DONE)
        outcome =
            keys_load(s->engine, &s->arena, "for-key", &s->settings->hop.for_keys, &s->for_keys);
    if (outcome == OUTCOME_DONE)
        outcome = drive_read(s->path, &s->octets);
    if (outcome == OUTCOME_DONE && s->settings->before)
        outcome = arrival_read(s->settings, s->engine, s->drive, s->now, s->path,
                               buffer_slice(&s->octets), &s->arrival);
    return outcome;
}

static enum outcome feed(struct signing *s)
{
    enum waybill_status status = waybill_message_new(s->engine, WAYBILL_LINES_DETECT, &s->message);
    if (status != WAYBILL_OK)
        return report_status(status, "message");
    enum outcome outcome = make_check(s);
    if (outcome != OUTCOME_DONE)
        return outcome;
    status = make_signers(s);
    if (status == WAYBILL_SYNTAX || status == WAYBILL_REFUSED || status == WAYBILL_MISUSE)
        return report(OUTCOME_USAGE, (struct place){0},
                      "--domain, --headers, --results, --authserv-id or --flag cannot stand in a "
                      "signature: see waybill(1)");
    if (status != WAYBILL_OK)
        return report_status(status, "signer");
    outcome = drive_feed(s->path, s->message, buffer_slice(&s->octets));
    return outcome == OUTCOME_DONE && s->check ? drive_check(s->drive, s->check) : outcome;
}

/* What would let a refused signer do better. */
static const char *advice(const struct signing *s, const struct waybill_signer *signer)
{
    struct waybill_check *check = s->settings->before ? s->arrival.check : s->check;
    if (signer != s->signers[SIGNER_DKIM2])
        return "";
    const struct dkim2 *chain = &waybill_check_record(check)->dkim2;
    bool no_envelope = chain->n_signatures > 0 && !chain->envelope_checked;
    return no_envelope ? ": add --arrived-from and --arrived-to, with which it arrived" : "";
}

static enum outcome finish_signer(const struct signing *s, struct waybill_signer *signer)
{
    enum waybill_progress progress;
    enum waybill_status status = waybill_signer_step(signer, &progress);
    if (status == WAYBILL_REFUSED)
        return report(waybill_signer_may_retry(signer) ? OUTCOME_TEMPORARY : OUTCOME_NO,
                      (struct place){.file = s->path ? s->path : "standard input"},
                      "not signed: %s%s", waybill_signer_reason(signer), advice(s, signer));
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

/* The line that an mbox has before each message stays on top. */
static enum outcome print_message(const struct signing *s)
{
    struct slice octets = buffer_slice(&s->octets);
    size_t top = arrival_mbox_line(octets);
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
        outcome = feed(s);
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
    arrival_free(&s->arrival);
    keys_free(&s->keys);
    keys_free(&s->for_keys);
    waybill_engine_free(s->engine);
    drive_free(s->drive);
    buffer_free(&s->octets);
    arena_free(&s->arena);
}

enum outcome signing_run(const struct signing_settings *settings,
                         const struct drive_settings *drive, const char *path)
{
    struct signing s = {.settings = settings,
                        .path = path,
                        .arena = arena_new(),
                        .octets = buffer_new(LIMIT_MESSAGE_OCTETS)};
    enum outcome outcome = run(&s, drive);
    release(&s);
    return outcome;
}
