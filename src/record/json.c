/*
 * The record as JSON (docs/record.schema.json). A member whose value could not be made is noticed
 * once, at the end: jansson refuses NULL as a value and says so.
 */
#include "record/record.h"

#include "arc/aar.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <jansson.h>

struct record_writer {
    bool failed;
};

static void put(struct record_writer *w, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        w->failed = true;
}

static void append(struct record_writer *w, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        w->failed = true;
}

static void put_number(struct record_writer *w, json_t *object, const char *key, uint64_t number)
{
    put(w, object, key, json_integer((json_int_t)number));
}

static void put_str(struct record_writer *w, json_t *object, const char *key, const char *text)
{
    if (text)
        put(w, object, key, json_string(text));
}

/* Octets as text: what is no UTF-8 becomes \xHH, a backslash is doubled (design 2). */
static json_t *text(struct slice s)
{
    struct buffer b = buffer_new(LIMIT_RECORD_OCTETS);
    for (size_t i = 0; i < s.n;) {
        size_t n = utf8_length(slice_from(s, i));
        if (n == 0)
            buffer_printf(&b, "\\x%02X", s.p[i]);
        else if (s.p[i] == '\\')
            buffer_add_str(&b, "\\\\");
        else
            buffer_add(&b, slice_sub(s, i, n));
        i += n ? n : 1;
    }
    json_t *value = b.status == WAYBILL_OK ? json_stringn(b.p ? (char *)b.p : "", b.n) : NULL;
    buffer_free(&b);
    return value;
}

static void put_slice(struct record_writer *w, json_t *object, const char *key, struct slice s)
{
    if (s.p)
        put(w, object, key, text(s));
}

static void put_verdict(struct record_writer *w, json_t *object, struct verdict v)
{
    put_str(w, object, "result", waybill_result_text(v.result));
    put_str(w, object, "why", v.why);
}

/* --- message, envelope ------------------------------------------------------------------------ */

static json_t *oddities(struct record_writer *w, const struct waybill_message *m)
{
    json_t *all = json_array();
    for (size_t o = 0; o < ODDITIES; o++) {
        const struct oddity_count *count = message_oddity(m, (enum oddity)o);
        if (count->header + count->body == 0)
            continue;
        json_t *one = json_object();
        put_str(w, one, "what", oddity_text((enum oddity)o));
        put_number(w, one, "header", count->header);
        put_number(w, one, "body", count->body);
        append(w, all, one);
    }
    return all;
}

static json_t *from(struct record_writer *w, const struct mailboxes *mailboxes)
{
    json_t *all = json_array();
    for (size_t i = 0; i < mailboxes->n; i++) {
        json_t *one = json_object();
        put_slice(w, one, "display", mailboxes->all[i].display);
        put_slice(w, one, "local-part", mailboxes->all[i].local_part);
        put_slice(w, one, "domain", mailboxes->all[i].domain);
        append(w, all, one);
    }
    return all;
}

static json_t *message(struct record_writer *w, const struct waybill_record *r)
{
    json_t *object = json_object();
    put_number(w, object, "octets", message_octets(r->message));
    put_number(w, object, "header-fields", message_header(r->message)->n);
    put_number(w, object, "body-octets", message_body_octets(r->message));
    put_str(w, object, "line-end", message_line_end(r->message));
    put(w, object, "from", from(w, &r->from));
    put_str(w, object, "from-why", r->from.why);
    put(w, object, "oddities", oddities(w, r->message));
    return object;
}

static json_t *envelope(struct record_writer *w, const struct record_envelope *e)
{
    json_t *object = json_object();
    put_slice(w, object, "ip", e->ip);
    put_slice(w, object, "helo", e->helo);
    put_slice(w, object, "mail-from", e->mail_from);
    json_t *recipients = json_array();
    for (size_t i = 0; i < e->rcpts; i++)
        append(w, recipients, text(e->rcpt_to[i]));
    put(w, object, "rcpt-to", recipients);
    return object;
}

/* --- questions, work ---------------------------------------------------------------------------
 */

static void put_fact(struct record_writer *w, json_t *object, const char *key, int64_t fact)
{
    if (fact >= 0)
        put(w, object, key, json_integer(fact));
}

