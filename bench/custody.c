#include "custody.h"

#include "mail.h"

#include <stdio.h>

void custody_place(unsigned hop, struct place *out)
{
    if (hop == 1)
        snprintf(out->domain, sizeof out->domain, BENCH_DOMAIN);
    else
        snprintf(out->domain, sizeof out->domain, "hop%u.example", hop);
    snprintf(out->mail_from, sizeof out->mail_from, "bounces@%s", out->domain);
    snprintf(out->rcpt_to, sizeof out->rcpt_to, "cooks@hop%u.example", hop + 1);
    out->rcpts[0] = out->rcpt_to;
    out->envelope =
        (struct waybill_envelope){.mail_from = out->mail_from, .rcpt_to = out->rcpts, .rcpts = 1};
}

static struct waybill_recipe *recipe_of(const struct world *world, const struct slice *before,
                                        const struct slice *after)
{
    struct waybill_recipe *recipe;
    char why[200];
    enum waybill_status status =
        waybill_recipe_make(world->engine, WAYBILL_DRAFT_09, before->p, before->n, after->p,
                            after->n, NULL, &recipe, why);
    must(status == WAYBILL_OK && recipe, "making a recipe");
    return recipe;
}

void custody_sign(const struct world *world, struct source source, unsigned hop,
                  const struct slice *before, struct buffer *out)
{
    const struct world_key *k = &world->keys[BENCH_RSA];
    struct place here, last;
    custody_place(hop, &here);
    custody_place(hop - 1, &last);
    struct waybill_signing_key key = {k->selector, k->key};
    struct waybill_dkim2_hop signs = {.domain = here.domain,
                                      .keys = &key,
                                      .n_keys = 1,
                                      .mail_from = here.mail_from,
                                      .rcpt_to = here.rcpts,
                                      .rcpts = 1};
    struct waybill_recipe *recipe = before ? recipe_of(world, before, source.self) : NULL;
    drive_hop(world, source,
              &(struct passage){&signs, hop > 1 ? &last.envelope : NULL, before, recipe}, out);
    waybill_recipe_free(recipe);
}

/* The subject stays as long as it was. */
static void revise(unsigned hop, struct buffer *message)
{
    static const char mark[] = "\r\nSubject: [";
    size_t at = 0;
    while (!slice_starts(slice_from(buffer_slice(message), at), SLICE(mark)))
        must(++at < message->n, "finding the subject");
    char tag[8];
    snprintf(tag, sizeof tag, "hop%02u", hop % 100);
    memcpy(message->p + at + sizeof mark - 1, tag, 5);
    buffer_printf(message, "____________\r\nThe cooks of hop%u.example\r\n", hop);
}

static void put_on_top(struct buffer *message, struct buffer *added)
{
    buffer_add(added, buffer_slice(message));
    must(added->status == WAYBILL_OK, "making a message");
    buffer_free(message);
    *message = *added;
}

static void pass_on(const struct world *world, unsigned hop, bool revised, struct buffer *message)
{
    struct buffer before = buffer_new(MAIL_OCTETS_MOST), added = buffer_new(MAIL_OCTETS_MOST);
    buffer_add(&before, buffer_slice(message));
    if (revised)
        revise(hop, message);
    struct slice arrived = buffer_slice(&before), leaving = buffer_slice(message);
    custody_sign(world, source_of(&leaving), hop, revised ? &arrived : NULL, &added);
    put_on_top(message, &added);
    buffer_free(&before);
}

void custody_chain(const struct world *world, unsigned hops, bool revised, struct buffer *message)
{
    for (unsigned hop = 1; hop <= hops; hop++)
        pass_on(world, hop, revised && hop > 1, message);
}

void custody_verify(const struct world *world, struct source source, const struct place *last)
{
    struct judging how = judging_by(WAYBILL_METHOD_DKIM2);
    struct outcome outcome = {.disposition = WAYBILL_DELIVER};
    how.envelope = &last->envelope;
    enum waybill_status status = drive_check(world, source, &how, &outcome);
    must(status == WAYBILL_OK, waybill_status_text(status));
    must(outcome.results[WAYBILL_METHOD_DKIM2] == WAYBILL_RESULT_PASS,
         waybill_result_text(outcome.results[WAYBILL_METHOD_DKIM2]));
}
