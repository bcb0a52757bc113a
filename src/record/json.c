/* The record as JSON (docs/record.schema.json). */
#include "record/json_writer.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "record/veil.h"

#include <stdlib.h>

/* --- message, envelope ------------------------------------------------------------------------ */

static json_t *oddities(struct record_writer *w, const struct waybill_message *m)
{
    json_t *all = json_array();
    for (size_t o = 0; o < ODDITIES; o++) {
        const struct oddity_count *count = message_oddity(m, (enum oddity)o);
        if (count->header + count->body == 0)
            continue;
        json_t *one = json_object();
        record_put_str(w, one, "what", oddity_text((enum oddity)o));
        record_put_number(w, one, "header", count->header);
        record_put_number(w, one, "body", count->body);
        record_append(w, all, one);
    }
    return all;
}

static json_t *from(struct record_writer *w, const struct mailboxes *mailboxes)
{
    json_t *all = json_array();
    for (size_t i = 0; i < mailboxes->n; i++) {
        json_t *one = json_object();
        record_put_slice(w, one, "display", mailboxes->all[i].display);
        record_put_slice(w, one, "local-part", mailboxes->all[i].local_part);
        record_put_slice(w, one, "domain", mailboxes->all[i].domain);
        record_append(w, all, one);
    }
    return all;
}

static json_t *message(struct record_writer *w, const struct waybill_record *r)
{
    json_t *object = json_object();
    record_put_number(w, object, "octets", message_octets(r->message));
    record_put_number(w, object, "header-fields", message_header(r->message)->n);
    record_put_number(w, object, "body-octets", message_body_octets(r->message));
    record_put_str(w, object, "line-end", message_line_end(r->message));
    record_put(w, object, "from", from(w, &r->from));
    record_put_str(w, object, "from-why", r->from.why);
    record_put(w, object, "oddities", oddities(w, r->message));
    return object;
}

static json_t *envelope(struct record_writer *w, const struct record_envelope *e)
{
    json_t *object = json_object();
    record_put_slice(w, object, "ip", e->ip);
    record_put_slice(w, object, "helo", e->helo);
    record_put_slice(w, object, "mail-from", e->mail_from);
    record_put_slice(w, object, "receiver", e->receiver);
    json_t *recipients = json_array();
    for (size_t i = 0; i < e->rcpts; i++)
        record_append(w, recipients, record_octets(e->rcpt_to[i]));
    record_put(w, object, "rcpt-to", recipients);
    return object;
}

/* --- questions, work ---------------------------------------------------------------------------
 */

static void put_fact(struct record_writer *w, json_t *object, const char *key, int64_t fact)
{
    if (fact >= 0)
        record_put(w, object, key, json_integer(fact));
}

static json_t *question(struct record_writer *w, const struct asked *a)
{
    const struct waybill_question *q = &a->question;
    json_t *object = json_object();
    record_put_str(w, object, "kind", waybill_question_kind_text(q->kind));
    record_put_slice(w, object, "name", slice_of(q->name, q->name_octets));
    if (q->kind == WAYBILL_DNS)
        record_put_str(w, object, "type", waybill_dns_type_text(q->type));
    else
        record_put_slice(w, object, "detail", slice_of(q->detail, q->detail_octets));
    record_put_number(w, object, "wave", q->wave);
    record_put(w, object, "used", json_boolean(a->used));
    record_put_str(w, object, "status", waybill_answer_status_text(a->answer.status));
    put_fact(w, object, "ms", a->answer.ms);
    put_fact(w, object, "octets", a->answer.octets);
    put_fact(w, object, "ttl", a->answer.ttl);
    if (a->answer.cached >= 0)
        record_put(w, object, "cached", json_boolean(a->answer.cached));
    if (a->answer.secure >= 0)
        record_put(w, object, "secure", json_boolean(a->answer.secure));
    return object;
}

/* By wave, kind, name, type and detail: the order in which they were raised depends on the order in
 * which answers came. */
static int by_wave(const void *left, const void *right)
{
    const struct waybill_question *a = &(*(struct asked *const *)left)->question;
    const struct waybill_question *b = &(*(struct asked *const *)right)->question;
    if (a->wave != b->wave)
        return a->wave < b->wave ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int order = slice_cmp(slice_of(a->name, a->name_octets), slice_of(b->name, b->name_octets));
    if (order)
        return order;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    return slice_cmp(slice_of(a->detail, a->detail_octets), slice_of(b->detail, b->detail_octets));
}

