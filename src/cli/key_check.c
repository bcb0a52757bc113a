/*
 * waybill key check: whether what is published is what we sign with.
 */
#include "cli/drive.h"
#include "cli/keys.h"
#include "cli/verbs.h"
#include "dkim/published.h"
#include "waybill/engine.h"

struct check_settings {
    struct option_list keys;
    const char *domain;
};

static const struct option options[] = {
    {"key", KEYS_OPTION_VALUE, "a selector and its private key; may be repeated", OPTION_LIST,
     offsetof(struct check_settings, keys), 0, 0, NULL},
    {"domain", "DOMAIN", "the domain that the keys sign for", OPTION_TEXT,
     offsetof(struct check_settings, domain), 0, 0, NULL},
};

/* One run, and what it holds. */
struct checking {
    struct waybill_engine *engine;
    struct drive *drive;
    struct arena arena;
    struct keys keys;
};

static void print_match(const struct waybill_question *question, const struct waybill_key *key,
                        bool testing)
{
    struct buffer line = buffer_new(4096);
    buffer_printf(&line, "%s: %s key matches%s\n", question->name,
                  waybill_key_kind_text(waybill_key_kind(key)),
                  testing ? "; t=y says that it is only tested" : "");
    output(buffer_slice(&line));
    buffer_free(&line);
}

static enum outcome compare(struct checking *c, size_t i, const struct waybill_question *question,
                            const struct waybill_answer *answer)
{
    struct waybill_key *key = c->keys.all[i].key;
    struct published found;
    enum waybill_status status = published_compare(c->engine, &c->arena, key, answer, &found);
    if (status != WAYBILL_OK)
        return report_status(status, question->name);
    if (found.why)
        return report(found.temporary ? OUTCOME_TEMPORARY : OUTCOME_NO,
                      (struct place){.file = c->keys.paths[i]}, "%s: %s", question->name,
                      found.why);
    print_match(question, key, found.testing);
    return OUTCOME_DONE;
}

static enum outcome make_questions(struct checking *c, const char *domain,
                                   struct waybill_question *out)
{
    for (size_t i = 0; i < c->keys.n; i++) {
        struct slice name;
        enum outcome outcome = key_record_name(&c->arena, c->keys.all[i].selector, domain, &name);
        if (outcome != OUTCOME_DONE)
            return outcome;
        out[i] = (struct waybill_question){.kind = WAYBILL_DNS,
                                           .name = (const char *)name.p,
                                           .name_octets = name.n,
                                           .type = WAYBILL_DNS_TXT,
                                           .wave = 1};
    }
    return OUTCOME_DONE;
}

/* Each key says for itself; the worst counts, an error of ours before all. */
static enum outcome compare_all(struct checking *c, const struct waybill_question *questions,
                                const struct waybill_answer *answers)
{
    enum outcome worst = OUTCOME_DONE;
    for (size_t i = 0; i < c->keys.n; i++) {
        enum outcome outcome = compare(c, i, &questions[i], &answers[i]);
        if (outcome == OUTCOME_OURS)
            return outcome;
        worst = outcome_of_both(worst, outcome);
    }
    return worst;
}

static enum outcome ask_and_compare(struct checking *c, const char *domain)
{
    struct waybill_question *questions = arena_array(&c->arena, c->keys.n, sizeof *questions);
    struct waybill_answer *answers = arena_array(&c->arena, c->keys.n, sizeof *answers);
    if (!questions || !answers)
        return report_status(WAYBILL_NOMEM, "questions");
    enum outcome outcome = make_questions(c, domain, questions);
    if (outcome == OUTCOME_DONE)
        outcome = drive_ask(c->drive, &c->arena, questions, c->keys.n, answers);
    if (outcome == OUTCOME_DONE)
        outcome = drive_save(c->drive);
    return outcome == OUTCOME_DONE ? compare_all(c, questions, answers) : outcome;
}

static enum outcome run(struct checking *c, const struct check_settings *s,
                        const struct drive_settings *d)
{
    if (s->keys.n == 0 || !s->domain)
        return report(OUTCOME_USAGE, (struct place){0},
                      "--key and --domain are both needed: add --%s", s->domain ? "key" : "domain");
    enum waybill_status status = waybill_engine_new(&c->engine);
    if (status != WAYBILL_OK)
        return report_status(status, "start");
    enum outcome outcome = drive_new(d, &c->drive);
    if (outcome == OUTCOME_DONE)
        outcome = keys_load(c->engine, &c->arena, "key", &s->keys, &c->keys);
    return outcome == OUTCOME_DONE ? ask_and_compare(c, s->domain) : outcome;
}

enum outcome key_check_run(char **arguments)
{
    struct check_settings settings = {0};
    struct drive_settings drive = DRIVE_SETTINGS_DEFAULT;
    struct option_table tables[] = {{options, sizeof options / sizeof *options, &settings},
                                    {drive_options, DRIVE_OPTIONS, &drive}};
    static const char summary[] = "Compares private keys with the records that are published.";
    struct usage usage = {"key check", "", summary, 0, 0, tables, 2};
    struct checking c = {.arena = arena_new()};
    struct option_list operands;
    enum options_answer answer = options_parse(&usage, &c.arena, arguments, &operands);
    enum outcome outcome = answer == OPTIONS_BAD ? OUTCOME_USAGE : OUTCOME_DONE;
    if (answer == OPTIONS_FINE)
        outcome = run(&c, &settings, &drive);
    keys_free(&c.keys);
    drive_free(c.drive);
    waybill_engine_free(c.engine);
    arena_free(&c.arena);
    return outcome;
}
