#include "daemon/say.h"

#include "base/limits.h"
#include "base/line.h"
#include "daemon/departure.h"
#include "mail/address.h"
#include "mail/message.h"
#include "record/line.h"
#include "record/local_parts.h"

void say(const struct worker *worker, enum log_level level, const struct buffer *line)
{
    if (line->status == WAYBILL_OK)
        log_line(worker->shared->log, level, buffer_slice(line));
}

static void begin(struct buffer *line, struct slice queue_id, const struct listener *listener)
{
    *line = buffer_new(LIMIT_LOG_LINE);
    line_start(line, queue_id);
    line_add(line, "listener", slice_str(listener->name));
}

static void end(const struct worker *worker, enum log_level level, struct buffer *line)
{
    say(worker, level, line);
    buffer_free(line);
}

void say_problem(const struct passage *p, const char *what, const char *why)
{
    struct buffer line;
    begin(&line, queue_id_of(p->session), p->listener);
    line_add(&line, "error", slice_str(what));
    line_add(&line, "reason", slice_str(why));
    line_add(&line, "id", slice_str(p->id));
    end(p->worker, LOG_LEVEL_ERROR, &line);
}

void say_failure(const struct passage *p, const char *what, const char *why)
{
    say_problem(p, what, why);
    metrics_failure();
}

void say_key_trouble(const struct passage *p, const char *why)
{
    struct buffer line;
    begin(&line, queue_id_of(p->session), p->listener);
    line_add(&line, "error", SLICE("key not usable"));
    line_add(&line, "reason", slice_str(why));
    end(p->worker, LOG_LEVEL_ERROR, &line);
}

/* --- what was signed ---------------------------------------------------------------------------
 */

static const char *const words[SIGNED_AS] = {
    [SIGNED_AS_DKIM] = "dkim", [SIGNED_AS_DKIM2] = "dkim2"};

/* The setting by which a refusal can be prevented, where there is one: of Postfix or ours. */
static const struct {
    const char *begins, *setting;
} remedies[] = {
    {"rt= would show", "TRANSPORT_destination_recipient_limit=1 (Postfix), "
                       "SMTP_MAILER_MAXRCPTS=1 (Sendmail), on the way here"},
    {"a line is longer", "none: the sender has to break its lines"},
    {"a CR or LF stands alone", "smtpd_forbid_bare_newline=normalize (Postfix)"},
    {"the recipe would hold", "literals-most"},
    {"the recipe would reveal", "secret-fields"},
};

static const char *remedy_of(const char *why)
{
    for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++)
        if (slice_starts(slice_str(why), slice_str(remedies[i].begins)))
            return remedies[i].setting;
    return NULL;
}

/* It may show an address of the envelope, of which the domain stays. */
static void add_reason(struct buffer *line, const char *key, const char *why)
{
    struct buffer text = buffer_new(LIMIT_LOG_LINE);
    local_parts_remove(slice_str(why), &text);
    line_add(line, key, buffer_slice(&text));
    buffer_free(&text);
}

static void add_signed(struct buffer *line, const struct passage *p)
{
    const struct signing *s = &p->signing;
    const char *setting = NULL;
    for (size_t i = 0; i < SIGNED_AS; i++) {
        const char *why = s->unsigned_why[i];
        line_add(line, words[i], why ? SLICE("unsigned") : SLICE("signed"));
        metrics_signed((enum signed_as)i, !why);
        if (!why)
            continue;
        add_reason(line, i == SIGNED_AS_DKIM ? "dkim-why" : "dkim2-why", why);
        setting = setting ? setting : remedy_of(why);
    }
    if (setting)
        line_add(line, "setting", slice_str(setting));
}

/*
 * What may still change behind the filter, so that what is signed breaks: 8-bit text where the next
 * host takes seven, lines over the limit of the MTA.
 */
static void add_risks(struct buffer *line, const struct passage *p, struct waybill_message *message)
{
    const struct oddity_count *eight = message_oddity(message, ODDITY_EIGHT_BIT);
    bool any = p->signing.dkim || p->signing.dkim2;
    if (any && eight->body > 0)
        line_add(line, "risk",
                 SLICE("8-bit body: disable_mime_output_conversion=yes (Postfix), "
                       "F=8 of the mailer (Sendmail)"));
    if (any && eight->header > 0)
        line_add(line, "risk", SLICE("8-bit header: only SMTPUTF8 carries it unchanged"));
    if (any && message_longest_line(message) > LIMIT_LINE_OCTETS)
        line_add(line, "risk",
                 SLICE("long lines: smtp_line_length_limit=0 (Postfix), "
                       "SMTP_MAILER_LL=0 (Sendmail)"));
}

/* Of what leaves again: the arrival that it was, and the seal. */
static void add_custody(struct buffer *line, const struct passage *p)
{
    const struct custody *c = &p->custody;
    if (c->begins && !c->why)
        line_add(line, "custody", SLICE("begins"));
    if (c->departure)
        line_add(line, "arrival", slice_str(c->departure->arrival.id));
    if (p->listener->seal)
        line_add(line, "arc", c->arc && !c->unsealed ? SLICE("sealed") : SLICE("unsealed"));
    if (p->listener->seal && c->unsealed)
        line_add(line, "arc-why", slice_str(c->unsealed));
}

void say_signed(const struct passage *p, struct waybill_message *message)
{
    struct buffer line;
    begin(&line, queue_id_of(p->session), p->listener);
    line_add(&line, "client", slice_str(p->client->ip.n ? p->client->ip_text : "local"));
    if (p->signing.domain)
        line_add(&line, "domain", slice_str(p->signing.domain));
    add_signed(&line, p);
    add_custody(&line, p);
    add_risks(&line, p, message);
    line_add_number(&line, "size", message_octets(message));
    line_add_number(&line, "ms", (uint64_t)passage_ms(p));
    line_add(&line, "id", slice_str(p->id));
    end(p->worker, LOG_LEVEL_INFO, &line);
}

void say_not_ours(const struct worker *worker, const struct listener *listener,
                  struct slice queue_id, const struct client *client, struct slice mail_from,
                  const char *why)
{
    struct buffer line;
    begin(&line, queue_id, listener);
    line_add(&line, "client", slice_str(client->ip.n ? client->ip_text : "local"));
    line_add(&line, "mail-from",
             record_line_path(address_of_path(mail_from), worker->settings->log_addresses));
    line_add(&line, "dkim", SLICE("unsigned"));
    line_add(&line, "dkim2", SLICE("unsigned"));
    line_add(&line, "why", slice_str(why));
    end(worker, LOG_LEVEL_INFO, &line);
}