static json_t *questions(struct record_writer *w, const struct questions *q)
{
    json_t *all = json_array();
    struct asked **sorted = malloc((q->n ? q->n : 1) * sizeof *sorted);
    if (!sorted) {
        w->failed = true;
        return all;
    }
    if (q->n)
        memcpy(sorted, q->all, q->n * sizeof *sorted);
    qsort(sorted, q->n, sizeof *sorted, by_wave);
    for (size_t i = 0; i < q->n; i++)
        record_append(w, all, question(w, sorted[i]));
    free(sorted);
    return all;
}

static json_t *dns(struct record_writer *w, const struct questions *q)
{
    json_t *object = json_object();
    unsigned waves = 0;
    for (size_t i = 0; i < q->n; i++)
        if (q->all[i]->question.wave > waves)
            waves = q->all[i]->question.wave;
    record_put_number(w, object, "waves", waves);
    record_put(w, object, "questions", questions(w, q));
    return object;
}

static json_t *work_section(struct record_writer *w, const struct waybill_record *r)
{
    struct work work = record_work(r);
    json_t *object = json_object(), *rows = json_array();
    record_put_number(w, object, "octets-hashed", work.octets_hashed);
    for (size_t i = 0; i < work.n; i++) {
        json_t *row = json_object();
        record_put_str(w, row, "algorithm", work.rows[i].algorithm->name);
        record_put_number(w, row, "bits", work.rows[i].bits);
        record_put_number(w, row, "n", work.rows[i].n);
        record_append(w, rows, row);
    }
    record_put(w, object, "key-operations", rows);
    if (work.other)
        record_put_number(w, object, "key-operations-other", work.other);
    return object;
}

/* ---------------------------------------------------------------------------------------------- */

static const struct {
    enum waybill_method method;
    json_t *(*json)(struct record_writer *, const struct waybill_record *);
} sections[] = {{WAYBILL_METHOD_SPF, record_json_spf},
                {WAYBILL_METHOD_DKIM, record_json_dkim},
                {WAYBILL_METHOD_DKIM2, record_json_dkim2},
                {WAYBILL_METHOD_ARC, record_json_arc},
                {WAYBILL_METHOD_DMARC, record_json_dmarc}};

static json_t *record(struct record_writer *w, const struct waybill_record *r)
{
    json_t *object = json_object();
    record_put_number(w, object, "waybill-record", RECORD_VERSION);
    record_put_slice(w, object, "id", r->id);
    record_put(w, object, "message", message(w, r));
    if (r->envelope.given)
        record_put(w, object, "envelope", envelope(w, &r->envelope));
    record_put(w, object, "time", json_integer(r->time));
    if (r->dkim2.draft)
        record_put_str(w, object, "profile", r->dkim2.draft->name);
    record_put(w, object, "dns", dns(w, r->questions));
    record_put(w, object, "work", work_section(w, r));
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        if (record_has(r, sections[i].method))
            record_put(w, object, waybill_method_text(sections[i].method), sections[i].json(w, r));
    if (r->decision.made)
        record_put(w, object, "decision", record_json_decision(w, r));
    return object;
}

static int take(const char *octets, size_t n, void *buffer)
{
    struct buffer *b = buffer;
    buffer_add(b, slice_of(octets, n));
    return b->status == WAYBILL_OK ? 0 : -1;
}

/* Takes the object, NULL where it could not be made. */
static enum waybill_status dump(json_t *object, size_t flags, char **out, size_t *n)
{
    struct buffer b = buffer_new(LIMIT_RECORD_OCTETS);
    bool fine = object && json_dump_callback(object, take, &b, flags) == 0;
    json_decref(object);
    if (fine)
        buffer_add_octet(&b, 0);
    if (!fine || b.status != WAYBILL_OK) {
        enum waybill_status status = b.status == WAYBILL_OK ? WAYBILL_NOMEM : b.status;
        buffer_free(&b);
        return status;
    }
    *out = (char *)b.p;
    *n = b.n - 1;
    return WAYBILL_OK;
}

static json_t *make(const struct waybill_record *r)
{
    struct record_writer w = {false};
    json_t *object = record(&w, r);
    if (!w.failed)
        return object;
    json_decref(object);
    return NULL;
}

enum waybill_status waybill_record_json(const struct waybill_record *r, unsigned indent, char **out,
                                        size_t *n)
{
    return dump(make(r), indent ? JSON_INDENT(indent) : JSON_COMPACT, out, n);
}

enum waybill_status waybill_record_journal(const struct waybill_record *r, const void *key,
                                           size_t key_octets, char **out, size_t *n)
{
    json_t *object = make(r);
    enum waybill_status status =
        object ? record_veil(r, slice_of(key, key_octets), object) : WAYBILL_NOMEM;
    if (status == WAYBILL_OK)
        return dump(object, JSON_COMPACT, out, n);
    json_decref(object);
    return status;
}
