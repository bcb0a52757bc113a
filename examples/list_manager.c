/*
 * What a list manager does with the library: a message arrives, is judged, is changed, and leaves
 * as the list's own hop of DKIM2, with the recipe that lets everybody after it undo the change.
 *
 *     list_manager ANSWERS EPOCH KEY SELECTOR SUBSCRIBER < MESSAGE > POST
 *
 * ANSWERS is a zone file or the JSON that `waybill verify --save-dns` writes; KEY is the private
 * key that is published as SELECTOR._domainkey.lists.example. MESSAGE has CRLF and came from
 * alice@author.example to cooks@lists.example: a real list manager knows that from SMTP. What the
 * recipe says, line by line and field by field, is told on standard error.
 */
#include <waybill/answers.h>
#include <waybill/check.h>
#include <waybill/dkim2.h>
#include <waybill/engine.h>
#include <waybill/key.h>
#include <waybill/message.h>
#include <waybill/record.h>
#include <waybill/sign.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST "cooks@lists.example"
#define BOUNCES "cooks-bounces@lists.example"

static const char tag[] = "[cooks] ";
static const char list_id[] = "List-Id: <cooks.lists.example>\r\n";
static const char footer[] = "_______________________________________________\r\n"
                             "cooks mailing list\r\n"
                             "To leave: cooks-leave@lists.example\r\n";

struct text {
    char *p;
    size_t n;
};

struct site {
    struct waybill_engine *engine;
    struct waybill_answers *answers;
    struct waybill_key *key;
    const char *selector, *subscriber;
    int64_t now;
};

static struct text read_all(FILE *f)
{
    size_t most = (size_t)1 << 22;
    struct text text = {malloc(most), 0};
    if (f && text.p)
        text.n = fread(text.p, 1, most, f);
    return text;
}

static struct text read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct text text = read_all(f);
    if (f)
        fclose(f);
    return text;
}

/* --- what the list does to a message ---------------------------------------------------------- */

/* Its tag before the subject, a field on top, lines at the end. */
static struct text revise(struct text before)
{
    struct text after = {calloc(1, before.n + sizeof tag + sizeof list_id + sizeof footer), 0};
    size_t at = 0;
    if (!after.p)
        return after;
    while (at + 11 < before.n && memcmp(before.p + at, "\r\nSubject: ", 11) != 0)
        at++;
    at = at + 11 < before.n ? at + 11 : 0;
    const struct text parts[] = {{(char *)list_id, strlen(list_id)},
                                 {before.p, at},
                                 {(char *)tag, at ? strlen(tag) : 0},
                                 {before.p + at, before.n - at},
                                 {(char *)footer, strlen(footer)}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        memcpy(after.p + after.n, parts[i].p, parts[i].n);
        after.n += parts[i].n;
    }
    return after;
}

/* The recipe as data: a list manager that edits by itself would know most of it. */
static void tell(const struct waybill_recipe *recipe)
{
    const struct waybill_recipe_part *part;
    const char *const *removed;
    size_t n = waybill_recipe_removed(recipe, &removed);
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, "%s: take away\n", removed[i]);
    n = waybill_recipe_parts(recipe, &part);
    for (; n > 0; n--, part++) {
        fprintf(stderr, "%s: ", part->name ? part->name : "body");
        if (part->octets)
            fprintf(stderr, "put \"%.*s\"\n", (int)part->n_octets, part->octets);
        else
            fprintf(stderr, "copy %llu to %llu\n", (unsigned long long)part->first,
                    (unsigned long long)part->last);
    }
}

/* --- judging and signing ---------------------------------------------------------------------- */

static enum waybill_status feed(struct waybill_message *message, struct text octets)
{
    enum waybill_status status = waybill_message_feed(message, octets.p, octets.n);
    return status == WAYBILL_OK ? waybill_message_end(message) : status;
}

static enum waybill_status answer_all(struct waybill_check *check, struct waybill_answers *answers)
{
    const struct waybill_question *open;
    size_t n = 0;
    enum waybill_status status = waybill_check_questions(check, &open, &n);
    for (size_t i = 0; i < n && status == WAYBILL_OK; i++) {
        struct waybill_answer answer;
        status = waybill_answers_find(answers, &open[i], &answer);
        if (status == WAYBILL_OK)
            status = waybill_check_answer(check, &open[i], &answer);
    }
    return status;
}

/* The message as it arrived, with its envelope: the chain that the list extends. */
static enum waybill_status judge(const struct site *site, struct text before,
                                 struct waybill_message **message, struct waybill_check **check)
{
    static const char *const to[] = {LIST};
    static const struct waybill_envelope envelope = {
        .mail_from = "alice@author.example", .rcpt_to = to, .rcpts = 1};
    enum waybill_progress progress = WAYBILL_MORE;
    enum waybill_status status = waybill_message_new(site->engine, WAYBILL_LINES_CRLF, message);
    if (status == WAYBILL_OK)
        status = waybill_check_new(*message, site->now, check);
    if (status == WAYBILL_OK)
        status = waybill_check_envelope(*check, &envelope);
    if (status == WAYBILL_OK)
        status = feed(*message, before);
    while (status == WAYBILL_OK && progress != WAYBILL_DONE) {
        status = answer_all(*check, site->answers);
        if (status == WAYBILL_OK)
            status = waybill_check_step(*check, &progress);
    }
    return status;
}

