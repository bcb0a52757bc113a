#include "drive.h"

static enum waybill_status feed_slice(const void *self, struct waybill_message *message)
{
    const struct slice *octets = self;
    return waybill_message_feed(message, octets->p, octets->n);
}

struct source source_of(const struct slice *octets)
{
    return (struct source){feed_slice, octets};
}

static enum waybill_status answer_all(const struct world *world, struct waybill_check *check)
{
    const struct waybill_question *open;
    size_t n;
    enum waybill_status status = waybill_check_questions(check, &open, &n);
    struct waybill_question asked[512]; /* the list is valid until the next call on the check */
    must(n <= sizeof asked / sizeof asked[0], "keeping questions");
    if (n > 0)
        memcpy(asked, open, n * sizeof *asked);
    for (size_t i = 0; i < n && status == WAYBILL_OK; i++) {
        struct waybill_datum datum;
        struct waybill_answer answer = world_answer(world, &asked[i], &datum);
        status = waybill_check_answer(check, &asked[i], &answer);
    }
    return status;
}

static enum waybill_status feed_whole(struct source source, struct waybill_message *message)
{
    enum waybill_status status = source.feed(source.self, message);
    return status == WAYBILL_OK ? waybill_message_end(message) : status;
}

static enum waybill_status judge(const struct world *world, const struct judging *how,
                                 struct waybill_check *check)
{
    enum waybill_progress progress = WAYBILL_MORE;
    enum waybill_status status = waybill_check_step(check, &progress);
    while (status == WAYBILL_OK && progress == WAYBILL_ASK) {
        status = how->answer ? how->answer(how->self, check) : answer_all(world, check);
        if (status == WAYBILL_OK)
            status = waybill_check_step(check, &progress);
    }
    return status;
}

static enum waybill_status open_check(const struct judging *how, struct waybill_message *message,
                                      struct waybill_check **out)
{
    enum waybill_status status = waybill_check_new(message, BENCH_NOW, out);
    if (status == WAYBILL_OK)
        status = waybill_check_methods(*out, how->methods);
    if (status == WAYBILL_OK && how->envelope)
        status = waybill_check_envelope(*out, how->envelope);
    if (status == WAYBILL_OK && how->policy)
        status = waybill_policy_attach(how->policy, *out);
    return status;
}

static struct outcome outcome_of(const struct waybill_record *record)
{
    struct outcome out = {.disposition = waybill_record_disposition(record)};
    for (size_t i = 0; i < sizeof out.results / sizeof out.results[0]; i++)
        out.results[i] = waybill_record_result(record, (enum waybill_method)i);
    return out;
}

enum waybill_status drive_check(const struct world *world, struct source source,
                                const struct judging *how, struct outcome *out)
{
    struct waybill_message *message = NULL;
    struct waybill_check *check = NULL;
    enum waybill_status status = waybill_message_new(world->engine, WAYBILL_LINES_CRLF, &message);
    if (status == WAYBILL_OK)
        status = open_check(how, message, &check);
    if (status == WAYBILL_OK)
        status = feed_whole(source, message);
    if (status == WAYBILL_OK)
        status = judge(world, how, check);
    if (status == WAYBILL_OK)
        *out = outcome_of(waybill_check_record(check));
    waybill_check_free(check);
    waybill_message_free(message);
    return status;
}

void drive_verify(const struct world *world, struct source source, enum waybill_method method,
                  enum waybill_result expected)
{
    struct judging how = judging_by(method);
    struct outcome outcome = {.disposition = WAYBILL_DELIVER};
    enum waybill_status status = drive_check(world, source, &how, &outcome);
    must(status == WAYBILL_OK, waybill_status_text(status));
    must(outcome.results[method] == expected, waybill_result_text(outcome.results[method]));
}

static void take_fields(struct waybill_signer *signer, struct buffer *out)
{
    const struct waybill_field *fields;
    size_t n;
    must(waybill_signer_fields(signer, &fields, &n) == WAYBILL_OK, "waybill_signer_fields");
    for (size_t i = 0; i < n && out; i++) {
        buffer_add_str(out, fields[i].name);
        buffer_add_str(out, ":");
        buffer_add_str(out, fields[i].value);
        buffer_add_str(out, "\r\n");
    }
}

