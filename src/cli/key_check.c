/*
 * waybill key check: whether what is published is what we sign with.
 */
#include "cli/drive.h"
#include "cli/keys.h"
#include "cli/verbs.h"
#include "crypto/engine.h"
#include "crypto/private_key.h"
#include "dkim/key_record.h"

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

/* A key, its question and the answer. */
struct published {
    const char *path;
    struct waybill_key *key;
    const struct waybill_question *question;
    const struct waybill_answer *answer;
};

static enum outcome mismatch(const struct published *p, const char *what)
{
    return report(OUTCOME_NO, (struct place){.file = p->path}, "%s: %s", p->question->name, what);
}

/* Whoever can verify what the key signs has its other half: so every form of the record counts. */
static enum waybill_status is_other_half(struct arena *arena, struct waybill_key *key,
                                         struct public_key *published, bool *good)
{
    static const uint8_t zeros[32];
    const struct algorithm *algorithm = algorithm_of_key(private_key_kind(key));
    struct slice digest = slice_of(zeros, sizeof zeros), signature;
    enum waybill_status status = private_key_sign(key, algorithm, digest, arena, &signature);
    return status == WAYBILL_OK ? public_key_verify(published, algorithm, digest, signature, good)
                                : status;
}

static enum outcome compare_keys(struct checking *c, const struct published *p,
                                 const struct key_record *record)
{
    struct public_key *published;
    enum key_problem problem;
    bool good = false;
    enum waybill_status status =
        keyring_find(c->engine->keyring, record->kind, record->key, &published, &problem);
    if (status == WAYBILL_OK && problem != KEY_FINE)
        return mismatch(p, key_problem_text(problem));
    if (status == WAYBILL_OK)
        status = is_other_half(&c->arena, p->key, published, &good);
    if (status != WAYBILL_OK)
        return report_status(status, p->question->name);
    return good ? OUTCOME_DONE
                : mismatch(p, "another key is published: publish what \"waybill key show\" prints");
}

static enum outcome compare_record(struct checking *c, const struct published *p,
                                   const struct key_record *record)
{
    enum key_kind kind = private_key_kind(p->key);
    const struct {
        bool wrong;
        const char *what;
    } conditions[] = {
        {record->why != NULL, record->why},
        {record->key.n == 0, "the key is revoked, p= is empty: sign with another selector"},
        {!record->known_kind || record->kind != kind,
         "k= names another kind of key: publish what \"waybill key show\" prints"},
        {!record->email, "s= does not admit mail: remove it"},
        {!key_record_admits(record, DIGEST_SHA256), "h= does not admit sha256: remove it"},
    };
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (conditions[i].wrong)
            return mismatch(p, conditions[i].what);
    return compare_keys(c, p, record);
}

static void print_match(const struct published *p, bool testing)
{
    struct buffer line = buffer_new(4096);
    buffer_printf(&line, "%s: %s key matches%s\n", p->question->name,
                  waybill_key_kind_text(waybill_key_kind(p->key)),
                  testing ? "; t=y says that it is only tested" : "");
    output(buffer_slice(&line));
    buffer_free(&line);
}

static enum outcome compare(struct checking *c, const struct published *p)
{
    struct key_record record;
    switch (p->answer->status) {
    case WAYBILL_NODATA:
    case WAYBILL_NXDOMAIN:
        return mismatch(p, "no TXT record is published: publish what \"waybill key show\" prints");
    case WAYBILL_SERVFAIL:
    case WAYBILL_TIMEOUT:
        return report(OUTCOME_TEMPORARY, (struct place){.file = p->path},
                      "%s: no answer from the DNS (%s): try again later", p->question->name,
                      waybill_answer_status_text(p->answer->status));
    case WAYBILL_ANSWERED:
        break;
    }
    enum waybill_status status = key_record_choose(&c->arena, p->answer, &record);
    if (status != WAYBILL_OK)
        return report_status(status, p->question->name);
    enum outcome outcome = compare_record(c, p, &record);
    if (outcome == OUTCOME_DONE)
        print_match(p, record.testing);
    return outcome;
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
        struct published p = {c->keys.paths[i], c->keys.all[i].key, &questions[i], &answers[i]};
        enum outcome outcome = compare(c, &p);
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
