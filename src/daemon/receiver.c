/* What arrives is checked, and the message says what was found. */
#include "base/limits.h"
#include "daemon/keeping.h"
#include "daemon/passage.h"
#include "daemon/say.h"
#include "io/journal.h"
#include "record/line.h"
#include "record/record.h"
#include "transit/token.h"

#include <stdlib.h>

static const char RESULTS[] = "Authentication-Results";

/* --- before the message ------------------------------------------------------------------------
 */

/* An address that is none cannot be checked, and is no way around a check: as a sender it says as
 * little as the null one (RFC 7208 section 2.4 then takes HELO). */
static enum waybill_status give_envelope(const struct passage *p)
{
    struct waybill_envelope whole = {.ip = p->client->ip.n ? p->client->ip_text : NULL,
                                     .helo = p->client->helo,
                                     .mail_from = p->mail_from,
                                     .rcpt_to = p->rcpt_to,
                                     .rcpts = p->too_many ? 0 : p->n_recipients,
                                     .receiver = p->listener->authserv_id};
    struct waybill_envelope without_recipients = whole, without_sender = whole;
    without_recipients.rcpts = without_sender.rcpts = 0;
    without_sender.mail_from = "<>";
    const struct waybill_envelope *const ways[] = {&whole, &without_recipients, &without_sender};
    enum waybill_status status = WAYBILL_SYNTAX;
    for (size_t i = 0; i < sizeof ways / sizeof *ways && status == WAYBILL_SYNTAX; i++)
        status = waybill_check_envelope(p->check, ways[i]);
    return status == WAYBILL_SYNTAX ? WAYBILL_MISUSE : status;
}

static void decided(void *self, enum waybill_status status);

static enum waybill_status begin(struct passage *p)
{
    const struct settings *s = p->settings;
    enum waybill_status status = waybill_check_new(p->message, worker_now(p->worker), &p->check);
    if (status == WAYBILL_OK)
        status = waybill_check_methods(p->check, p->listener->verify);
    if (status == WAYBILL_OK)
        status = waybill_check_draft(p->check, s->draft);
    if (status == WAYBILL_OK)
        status = waybill_check_align_dkim2(p->check, s->dkim2_aligns);
    if (status == WAYBILL_OK)
        status = waybill_policy_attach(s->policy, p->check);
    if (status == WAYBILL_OK)
        status = waybill_check_id(p->check, p->id);
    if (status == WAYBILL_OK)
        status = give_envelope(p);
    if (status == WAYBILL_OK)
        status = asking_new(p->worker->asker, p->worker->base, p->check, s->deadline_ms, decided, p,
                            &p->asking);
    if (status == WAYBILL_OK)
        status = keeping_new(p, &p->keeping);
    if (status == WAYBILL_OK && p->keeping)
        asking_keep(p->asking, keeping_answers(p->keeping));
    if (status == WAYBILL_OK)
        asking_look(p->asking);
    return status;
}

/* --- what the message is told ------------------------------------------------------------------
 */

/* Field by field from the last to the first, so that the numbers of the others stay. */
static enum waybill_status remove_forged(struct passage *p, const struct waybill_record *record)
{
    struct waybill_claimed_field *list = NULL;
    size_t n = 0;
    enum waybill_status status =
        waybill_record_claimed(record, p->listener->authserv_id, &list, &n);
    for (size_t i = n; i > 0 && status == WAYBILL_OK; i--)
        status = milter_change_header(p->session, (unsigned)list[i - 1].ordinal, slice_str(RESULTS),
                                      SLICE(""));
    free(list);
    return status;
}

/* At index 0: above every other trace field, those of this host included. */
static enum waybill_status add_results(struct passage *p, const struct waybill_record *record)
{
    char *text = NULL;
    size_t n = 0;
    enum waybill_status status =
        waybill_record_authres(record, p->listener->authserv_id, p->settings->comments, &text, &n);
    struct buffer value = buffer_new(LIMIT_FIELD_WRITTEN + 1);
    buffer_add_octet(&value, ' ');
    buffer_add(&value, slice_of(text, status == WAYBILL_OK ? n : 0));
    if (status == WAYBILL_OK)
        status = value.status;
    if (status == WAYBILL_OK)
        status = milter_insert_header(p->session, 0, slice_str(RESULTS), buffer_slice(&value));
    buffer_free(&value);
    free(text);
    return status;
}

static void enforce(struct passage *p, const struct waybill_record *record)
{
    const char *reply = waybill_record_reply(record);
    if (waybill_record_disposition(record) == WAYBILL_QUARANTINE &&
        milter_session_can(p->session, MILTER_CAN_QUARANTINE))
        milter_quarantine(p->session, record->decision.reason);
    if (reply)
        milter_reply_text(p->session, reply);
    else
        milter_reply_continue(p->session);
}