static enum waybill_status print(struct waybill_signer *signer, struct text after)
{
    const struct waybill_field *fields;
    size_t n = 0;
    enum waybill_status status = waybill_signer_fields(signer, &fields, &n);
    for (size_t i = 0; i < n; i++)
        printf("%s: %s\r\n", fields[i].name, fields[i].value);
    fwrite(after.p, 1, after.n, stdout);
    return status;
}

/* The hop: one signature a subscriber; the arrival and the recipe serve them all. */
static enum waybill_status sign(const struct site *site, struct waybill_check *arrival,
                                const struct waybill_recipe *recipe, struct text after)
{
    static const char *const flags[] = {"exploded"};
    const struct waybill_signing_key key = {site->selector, site->key};
    const struct waybill_dkim2_hop hop = {.domain = "lists.example",
                                          .keys = &key,
                                          .n_keys = 1,
                                          .mail_from = BOUNCES,
                                          .rcpt_to = &site->subscriber,
                                          .rcpts = 1,
                                          .flags = flags,
                                          .n_flags = 1};
    const struct waybill_dkim2_options options = {
        .draft = WAYBILL_DRAFT_09, .now = site->now, .hops = &hop, .n_hops = 1};
    struct waybill_message *message = NULL;
    struct waybill_signer *signer = NULL;
    enum waybill_progress progress;
    enum waybill_status status = waybill_message_new(site->engine, WAYBILL_LINES_CRLF, &message);
    if (status == WAYBILL_OK)
        status = waybill_dkim2_signer_new(message, arrival, recipe, &options, &signer);
    if (status == WAYBILL_OK)
        status = feed(message, after);
    if (status == WAYBILL_OK)
        status = waybill_signer_step(signer, &progress);
    if (status == WAYBILL_REFUSED)
        fprintf(stderr, "not signed: %s\n", waybill_signer_reason(signer));
    if (status == WAYBILL_OK)
        status = print(signer, after);
    waybill_signer_free(signer);
    waybill_message_free(message);
    return status;
}

static enum waybill_status post(const struct site *site, struct text before, struct text after)
{
    struct waybill_message *message = NULL;
    struct waybill_check *arrival = NULL;
    struct waybill_recipe *recipe = NULL;
    char why[200] = "";
    enum waybill_status status = judge(site, before, &message, &arrival);
    if (status == WAYBILL_OK)
        status = waybill_recipe_make(site->engine, WAYBILL_DRAFT_09, before.p, before.n, after.p,
                                     after.n, NULL, &recipe, why);
    if (status == WAYBILL_REFUSED)
        fprintf(stderr, "no recipe: %s\n", why);
    if (status == WAYBILL_OK && recipe)
        tell(recipe);
    if (status == WAYBILL_OK)
        status = sign(site, arrival, recipe, after);
    waybill_recipe_free(recipe);
    waybill_check_free(arrival);
    waybill_message_free(message);
    return status;
}

static enum waybill_status open_site(struct site *site, char **arguments)
{
    struct text zone = read_file(arguments[1]), key = read_file(arguments[3]);
    struct waybill_text_error error = {0, ""};
    char why[160] = "";
    site->now = strtoll(arguments[2], NULL, 10);
    site->selector = arguments[4];
    site->subscriber = arguments[5];
    site->answers = waybill_answers_new(WAYBILL_NXDOMAIN);
    enum waybill_status status = zone.p && key.p && site->answers ? WAYBILL_OK : WAYBILL_NOMEM;
    if (status == WAYBILL_OK)
        status = waybill_answers_read(site->answers, zone.p, zone.n, &error);
    if (status == WAYBILL_OK)
        status = waybill_engine_new(&site->engine);
    if (status == WAYBILL_OK)
        status = waybill_key_read(site->engine, key.p, key.n, &site->key, why);
    if (status != WAYBILL_OK)
        fprintf(stderr, "%s %s\n", error.what, why);
    free(zone.p);
    free(key.p);
    return status;
}

int main(int argc, char **argv)
{
    struct site site = {0};
    enum waybill_status status = argc == 6 ? open_site(&site, argv) : WAYBILL_MISUSE;
    struct text before = read_all(stdin), after = revise(before);
    if (status == WAYBILL_OK)
        status = before.p && after.p ? post(&site, before, after) : WAYBILL_NOMEM;
    if (status != WAYBILL_OK)
        fprintf(stderr, "list_manager: %s\n", waybill_status_text(status));
    free(before.p);
    free(after.p);
    waybill_key_free(site.key);
    waybill_engine_free(site.engine);
    waybill_answers_free(site.answers);
    return status == WAYBILL_OK ? 0 : 1;
}
