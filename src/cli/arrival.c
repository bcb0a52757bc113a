#include "cli/arrival.h"

#include "base/limits.h"
#include "waybill/record.h"

size_t arrival_mbox_line(struct slice octets)
{
    return slice_starts(octets, SLICE("From ")) ? slice_find(octets, '\n', 0) + 1 : 0;
}

enum outcome arrival_check_new(const struct signing_settings *s, struct waybill_message *message,
                               int64_t now, unsigned methods, struct waybill_check **out)
{
    const struct waybill_envelope envelope = {.mail_from = s->hop.arrived_from,
                                              .rcpt_to = s->hop.arrived_to.values,
                                              .rcpts = s->hop.arrived_to.n};
    enum waybill_status status = waybill_check_new(message, now, out);
    if (status == WAYBILL_OK && methods)
        status = waybill_check_methods(*out, methods);
    if (status == WAYBILL_OK)
        status = waybill_check_draft(*out, (enum waybill_draft)s->draft);
    if (status == WAYBILL_OK && s->hop.arrived_from)
        status = waybill_check_envelope(*out, &envelope);
    return status == WAYBILL_OK ? OUTCOME_DONE : report_status(status, "check");
}

/* Lines ended by CRLF, as the first line end of the message decides (design 4). */
static struct buffer with_crlf(struct slice octets)
{
    struct buffer out = buffer_new(2 * LIMIT_MESSAGE_OCTETS);
    octets = slice_from(octets, arrival_mbox_line(octets));
    size_t first = slice_find(octets, '\n', 0);
    if (first == octets.n || (first > 0 && octets.p[first - 1] == '\r')) {
        buffer_add(&out, octets);
        return out;
    }
    while (octets.n > 0) {
        size_t lf = slice_find(octets, '\n', 0);
        size_t n = lf < octets.n && lf > 0 && octets.p[lf - 1] == '\r' ? lf - 1 : lf;
        buffer_add(&out, slice_sub(octets, 0, n));
        buffer_add_str(&out, lf < octets.n ? "\r\n" : "");
        octets = slice_from(octets, lf + 1);
    }
    return out;
}

static enum outcome make_recipe(const struct signing_settings *s, struct waybill_engine *engine,
                                const char *path, struct slice after, struct arrival *a)
{
    const struct waybill_revise_rules rules = {.secret_fields = s->secret_fields.values,
                                               .n_secret_fields = s->secret_fields.n,
                                               .literals_most = (size_t)s->literals_most};
    char why[200] = "";
    struct buffer old = with_crlf(buffer_slice(&a->octets)), new = with_crlf(after);
    enum waybill_status status = old.status != WAYBILL_OK ? old.status : new.status;
    if (status == WAYBILL_OK)
        status = waybill_recipe_make(engine, (enum waybill_draft)s->draft, old.p, old.n, new.p,
                                     new.n, &rules, &a->recipe, why);
    buffer_free(&old);
    buffer_free(&new);
    if (status == WAYBILL_REFUSED)
        return report(OUTCOME_NO, (struct place){.file = path ? path : "standard input"},
                      "not revised: %s", why);
    return status == WAYBILL_OK ? OUTCOME_DONE : report_status(status, "recipe");
}

enum outcome arrival_read(const struct signing_settings *s, struct waybill_engine *engine,
                          struct drive *drive, int64_t now, const char *path, struct slice after,
                          struct arrival *out)
{
    *out = (struct arrival){.octets = buffer_new(LIMIT_MESSAGE_OCTETS)};
    enum waybill_status status = waybill_message_new(engine, WAYBILL_LINES_DETECT, &out->message);
    if (status != WAYBILL_OK)
        return report_status(status, "message");
    enum outcome outcome =
        arrival_check_new(s, out->message, now, 1u << WAYBILL_METHOD_DKIM2, &out->check);
    if (outcome == OUTCOME_DONE)
        outcome = drive_message(s->before, out->message, &out->octets);
    if (outcome == OUTCOME_DONE)
        outcome = drive_check(drive, out->check);
    return outcome == OUTCOME_DONE ? make_recipe(s, engine, path, after, out) : outcome;
}

void arrival_free(struct arrival *a)
{
    waybill_recipe_free(a->recipe);
    waybill_check_free(a->check);
    waybill_message_free(a->message);
    buffer_free(&a->octets);
    *a = (struct arrival){0};
}
