/* The section dkim2 of the record as JSON. */
#include "record/json_writer.h"

#include "dkim2/also.h"

/* --- hops --------------------------------------------------------------------------------------
 */

static json_t *set(struct record_writer *w, const struct dkim2_set *s)
{
    json_t *object = json_object();
    record_put_slice(w, object, "selector", s->selector);
    record_put_slice(w, object, "algorithm", s->algorithm_name);
    record_put_number(w, object, "group", s->group);
    if (s->result != WAYBILL_RESULT_NONE)
        record_put_str(w, object, "result", waybill_result_text(s->result));
    if (s->key_bits)
        record_put_number(w, object, "bits", s->key_bits);
    record_put(w, object, "testing", json_boolean(s->testing));
    return object;
}

static json_t *flags(struct record_writer *w, unsigned all)
{
    static const struct {
        unsigned flag;
        const char *name;
    } names[] = {{DKIM2_FLAG_EXPLODED, "exploded"},
                 {DKIM2_FLAG_FEEDBACK, "feedback"},
                 {DKIM2_FLAG_FEEDHERE, "feedhere"},
                 {DKIM2_FLAG_DONOTMODIFY, "donotmodify"},
                 {DKIM2_FLAG_DONOTEXPLODE, "donotexplode"}};
    json_t *array = json_array();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (all & names[i].flag)
            record_append(w, array, json_string(names[i].name));
    return array;
}

static void put_envelope(struct record_writer *w, json_t *object, const struct dkim2_signature *s)
{
    json_t *recipients = json_array();
    record_put_slice(w, object, "mail-from", s->mail_from.text);
    for (size_t i = 0; i < s->rcpts; i++)
        record_append(w, recipients, record_octets(s->rcpt_to[i].text));
    record_put(w, object, "rcpt-to", recipients);
}

static json_t *hop(struct record_writer *w, const struct dkim2_signature *s)
{
    json_t *object = json_object(), *sets = json_array();
    record_put_number(w, object, "i", s->i);
    record_put_number(w, object, "m", s->m);
    record_put_number(w, object, "field", s->position);
    if (s->result != WAYBILL_RESULT_NONE)
        record_put_str(w, object, "result", waybill_result_text(s->result));
    record_put_str(w, object, "why", s->why);
    record_put_number(w, object, "time", s->time > INT64_MAX ? INT64_MAX : s->time);
    record_put_slice(w, object, "domain", s->domain);
    if (s->has_envelope)
        put_envelope(w, object, s);
    record_put_slice(w, object, "next-domain", s->next_domain);
    record_put_slice(w, object, "nonce", s->nonce);
    record_put(w, object, "flags", flags(w, s->flags));
    record_put(w, object, "no-final-semicolon", json_boolean(s->no_final_semicolon));
    for (size_t i = 0; i < s->n_sets; i++)
        record_append(w, sets, set(w, &s->sets[i]));
    record_put(w, object, "sets", sets);
    record_put_number(w, object, "octets-hashed", s->octets_hashed);
    return object;
}

/* --- instances ---------------------------------------------------------------------------------
 */

static json_t *changes(struct record_writer *w, const struct dkim2_instance *instance)
{
    json_t *all = json_array();
    for (size_t i = 0; i < instance->n_changes; i++) {
        const struct dkim2_changed *changed = &instance->changes[i];
        json_t *one = json_object();
        record_put_str(w, one, "what", dkim2_change_text(changed->what));
        record_put_slice(w, one, "name", changed->name);
        if (changed->lines)
            record_put_number(w, one, "lines", changed->lines);
        record_append(w, all, one);
    }
    return all;
}

static json_t *instance(struct record_writer *w, const struct dkim2_instance *i)
{
    json_t *object = json_object(), *hashes = json_array();
    record_put_number(w, object, "m", i->m);
    record_put_number(w, object, "field", i->position);
    if (i->result != WAYBILL_RESULT_NONE)
        record_put_str(w, object, "result", waybill_result_text(i->result));
    record_put_str(w, object, "why", i->why ? i->why : i->recipe_why);
    for (size_t k = 0; k < i->n_hashes; k++)
        record_append(w, hashes, record_octets(i->hashes[k].name));
    record_put(w, object, "hashes", hashes);
    record_put(w, object, "recipe", json_boolean(i->recipe_text.p != NULL));
    record_put(w, object, "changes", changes(w, i));
    return object;
}

/* --- all ---------------------------------------------------------------------------------------
 */

static json_t *found(struct record_writer *w, const struct dkim2_found *f)
{
    json_t *object = json_object();
    record_put_str(w, object, "state", waybill_result_text(f->state));
    record_put_str(w, object, "text", f->text);
    if (f->signature)
        record_put_number(w, object, "signature", f->signature);
    return object;
}

static json_t *also(struct record_writer *w, const struct dkim2_also *a)
{
    json_t *object = json_object();
    record_put_str(w, object, "profile", a->draft->name);
    record_put_verdict(w, object, a->verdict);
    return object;
}

json_t *record_json_dkim2(struct record_writer *w, const struct waybill_record *r)
{
    const struct dkim2 *d = &r->dkim2;
    json_t *object = json_object(), *hops = json_array(), *instances = json_array();
    json_t *findings = json_array();
    record_put_verdict(w, object, d->verdict);
    record_put(w, object, "provisionally-verified", json_boolean(d->provisional));
    record_put(w, object, "envelope-checked", json_boolean(d->envelope_checked));
    for (size_t i = 0; i < d->n_signatures; i++)
        if (d->signatures[i])
            record_append(w, hops, hop(w, d->signatures[i]));
    for (size_t i = 0; i < d->n_instances; i++)
        if (d->instances[i])
            record_append(w, instances, instance(w, d->instances[i]));
    for (size_t i = 0; i < d->n_found; i++)
        record_append(w, findings, found(w, &d->found[i]));
    record_put(w, object, "hops", hops);
    record_put(w, object, "instances", instances);
    record_put(w, object, "findings", findings);
    if (d->also)
        record_put(w, object, "also", also(w, d->also));
    return object;
}
