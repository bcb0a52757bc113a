/*
 * waybill key: keys made and shown. "key check" stands in key_check.c.
 */
#include "base/limits.h"
#include "cli/keys.h"
#include "cli/verbs.h"
#include "waybill/engine.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>

/* In the order of enum waybill_key_kind. */
static const char *const types[] = {"rsa", "ed25519", NULL};

/* What "key new" and "key show" are told; `out` to `bits` by the first alone. */
struct key_settings {
    const char *out;
    size_t type;
    int64_t bits;
    const char *selector, *domain;
};

/* What to print, made sure of before anything is made. */
struct shown {
    struct arena arena;
    struct slice name; /* empty: the record's text alone */
};

static const struct option new_options[] = {
    {"out", "FILE", "where the private key goes; never over a file that is\nthere", OPTION_TEXT,
     offsetof(struct key_settings, out), 0, 0, NULL},
    {"type", "TYPE", "rsa (default) or ed25519", OPTION_CHOICE, offsetof(struct key_settings, type),
     0, 0, types},
    {"bits", "N", "of an RSA key (default 2048)", OPTION_NUMBER,
     offsetof(struct key_settings, bits), LIMIT_RSA_BITS_LEAST, LIMIT_RSA_BITS_MOST, NULL},
};

static const struct option name_options[] = {
    {"selector", "SELECTOR", "with --domain: print the record as a line of a zone", OPTION_TEXT,
     offsetof(struct key_settings, selector), 0, 0, NULL},
    {"domain", "DOMAIN", "the domain that the record is for", OPTION_TEXT,
     offsetof(struct key_settings, domain), 0, 0, NULL},
};

static enum outcome find_name(const struct key_settings *s, struct shown *shown)
{
    if (!s->selector != !s->domain)
        return report(OUTCOME_USAGE, (struct place){0},
                      "--selector and --domain belong together: add --%s",
                      s->selector ? "domain" : "selector");
    return s->selector ? key_record_name(&shown->arena, s->selector, s->domain, &shown->name)
                       : OUTCOME_DONE;
}

/* --- key new ---------------------------------------------------------------------------------- */

static enum outcome write_key(const struct waybill_key *key, const char *path)
{
    char *text;
    size_t n;
    enum waybill_status status = waybill_key_write(key, &text, &n);
    if (status != WAYBILL_OK)
        return report_status(status, path);
    enum file_problem problem = file_write_private(path, slice_of(text, n));
    int error = errno;
    OPENSSL_cleanse(text, n);
    free(text);
    if (problem == FILE_UNCREATED && error == EEXIST)
        return report(OUTCOME_NOT_CREATED, (struct place){.file = path},
                      "there is such a file already: a key is never overwritten, choose another "
                      "name");
    errno = error;
    return problem == FILE_FINE ? OUTCOME_DONE : report_file(problem, path, OUTCOME_NOT_CREATED);
}

static enum outcome make_key(const struct key_settings *s, struct slice name)
{
    struct waybill_engine *engine;
    struct waybill_key *key = NULL;
    char why[160] = "";
    enum waybill_status status = waybill_engine_new(&engine);
    if (status != WAYBILL_OK)
        return report_status(status, "start");
    status = waybill_key_make(engine, (enum waybill_key_kind)s->type, (unsigned)s->bits, &key, why);
    enum outcome outcome = status == WAYBILL_REFUSED
                               ? report(OUTCOME_USAGE, (struct place){0}, "%s", why)
                           : status == WAYBILL_OK ? write_key(key, s->out)
                                                  : report_status(status, "new key");
    if (outcome == OUTCOME_DONE)
        outcome = key_print(key, name);
    waybill_key_free(key);
    waybill_engine_free(engine);
    return outcome;
}

static enum outcome check_new_settings(const struct key_settings *s)
{
    if (!s->out)
        return report(OUTCOME_USAGE, (struct place){0}, "--out is missing: add --out FILE");
    if (s->bits && s->type != WAYBILL_KEY_RSA)
        return report(OUTCOME_USAGE, (struct place){0},
                      "--bits is for RSA keys: leave it out, or leave out --type %s",
                      types[s->type]);
    return OUTCOME_DONE;
}

static enum outcome new_run(char **arguments)
{
    struct key_settings settings = {0};
    struct option_table tables[] = {
        {new_options, sizeof new_options / sizeof *new_options, &settings},
        {name_options, sizeof name_options / sizeof *name_options, &settings},
    };
    static const char summary[] =
        "Makes a private key that its owner alone can read, prints the record to publish.";
    struct usage usage = {"key new", "", summary, 0, 0, tables, 2};
    struct shown shown = {.arena = arena_new()};
    struct option_list operands;
    enum options_answer answer = options_parse(&usage, &shown.arena, arguments, &operands);
    enum outcome outcome = answer == OPTIONS_BAD ? OUTCOME_USAGE : OUTCOME_DONE;
    if (answer == OPTIONS_FINE) {
        outcome = check_new_settings(&settings);
        if (outcome == OUTCOME_DONE)
            outcome = find_name(&settings, &shown);
        if (outcome == OUTCOME_DONE)
            outcome = make_key(&settings, shown.name);
    }
    arena_free(&shown.arena);
    return outcome;
}

/* --- key show --------------------------------------------------------------------------------- */

static enum outcome show_key(const char *path, struct slice name)
{
    struct waybill_engine *engine;
    struct waybill_key *key = NULL;
    enum waybill_status status = waybill_engine_new(&engine);
    if (status != WAYBILL_OK)
        return report_status(status, "start");
    enum outcome outcome = key_load(engine, path, &key);
    if (outcome == OUTCOME_DONE)
        outcome = key_print(key, name);
    waybill_key_free(key);
    waybill_engine_free(engine);
    return outcome;
}

static enum outcome show_run(char **arguments)
{
    struct key_settings settings = {0};
    struct option_table table = {name_options, sizeof name_options / sizeof *name_options,
                                 &settings};
    static const char summary[] = "Prints the DNS record of a private key.";
    struct usage usage = {"key show", "FILE", summary, 1, 1, &table, 1};
    struct shown shown = {.arena = arena_new()};
    struct option_list operands;
    enum options_answer answer = options_parse(&usage, &shown.arena, arguments, &operands);
    enum outcome outcome = answer == OPTIONS_BAD ? OUTCOME_USAGE : OUTCOME_DONE;
    if (answer == OPTIONS_FINE) {
        outcome = find_name(&settings, &shown);
        if (outcome == OUTCOME_DONE)
            outcome = show_key(operands.values[0], shown.name);
    }
    arena_free(&shown.arena);
    return outcome;
}

enum outcome key_run(char **arguments)
{
    static const struct verb verbs[] = {
        {"new", "make a key and print its DNS record", new_run},
        {"show", "print the DNS record of a key", show_run},
        {"check", "compare a key with the record that is published", key_check_run},
    };
    return verbs_run("key", verbs, sizeof verbs / sizeof *verbs, arguments);
}
