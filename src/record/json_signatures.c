/* The sections dkim and arc of the record as JSON. */
#include "record/json_writer.h"

#include "arc/aar.h"

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
    record_put_str(w, object, "body-hash", part_text(s->body, "match", "differs"));
    uint64_t all = body_octets(message_body(r->message), s->body_canon);
    if (s->has_length && s->length < all) /* what anybody may have added */
        record_put_number(w, object, "body-octets-unsigned", all - s->length);
}

static json_t *key(struct record_writer *w, const struct signature *s)
{
    json_t *object = json_object();
    const struct waybill_question *q = &s->key_question->question;
    record_put_slice(w, object, "name", slice_of(q->name, q->name_octets));
    if (s->key_bits)
        record_put_number(w, object, "bits", s->key_bits);
    record_put(w, object, "testing", json_boolean(s->testing));
    return object;
}

static json_t *signature(struct record_writer *w, const struct signature *s,
                         const struct waybill_record *r)
{
    static const char *const cvs[] = {NULL, "none", "pass", "fail"};
    json_t *object = json_object();
    record_put_number(w, object, "field", s->position);
    record_put_verdict(w, object, s->verdict);
    record_put_slice(w, object, "domain", s->domain);
    record_put_slice(w, object, "selector", s->selector);
    record_put_slice(w, object, "identity", s->identity);
    record_put_slice(w, object, "algorithm", s->algorithm_name);
    record_put_str(w, object, "cv", cvs[s->cv]);
    if (s->kind != FIELD_ARC_SEAL) {
        record_put_str(w, object, "header-canonicalization", canon_text(s->header_canon));
        record_put_str(w, object, "body-canonicalization", canon_text(s->body_canon));
        record_put_slice(w, object, "headers", s->headers);
    }
    if (s->has_time)
        record_put_number(w, object, "time", s->time);
    if (s->has_expiry)
        record_put_number(w, object, "expires", s->expiry);
    if (s->has_length)
        record_put_number(w, object, "length", s->length > INT64_MAX ? INT64_MAX : s->length);
    put_body(w, object, s, r);
    record_put_str(w, object, "signature", part_text(s->signature, "good", "bad"));
    if (s->key_question)
        record_put(w, object, "key", key(w, s));
    record_put_number(w, object, "octets-hashed", s->octets_hashed);
    return object;
}

json_t *record_json_dkim(struct record_writer *w, const struct waybill_record *r)
{
    json_t *object = json_object(), *all = json_array();
    record_put_str(w, object, "result", waybill_result_text(dkim_result(&r->dkim)));
    for (size_t i = 0; i < r->dkim.n; i++)
        record_append(w, all, signature(w, r->dkim.signatures[i], r));
    record_put(w, object, "signatures", all);
    record_put_number(w, object, "not-evaluated", r->dkim.beyond);
    return object;
}

/* --- arc ---------------------------------------------------------------------------------------
 */

static json_t *properties(struct record_writer *w, const struct authres_method *m)
{
    json_t *all = json_array();
    for (size_t i = 0; i < m->n; i++) {
        json_t *one = json_object();
        record_put_slice(w, one, "ptype", m->properties[i].ptype);
        record_put_slice(w, one, "property", m->properties[i].property);
        record_put_slice(w, one, "value", m->properties[i].value);
        record_append(w, all, one);
    }
    return all;
}

static json_t *aar(struct record_writer *w, const struct arc_aar *a)
{
    json_t *object = json_object(), *methods = json_array();
    record_put_slice(w, object, "authserv-id", a->results.authserv_id);
    record_put_str(w, object, "why", a->results.why);
    for (size_t i = 0; i < a->results.n; i++) {
        const struct authres_method *m = &a->results.methods[i];
        json_t *one = json_object();
        record_put_slice(w, one, "method", m->method);
        record_put_slice(w, one, "result", m->result);
        record_put_slice(w, one, "reason", m->reason);
        record_put_slice(w, one, "comment", m->comment);
        record_put(w, one, "properties", properties(w, m));
        record_append(w, methods, one);
    }
    record_put(w, object, "results", methods);
    return object;
}

static json_t *set(struct record_writer *w, const struct arc_set *s, const struct waybill_record *r)
{
    json_t *object = json_object();
    record_put_number(w, object, "instance", s->instance);
    if (s->aar)
        record_put(w, object, "authentication-results", aar(w, s->aar));
    if (s->message_signature)
        record_put(w, object, "message-signature", signature(w, s->message_signature, r));
    if (s->seal)
        record_put(w, object, "seal", signature(w, s->seal, r));
    return object;
}

static json_t *stray(struct record_writer *w, const struct arc_stray *s,
                     const struct waybill_record *r)
{
    json_t *object = json_object();
    record_put_slice(w, object, "name", s->name);
    record_put_number(w, object, "field", s->position);
    if (s->instance)
        record_put_number(w, object, "instance", s->instance);
    if (s->signature)
        record_put(w, object, "signature", signature(w, s->signature, r));
    return object;
}

json_t *record_json_arc(struct record_writer *w, const struct waybill_record *r)
{
    const struct arc_chain *chain = &r->arc;
    json_t *object = json_object(), *sets = json_array(), *strays = json_array();
    record_put_verdict(w, object, chain->verdict);
    record_put_slice(w, object, "element", chain->failing);
    if (chain->failing_instance)
        record_put_number(w, object, "instance", chain->failing_instance);
    if (chain->has_oldest)
        record_put_number(w, object, "oldest-pass", chain->oldest_pass);
    for (size_t i = 0; i < chain->n; i++)
        record_append(w, sets, set(w, &chain->sets[i], r));
    for (size_t i = 0; i < chain->n_strays; i++)
        record_append(w, strays, stray(w, &chain->strays[i], r));
    record_put(w, object, "sets", sets);
    record_put(w, object, "strays", strays);
    record_put_number(w, object, "not-evaluated", chain->beyond);
    return object;
}