static json_t *question(struct record_writer *w, const struct asked *a)
{
    const struct waybill_question *q = &a->question;
    json_t *object = json_object();
    put_str(w, object, "kind", waybill_question_kind_text(q->kind));
    put_slice(w, object, "name", slice_of(q->name, q->name_octets));
    if (q->kind == WAYBILL_DNS)
        put_str(w, object, "type", waybill_dns_type_text(q->type));
    else
        put_slice(w, object, "detail", slice_of(q->detail, q->detail_octets));
    put_number(w, object, "wave", q->wave);
    put(w, object, "used", json_boolean(a->used));
    put_str(w, object, "status", waybill_answer_status_text(a->answer.status));
    put_fact(w, object, "ms", a->answer.ms);
    put_fact(w, object, "octets", a->answer.octets);
    put_fact(w, object, "ttl", a->answer.ttl);
    if (a->answer.cached >= 0)
        put(w, object, "cached", json_boolean(a->answer.cached));
    if (a->answer.secure >= 0)
        put(w, object, "secure", json_boolean(a->answer.secure));
    return object;
}

static json_t *dns(struct record_writer *w, const struct questions *q)
{
    json_t *object = json_object(), *all = json_array();
    unsigned waves = 0;
    for (size_t i = 0; i < q->n; i++) {
        if (q->all[i]->question.wave > waves)
            waves = q->all[i]->question.wave;
        append(w, all, question(w, q->all[i]));
    }
    put_number(w, object, "waves", waves);
    put(w, object, "questions", all);
    return object;
}

static json_t *work_section(struct record_writer *w, const struct waybill_record *r)
{
    struct work work = record_work(r);
    json_t *object = json_object(), *rows = json_array();
    put_number(w, object, "octets-hashed", work.octets_hashed);
    for (size_t i = 0; i < work.n; i++) {
        json_t *row = json_object();
        put_str(w, row, "algorithm", work.rows[i].algorithm->name);
        put_number(w, row, "bits", work.rows[i].bits);
        put_number(w, row, "n", work.rows[i].n);
        append(w, rows, row);
    }
    put(w, object, "key-operations", rows);
    if (work.other)
        put_number(w, object, "key-operations-other", work.other);
    return object;
}

/* --- signatures --------------------------------------------------------------------------------
 */

static const char *part_text(enum part part, const char *good, const char *bad)
{
    return part == PART_UNKNOWN ? NULL : part == PART_GOOD ? good : bad;
}

static void put_body(struct record_writer *w, json_t *object, const struct signature *s,
                     const struct waybill_record *r)
{
    if (s->kind == FIELD_ARC_SEAL || s->body == PART_UNKNOWN)
        return;
    put_str(w, object, "body-hash", part_text(s->body, "match", "differs"));
    uint64_t all = body_octets(message_body(r->message), s->body_canon);
    if (s->has_length && s->length < all) /* what anybody may have added */
        put_number(w, object, "body-octets-unsigned", all - s->length);
}

static json_t *key(struct record_writer *w, const struct signature *s)
{
    json_t *object = json_object();
    const struct waybill_question *q = &s->key_question->question;
    put_slice(w, object, "name", slice_of(q->name, q->name_octets));
    if (s->key_bits)
        put_number(w, object, "bits", s->key_bits);
    put(w, object, "testing", json_boolean(s->testing));
    return object;
}

static json_t *signature(struct record_writer *w, const struct signature *s,
                         const struct waybill_record *r)
{
    static const char *const cvs[] = {NULL, "none", "pass", "fail"};
    json_t *object = json_object();
    put_number(w, object, "field", s->position);
    put_verdict(w, object, s->verdict);
    put_slice(w, object, "domain", s->domain);
    put_slice(w, object, "selector", s->selector);
    put_slice(w, object, "identity", s->identity);
    put_slice(w, object, "algorithm", s->algorithm_name);
    put_str(w, object, "cv", cvs[s->cv]);
    if (s->kind != FIELD_ARC_SEAL) {
        put_str(w, object, "header-canonicalization", canon_text(s->header_canon));
        put_str(w, object, "body-canonicalization", canon_text(s->body_canon));
        put_slice(w, object, "headers", s->headers);
    }
    if (s->has_time)
        put_number(w, object, "time", s->time);
    if (s->has_expiry)
        put_number(w, object, "expires", s->expiry);
    if (s->has_length)
        put_number(w, object, "length", s->length > INT64_MAX ? INT64_MAX : s->length);
    put_body(w, object, s, r);
    put_str(w, object, "signature", part_text(s->signature, "good", "bad"));
    if (s->key_question)
        put(w, object, "key", key(w, s));
    put_number(w, object, "octets-hashed", s->octets_hashed);
    return object;
}