static struct waybill_message *message_open(const struct world *world)
{
    struct waybill_message *message;
    must(waybill_message_new(world->engine, WAYBILL_LINES_CRLF, &message) == WAYBILL_OK,
         "waybill_message_new");
    return message;
}

static void finish(struct waybill_signer *signer, struct source source,
                   struct waybill_message *message)
{
    enum waybill_progress progress;
    must(feed_whole(source, message) == WAYBILL_OK, "feeding a message to sign");
    must(waybill_signer_step(signer, &progress) == WAYBILL_OK, waybill_signer_reason(signer));
}

void drive_sign(const struct world *world, struct source source, enum bench_key which,
                const char *domain, struct buffer *out)
{
    const struct world_key *k = &world->keys[which];
    struct waybill_signing_key key = {k->selector, k->key};
    struct waybill_sign_options options = {
        .domain = domain, .keys = &key, .n_keys = 1, .now = BENCH_NOW};
    struct waybill_message *message = message_open(world);
    struct waybill_signer *signer;
    must(waybill_dkim_signer_new(message, &options, &signer) == WAYBILL_OK, "making a signer");
    finish(signer, source, message);
    take_fields(signer, out);
    waybill_signer_free(signer);
    waybill_message_free(message);
}

void drive_seal(const struct world *world, struct source source, const char *domain,
                const char *results, struct buffer *out)
{
    const struct world_key *k = &world->keys[BENCH_RSA];
    struct waybill_signing_key key = {k->selector, k->key};
    struct waybill_sign_options options = {
        .domain = domain, .keys = &key, .n_keys = 1, .now = BENCH_NOW};
    struct waybill_message *message = message_open(world);
    struct judging how = judging_by(WAYBILL_METHOD_ARC);
    struct waybill_check *check;
    struct waybill_signer *signer;
    must(open_check(&how, message, &check) == WAYBILL_OK, "waybill_check_new");
    must(waybill_arc_signer_new(message, check, &options, BENCH_AUTHSERV, results, &signer) ==
             WAYBILL_OK,
         "making a sealer");
    must(feed_whole(source, message) == WAYBILL_OK, "feeding a message to seal");
    must(judge(world, &how, check) == WAYBILL_OK, "verifying a chain");
    enum waybill_progress progress;
    must(waybill_signer_step(signer, &progress) == WAYBILL_OK, waybill_signer_reason(signer));
    take_fields(signer, out);
    waybill_signer_free(signer);
    waybill_check_free(check);
    waybill_message_free(message);
}

/* What arrived, judged: it is the message that leaves, or another. */
static void arrive(const struct world *world, const struct passage *how, const struct judging *by,
                   struct waybill_message *arrival, struct waybill_check **check)
{
    must(open_check(by, arrival, check) == WAYBILL_OK, "waybill_check_new");
    if (how->before)
        must(feed_whole(source_of(how->before), arrival) == WAYBILL_OK &&
                 judge(world, by, *check) == WAYBILL_OK,
             "verifying what arrived");
}

void drive_hop(const struct world *world, struct source source, const struct passage *how,
               struct buffer *out)
{
    struct waybill_dkim2_options options = {
        .draft = WAYBILL_DRAFT_09, .now = BENCH_NOW, .hops = how->hop, .n_hops = 1};
    struct judging by = judging_by(WAYBILL_METHOD_DKIM2);
    struct waybill_message *message = message_open(world);
    struct waybill_message *arrival = how->before ? message_open(world) : message;
    struct waybill_check *check = NULL;
    struct waybill_signer *signer;
    enum waybill_progress progress;
    by.envelope = how->arrived;
    if (how->arrived)
        arrive(world, how, &by, arrival, &check);
    must(waybill_dkim2_signer_new(message, check, how->recipe, &options, &signer) == WAYBILL_OK,
         "making a signer");
    must(feed_whole(source, message) == WAYBILL_OK, "feeding a message to sign");
    if (check)
        must(judge(world, &by, check) == WAYBILL_OK, "verifying a chain");
    must(waybill_signer_step(signer, &progress) == WAYBILL_OK, waybill_signer_reason(signer));
    take_fields(signer, out);
    waybill_signer_free(signer);
    waybill_check_free(check);
    if (arrival != message)
        waybill_message_free(arrival);
    waybill_message_free(message);
}
