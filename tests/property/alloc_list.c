/* A list: it judges what arrived, makes a recipe of its change, signs as two hops, and undoes. */
#include "alloc.h"
#include "support/departure.h"

#define SENDER "<alice@author.example>"
#define LIST "<cooks@lists.example>"
#define SUBSCRIBER "<bob@home.example>"

static struct buffer arrived, leaving;
static const char *const to_list[] = {LIST}, *const to_subscriber[] = {SUBSCRIBER};

void alloc_list_set_up(void)
{
    struct plain_hop hop;
    arrived = message_of("From: Alice <alice@author.example>\r\nTo: cooks@lists.example, "
                         "bob@home.example\r\nSubject: x\r\nCc: \xE9\r\n\r\nbody\r\n\xE9\r\n");
    plain_hop(&alloc_lab, LAB_ED25519, "author.example", SENDER, LIST, &hop);
    depart_well(&alloc_lab,
                &(struct departure){.draft = WAYBILL_DRAFT_09, .hops = &hop.hop, .n_hops = 1},
                &arrived);
    leaving = message_of("");
    buffer_add(&leaving, buffer_slice(&arrived));
    replace(&leaving, "Subject: x", "Subject: [y] x");
    replace(&leaving, "body\r\n\xE9\r\n", "bodies\r\n-- \r\nfooter\r\n");
}

void alloc_list_tear_down(void)
{
    buffer_free(&arrived);
    buffer_free(&leaving);
}

static enum waybill_status feed(struct waybill_message *message, const struct buffer *octets)
{
    enum waybill_status status = waybill_message_feed(message, octets->p, octets->n);
    return status == WAYBILL_OK ? waybill_message_end(message) : status;
}

static enum waybill_status answer_all(struct waybill_check *check)
{
    const struct waybill_question *open;
    size_t n = 0;
    enum waybill_status status = waybill_check_questions(check, &open, &n);
    for (size_t i = 0; i < n && status == WAYBILL_OK; i++) {
        struct waybill_datum room[DNS_ROW_TEXTS];
        struct waybill_question own = open[i];
        struct waybill_answer answer = lab_answer(&alloc_lab, NULL, 0, &own, room);
        status = waybill_check_answer(check, &own, &answer);
    }
    return status;
}

static enum waybill_status judge(struct waybill_engine *engine, struct waybill_message **message,
                                 struct waybill_check **check)
{
    const struct waybill_envelope envelope = {.mail_from = SENDER, .rcpt_to = to_list, .rcpts = 1};
    enum waybill_progress progress = WAYBILL_MORE;
    enum waybill_status status = waybill_message_new(engine, WAYBILL_LINES_CRLF, message);
    if (status == WAYBILL_OK)
        status = waybill_check_new(*message, LAB_NOW, check);
    if (status == WAYBILL_OK)
        status = waybill_check_methods(*check, 1u << WAYBILL_METHOD_DKIM2);
    if (status == WAYBILL_OK)
        status = waybill_check_envelope(*check, &envelope);
    if (status == WAYBILL_OK)
        status = feed(*message, &arrived);
    while (status == WAYBILL_OK && progress != WAYBILL_DONE) {
        status = answer_all(*check);
        if (status == WAYBILL_OK)
            status = waybill_check_step(*check, &progress);
    }
    return status;
}

static enum waybill_status take_fields(struct waybill_signer *signer, struct result *out)
{
    enum waybill_progress progress;
    const struct waybill_field *fields;
    size_t n = 0;
    enum waybill_status status = waybill_signer_step(signer, &progress);
    if (status == WAYBILL_OK)
        status = waybill_signer_fields(signer, &fields, &n);
    for (size_t i = 0; i < n; i++)
        alloc_note(out, slice_str(fields[i].value));
    return status;
}

static enum waybill_status sign(struct waybill_engine *engine, struct waybill_check *check,
                                const struct waybill_recipe *recipe, struct result *out)
{
    const struct waybill_signing_key key = {"ed", alloc_lab.keys[LAB_ED25519]};
    const struct waybill_dkim2_hop hops[] = {
        {.domain = "lists.example", .keys = &key, .n_keys = 1, .next_domain = "srs.example"},
        {.domain = "srs.example",
         .keys = &key,
         .n_keys = 1,
         .mail_from = "<b@srs.example>",
         .rcpt_to = to_subscriber,
         .rcpts = 1,
         .nonce = "n"}};
    const struct waybill_dkim2_options options = {
        .draft = WAYBILL_DRAFT_09, .now = LAB_NOW, .hops = hops, .n_hops = 2};
    struct waybill_message *message;
    struct waybill_signer *signer = NULL;
    size_t group[1] = {9};
    enum waybill_status status = waybill_message_new(engine, WAYBILL_LINES_CRLF, &message);
    if (status == WAYBILL_OK)
        status = waybill_dkim2_signer_new(message, check, recipe, &options, &signer);
    if (status == WAYBILL_OK)
        status = feed(message, &leaving);
    if (status == WAYBILL_OK)
        status = take_fields(signer, out);
    if (status == WAYBILL_OK)
        status = waybill_dkim2_split(message, to_subscriber, 1, group);
    alloc_note(out, slice_of(group, sizeof group));
    waybill_signer_free(signer);
    waybill_message_free(message);
    return status;
}

static enum waybill_status pass_on(struct waybill_engine *engine, struct result *out)
{
    struct waybill_message *message = NULL;
    struct waybill_check *check = NULL;
    struct waybill_recipe *recipe = NULL;
    char why[200];
    enum waybill_status status = judge(engine, &message, &check);
    if (status == WAYBILL_OK)
        status = waybill_recipe_make(engine, WAYBILL_DRAFT_09, arrived.p, arrived.n, leaving.p,
                                     leaving.n, NULL, &recipe, why);
    if (status == WAYBILL_OK)
        status = sign(engine, check, recipe, out);
    waybill_recipe_free(recipe);
    waybill_check_free(check);
    waybill_message_free(message);
    return status;
}

enum waybill_status alloc_list(struct result *out)
{
    struct waybill_engine *engine;
    enum waybill_status status = waybill_engine_new(&engine);
    if (status != WAYBILL_OK)
        return status;
    status = pass_on(engine, out);
    waybill_engine_free(engine);
    return status;
}
