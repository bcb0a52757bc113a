#include "support/departure.h"

#include <stdio.h>

static struct trial begin(const struct lab *lab, enum waybill_draft draft, int64_t now,
                          const struct waybill_envelope *envelope)
{
    struct trial t = {0};
    must(waybill_message_new(lab->engine, WAYBILL_LINES_CRLF, &t.message) == WAYBILL_OK,
         "no message");
    must(waybill_check_new(t.message, now ? now : LAB_NOW, &t.check) == WAYBILL_OK, "no check");
    must(waybill_check_methods(t.check, 1u << WAYBILL_METHOD_DKIM2) == WAYBILL_OK, "no DKIM2");
    must(waybill_check_draft(t.check, draft) == WAYBILL_OK, "no draft");
    if (envelope)
        must(waybill_check_envelope(t.check, envelope) == WAYBILL_OK, "no envelope");
    return t;
}

static void feed(struct trial *t, const struct buffer *octets)
{
    must(waybill_message_feed(t->message, octets->p, octets->n) == WAYBILL_OK &&
             waybill_message_end(t->message) == WAYBILL_OK,
         "the message was refused");
}

struct trial arrive_with(const struct lab *lab, const struct buffer *message,
                         enum waybill_draft draft, const struct waybill_envelope *envelope,
                         const struct dns_row *rows, size_t n_rows)
{
    const struct trial_input in = {.rows = rows, .n_rows = n_rows};
    struct trial t = begin(lab, draft, 0, envelope);
    feed(&t, message);
    trial_finish(&t, lab, &in);
    return t;
}

struct trial arrive(const struct lab *lab, const struct buffer *message, enum waybill_draft draft,
                    const struct waybill_envelope *envelope)
{
    return arrive_with(lab, message, draft, envelope, NULL, 0);
}

static struct waybill_recipe *recipe_between(const struct lab *lab, enum waybill_draft draft,
                                             const struct buffer *before,
                                             const struct buffer *after)
{
    struct waybill_recipe *recipe;
    char why[200] = "";
    enum waybill_status status = waybill_recipe_make(lab->engine, draft, before->p, before->n,
                                                     after->p, after->n, NULL, &recipe, why);
    must(status == WAYBILL_OK, "no recipe: %s %s", waybill_status_text(status), why);
    return recipe;
}

enum waybill_status depart(const struct lab *lab, const struct departure *how,
                           struct buffer *message, char reason[200])
{
    const struct trial_input in = {.rows = how->rows, .n_rows = how->n_rows};
    const struct waybill_dkim2_options options = {.draft = how->draft,
                                                  .now = how->now ? how->now : LAB_NOW,
                                                  .hops = how->hops,
                                                  .n_hops = how->n_hops,
                                                  .out_of_band = how->out_of_band};
    struct trial leaving = begin(lab, how->draft, how->now, how->before ? NULL : how->arrived);
    struct trial arrived = {0}, *rests_on = &leaving;
    struct waybill_recipe *recipe = NULL;
    struct waybill_signer *signer;
    enum waybill_progress progress;
    if (how->before) {
        rests_on = &arrived;
        arrived = begin(lab, how->draft, how->now, how->arrived);
        feed(&arrived, how->before);
        trial_finish(&arrived, lab, &in);
        recipe = recipe_between(lab, how->draft, how->before, message);
    }
    must(waybill_dkim2_signer_new(leaving.message, rests_on->check, recipe, &options, &signer) ==
             WAYBILL_OK,
         "no signer");
    feed(&leaving, message);
    trial_finish(&leaving, lab, &in);
    enum waybill_status status = waybill_signer_step(signer, &progress);
    if (status == WAYBILL_OK)
        put_fields(signer, message);
    if (reason)
        snprintf(reason, 200, "%s", waybill_signer_reason(signer));
    waybill_signer_free(signer);
    waybill_recipe_free(recipe);
    if (how->before)
        trial_free(&arrived);
    trial_free(&leaving);
    return status;
}

void depart_well(const struct lab *lab, const struct departure *how, struct buffer *message)
{
    char reason[200];
    enum waybill_status status = depart(lab, how, message, reason);
    must(status == WAYBILL_OK, "not signed: %s %s", waybill_status_text(status), reason);
}

void plain_hop(const struct lab *lab, enum lab_key key, const char *domain, const char *from,
               const char *to, struct plain_hop *out)
{
    out->key = (struct waybill_signing_key){lab_key_texts[key].selector, lab->keys[key]};
    out->to = to;
    out->hop = (struct waybill_dkim2_hop){.domain = domain,
                                          .keys = &out->key,
                                          .n_keys = 1,
                                          .mail_from = from,
                                          .rcpt_to = &out->to,
                                          .rcpts = 1};
}
