/* The sections spf, dmarc and decision of the record as JSON. */
#include "record/json_writer.h"

#include "dmarc/record.h"

/* --- spf ---------------------------------------------------------------------------------------
 */

static json_t *spf_path(struct record_writer *w, const struct spf_check *check)
{
    json_t *all = json_array();
    for (size_t i = 0; i < check->n_path; i++) {
        json_t *one = json_object();
        record_put_slice(w, one, "domain", check->path[i].domain);
        record_put_slice(w, one, "term", check->path[i].term);
        record_append(w, all, one);
    }
    return all;
}

static json_t *spf_check(struct record_writer *w, const struct spf_check *check)
{
    json_t *object = json_object();
    record_put_verdict(w, object, check->verdict);
    if (check->domain.n)
        record_put_slice(w, object, "domain", check->domain);
    record_put(w, object, "path", spf_path(w, check));
    record_put_number(w, object, "lookups", check->lookups);
    record_put_number(w, object, "void-lookups", check->void_lookups);
    record_put_slice(w, object, "explanation", check->explanation);
    return object;
}

json_t *record_json_spf(struct record_writer *w, const struct waybill_record *r)
{
    json_t *object = json_object();
    record_put(w, object, "mail-from", spf_check(w, &r->spf.of[SPF_MAIL_FROM]));
    record_put(w, object, "helo", spf_check(w, &r->spf.of[SPF_HELO]));
    return object;
}

/* --- dmarc -------------------------------------------------------------------------------------
 */

static json_t *dmarc_record(struct record_writer *w, const struct dmarc_record *record)
{
    json_t *object = json_object();
    record_put_slice(w, object, "text", record->text);
    record_put_str(w, object, "why", record->why);
    return object;
}

static json_t *dmarc_aligned(struct record_writer *w, const struct dmarc *dmarc,
                             const struct dmarc_author *author)
{
    static const char *const methods[] = {
        [DMARC_BY_SPF] = "spf", [DMARC_BY_DKIM] = "dkim", [DMARC_BY_DKIM2] = "dkim2"};
    json_t *all = json_array();
    for (size_t i = 0; i < author->n_aligned; i++) {
        const struct dmarc_identifier *identifier = &dmarc->identifiers[author->aligned[i]];
        json_t *one = json_object();
        record_put_str(w, one, "method", methods[identifier->method]);
        record_put_slice(w, one, "domain", identifier->domain);
        record_append(w, all, one);
    }
    return all;
}

static json_t *dmarc_author(struct record_writer *w, const struct dmarc *dmarc,
                            const struct dmarc_author *author)
{
    json_t *object = json_object();
    record_put_slice(w, object, "domain", author->domain);
    record_put_verdict(w, object, author->verdict);
    record_put_slice(w, object, "policy-domain", author->policy_domain);
    record_put_slice(w, object, "organizational-domain", author->organisation);
    if (author->record) {
        record_put(w, object, "record", dmarc_record(w, author->record));
        record_put_str(w, object, "tag", author->tag);
        record_put_str(w, object, "published", dmarc_policy_text(author->published));
        record_put_str(w, object, "policy", dmarc_policy_text(author->policy));
    }
    record_put(w, object, "aligned", dmarc_aligned(w, dmarc, author));
    return object;
}

json_t *record_json_dmarc(struct record_writer *w, const struct waybill_record *r)
{
    const struct dmarc *dmarc = &r->dmarc;
    json_t *object = json_object(), *authors = json_array();
    record_put_verdict(w, object, dmarc->verdict);
    record_put_str(w, object, "policy", dmarc_policy_text(dmarc->policy));
    for (size_t i = 0; i < dmarc->n; i++)
        record_append(w, authors, dmarc_author(w, dmarc, &dmarc->authors[i]));
    record_put(w, object, "authors", authors);
    record_put_number(w, object, "not-evaluated", dmarc->beyond);
    return object;
}

/* --- decision ----------------------------------------------------------------------------------
 */

static json_t *read_field(struct record_writer *w, const struct claim_read *read)
{
    json_t *object = json_object();
    record_put_number(w, object, "instance", read->instance);
    record_put_slice(w, object, "method", read->method);
    record_put_slice(w, object, "ptype", read->ptype);
    record_put_slice(w, object, "property", read->property);
    record_put_slice(w, object, "value", read->value);
    record_put(w, object, "decisive", json_boolean(read->decisive));
    return object;
}

static json_t *rule(struct record_writer *w, const struct rule_outcome *outcome)
{
    json_t *object = json_object(), *reads = json_array();
    record_put_str(w, object, "name", outcome->name);
    record_put(w, object, "matched", json_boolean(outcome->matched));
    record_put_str(w, object, "why", outcome->why);
    if (outcome->matched)
        record_put_number(w, object, "instance", outcome->instance);
    record_put_str(w, object, "would", waybill_disposition_text(outcome->would));
    for (size_t i = 0; i < outcome->n_reads; i++)
        record_append(w, reads, read_field(w, &outcome->reads[i]));
    record_put(w, object, "reads", reads);
    return object;
}

static json_t *chain_gone(struct record_writer *w, const struct chain_facts *facts)
{
    json_t *all = json_array();
    for (size_t i = 0; i < facts->n_gone; i++) {
        json_t *one = json_object();
        record_put_number(w, one, "instance", facts->gone[i].instance);
        record_put_slice(w, one, "domain", facts->gone[i].domain);
        record_put_slice(w, one, "selector", facts->gone[i].selector);
        record_append(w, all, one);
    }
    return all;
}

static json_t *chain(struct record_writer *w, const struct chain_facts *facts)
{
    json_t *object = json_object();
    record_put_number(w, object, "first-untrusted", facts->first_untrusted);
    record_put_str(w, object, "restarted", facts->restarted);
    record_put_number(w, object, "handlers-before", facts->handlers_before);
    if (facts->client_known)
        record_put(w, object, "client-is-sealer", json_boolean(facts->client_is_sealer != NULL));
    record_put_str(w, object, "client-by", facts->client_is_sealer);
    record_put(w, object, "signatures-gone", chain_gone(w, facts));
    return object;
}

json_t *record_json_decision(struct record_writer *w, const struct waybill_record *r)
{
    const struct decision *d = &r->decision;
    json_t *object = json_object(), *shadows = json_array();
    record_put_str(w, object, "disposition", waybill_disposition_text(d->disposition));
    record_put_str(w, object, "why", d->reason);
    record_put_str(w, object, "reply", d->reply);
    record_put_str(w, object, "dmarc-asks", dmarc_policy_text(d->asked));
    record_put(w, object, "lifted", json_boolean(d->lifted));
    record_put(w, object, "rule", rule(w, &d->rule));
    for (size_t i = 0; i < d->n_shadows; i++)
        record_append(w, shadows, rule(w, &d->shadows[i]));
    record_put(w, object, "shadows", shadows);
    if (d->chain.known)
        record_put(w, object, "chain", chain(w, &d->chain));
    return object;
}