static json_t *dkim(struct record_writer *w, const struct waybill_record *r)
{
    json_t *object = json_object(), *all = json_array();
    put_str(w, object, "result", waybill_result_text(dkim_result(&r->dkim)));
    for (size_t i = 0; i < r->dkim.n; i++)
        append(w, all, signature(w, r->dkim.signatures[i], r));
    put(w, object, "signatures", all);
    put_number(w, object, "not-evaluated", r->dkim.beyond);
    return object;
}

/* --- arc ---------------------------------------------------------------------------------------
 */

static json_t *properties(struct record_writer *w, const struct authres_method *m)
{
    json_t *all = json_array();
    for (size_t i = 0; i < m->n; i++) {
        json_t *one = json_object();
        put_slice(w, one, "ptype", m->properties[i].ptype);
        put_slice(w, one, "property", m->properties[i].property);
        put_slice(w, one, "value", m->properties[i].value);
        append(w, all, one);
    }
    return all;
}

static json_t *aar(struct record_writer *w, const struct arc_aar *a)
{
    json_t *object = json_object(), *methods = json_array();
    put_slice(w, object, "authserv-id", a->results.authserv_id);
    put_str(w, object, "why", a->results.why);
    for (size_t i = 0; i < a->results.n; i++) {
        const struct authres_method *m = &a->results.methods[i];
        json_t *one = json_object();
        put_slice(w, one, "method", m->method);
        put_slice(w, one, "result", m->result);
        put_slice(w, one, "reason", m->reason);
        put_slice(w, one, "comment", m->comment);
        put(w, one, "properties", properties(w, m));
        append(w, methods, one);
    }
    put(w, object, "results", methods);
    return object;
}

static json_t *set(struct record_writer *w, const struct arc_set *s, const struct waybill_record *r)
{
    json_t *object = json_object();
    put_number(w, object, "instance", s->instance);
    if (s->aar)
        put(w, object, "authentication-results", aar(w, s->aar));
    if (s->message_signature)
        put(w, object, "message-signature", signature(w, s->message_signature, r));
    if (s->seal)
        put(w, object, "seal", signature(w, s->seal, r));
    return object;
}

static json_t *stray(struct record_writer *w, const struct arc_stray *s,
                     const struct waybill_record *r)
{
    json_t *object = json_object();
    put_slice(w, object, "name", s->name);
    put_number(w, object, "field", s->position);
    if (s->instance)
        put_number(w, object, "instance", s->instance);
    if (s->signature)
        put(w, object, "signature", signature(w, s->signature, r));
    return object;
}

static json_t *arc(struct record_writer *w, const struct waybill_record *r)
{
    const struct arc_chain *chain = &r->arc;
    json_t *object = json_object(), *sets = json_array(), *strays = json_array();
    put_verdict(w, object, chain->verdict);
    put_slice(w, object, "element", chain->failing);
    if (chain->failing_instance)
        put_number(w, object, "instance", chain->failing_instance);
    if (chain->has_oldest)
        put_number(w, object, "oldest-pass", chain->oldest_pass);
    for (size_t i = 0; i < chain->n; i++)
        append(w, sets, set(w, &chain->sets[i], r));
    for (size_t i = 0; i < chain->n_strays; i++)
        append(w, strays, stray(w, &chain->strays[i], r));
    put(w, object, "sets", sets);
    put(w, object, "strays", strays);
    put_number(w, object, "not-evaluated", chain->beyond);
    return object;
}

/* ---------------------------------------------------------------------------------------------- */

static json_t *record(struct record_writer *w, const struct waybill_record *r)
{
    json_t *object = json_object();
    put_number(w, object, "waybill-record", RECORD_VERSION);
    put_slice(w, object, "id", r->id);
    put(w, object, "message", message(w, r));
    if (r->envelope.given)
        put(w, object, "envelope", envelope(w, &r->envelope));
    put(w, object, "time", json_integer(r->time));
    put(w, object, "dns", dns(w, r->questions));
    put(w, object, "work", work_section(w, r));
    put(w, object, "dkim", dkim(w, r));
    put(w, object, "arc", arc(w, r));
    return object;
}

static int take(const char *octets, size_t n, void *buffer)
{
    struct buffer *b = buffer;
    buffer_add(b, slice_of(octets, n));
    return b->status == WAYBILL_OK ? 0 : -1;
}

enum waybill_status waybill_record_json(const struct waybill_record *r, unsigned indent, char **out,
                                        size_t *n)
{
    struct record_writer w = {false};
    struct buffer b = buffer_new(LIMIT_RECORD_OCTETS);
    json_t *object = record(&w, r);
    size_t flags = indent ? JSON_INDENT(indent) : JSON_COMPACT;
    bool fine = object && !w.failed && json_dump_callback(object, take, &b, flags) == 0;
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