/*
 * A message that could not be judged passes without a word of ours; and without one that claims to
 * be ours: which of its fields do was not found out, so all of them go. Where not even that can be
 * done it comes again.
 */
static void pass_unjudged(struct passage *p, enum waybill_status failed)
{
    enum waybill_status status = WAYBILL_OK;
    say_failure(p, "not checked", waybill_status_text(failed));
    for (size_t i = p->results_fields; i > 0 && passage_may_change(p) && status == WAYBILL_OK; i--)
        status = milter_change_header(p->session, (unsigned)i, slice_str(RESULTS), SLICE(""));
    if (status == WAYBILL_OK)
        milter_reply_continue(p->session);
    else
        milter_reply_tempfail(p->session);
}

/* What names the kept arrival to the listener at which the message leaves. */
static enum waybill_status add_token(struct passage *p)
{
    const int64_t day = 24 * 60 * 60;
    struct buffer value = buffer_new(LIMIT_FIELD_WRITTEN);
    int64_t expires = worker_now(p->worker) + (int64_t)p->settings->config.spool_age.number * day;
    buffer_add_octet(&value, ' ');
    enum waybill_status status =
        transit_token_write(&p->worker->shared->transit_keys, p->id, expires, &value);
    if (status == WAYBILL_OK)
        status = milter_insert_header(p->session, 0, SLICE(TRANSIT_FIELD), buffer_slice(&value));
    buffer_free(&value);
    return status;
}

static enum waybill_status annotate(struct passage *p, const struct waybill_record *record,
                                    bool kept)
{
    if (!passage_may_change(p))
        return WAYBILL_OK;
    enum waybill_status status = passage_remove_tokens(p);
    if (status == WAYBILL_OK)
        status = remove_forged(p, record);
    if (status == WAYBILL_OK && kept)
        status = add_token(p);
    return status == WAYBILL_OK ? add_results(p, record) : status;
}

/* --- what is kept of it ------------------------------------------------------------------------
 */

static void log_record(struct passage *p, const struct waybill_record *record)
{
    struct buffer line = buffer_new(LIMIT_LOG_LINE);
    const struct record_line_facts facts = {.queue_id = queue_id_of(p->session),
                                            .listener = slice_str(p->listener->name),
                                            .ms = passage_ms(p),
                                            .log_addresses = p->settings->log_addresses};
    record_line(record, &facts, &line);
    say(p->worker, LOG_LEVEL_INFO, &line);
    buffer_free(&line);
}

static void keep_record(struct passage *p, const struct waybill_record *record)
{
    struct journal *journal = p->worker->shared->journal;
    struct slice key = p->worker->shared->transit_keys.now;
    char *text = NULL;
    size_t n = 0;
    if (!journal)
        return;
    enum waybill_status status = waybill_record_journal(record, key.p, key.n, &text, &n);
    if (status == WAYBILL_OK)
        journal_add(journal, slice_of(text, n)); /* what is lost journal_watch.h says */
    else
        say_problem(p, "not in the journal", waybill_status_text(status));
    free(text);
}

/* --- the end -----------------------------------------------------------------------------------
 */

static void answer(struct passage *p, bool kept)
{
    const struct waybill_record *record = waybill_check_record(p->check);
    enum waybill_status status = annotate(p, record, kept);
    if (status != WAYBILL_OK) {
        say_failure(p, "not annotated", waybill_status_text(status));
        milter_reply_tempfail(p->session); /* half of it would be false */
    } else if (p->listener->mode == CONFIG_ENFORCE) {
        enforce(p, record);
    } else {
        milter_reply_continue(p->session);
    }
    passage_answered(p);
}

static void was_kept(struct passage *p, const char *why)
{
    metrics_arrival(!why);
    if (why)
        say_problem(p, "not kept: it will leave without a hop", why);
    answer(p, !why);
}

/* What is refused does not leave again. */
static bool is_refused(const struct passage *p, const struct waybill_record *record)
{
    return p->listener->mode == CONFIG_ENFORCE && waybill_record_reply(record);
}

static void decided(void *self, enum waybill_status status)
{
    struct passage *p = self;
    const struct waybill_record *record = waybill_check_record(p->check);
    if (status != WAYBILL_OK) {
        pass_unjudged(p, status);
        passage_answered(p);
        return;
    }
    log_record(p, record);
    keep_record(p, record);
    metrics_record(record);
    if (p->keeping && passage_may_change(p) && !is_refused(p, record))
        keeping_end(p->keeping, was_kept);
    else
        answer(p, false);
}

static void end(struct passage *p)
{
    if (p->status == WAYBILL_OK && p->asking) {
        asking_end(p->asking);
        return;
    }
    pass_unjudged(p, p->status);
    passage_answered(p);
}

static void drop(struct passage *p)
{
    (void)p; /* all it has is the passage's */
}

const struct role role_receiver = {.begin = begin, .end = end, .drop = drop};
