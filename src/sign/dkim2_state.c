/*
 * The message as it leaves: whether it is another than the one that arrived, whether the recipe
 * makes that one of it, and whether its author may stand there.
 */
#include "base/limits.h"
#include "dns/name.h"
#include "mail/address.h"
#include "sign/dkim2_signing.h"

/* --- whether it changed
 * ------------------------------------------------------------------------------
 */

/* Whether these are the hashes of the newest instance, by any of its hash sets. */
static bool is_of_newest(const struct dkim2_signing *d, enum digest_kind kind, struct slice header,
                         struct slice body)
{
    const struct dkim2_instance *newest = d->chain->instances[d->n_instances - 1];
    for (size_t i = 0; i < newest->n_hashes; i++) {
        const struct dkim2_hashes *h = &newest->hashes[i];
        if (h->known && h->kind == kind && slice_eq(h->header, header) && slice_eq(h->body, body))
            return true;
    }
    return false;
}

/* The message against the newest instance, by every hash that both know. */
static enum waybill_status compare(struct waybill_signer *s, bool *same)
{
    struct dkim2_signing *d = s->dkim2;
    *same = false;
    for (size_t k = 0; k < DIGEST_KINDS && d->chain && d->n_instances > 0 && !*same; k++) {
        struct digest_value header;
        uint64_t octets = 0;
        if (!d->bodies[k])
            continue;
        enum waybill_status status = dkim2_fields_hash(&s->arena, s->evaluation.crypto, &d->fields,
                                                       (enum digest_kind)k, &header, &octets);
        if (status != WAYBILL_OK)
            return status;
        *same = is_of_newest(d, (enum digest_kind)k, digest_slice(&header),
                             digest_slice(&d->bodies[k]->value));
    }
    return WAYBILL_OK;
}

enum waybill_status dkim2_find_state(struct waybill_signer *s)
{
    struct dkim2_signing *d = s->dkim2;
    struct header *header = message_header(s->evaluation.message);
    uint64_t octets = 0;
    bool same = false;
    enum waybill_status status = dkim2_fields_read(&s->arena, d->draft, header, &d->fields);
    if (status == WAYBILL_OK)
        status = dkim2_fields_hash(&s->arena, s->evaluation.crypto, &d->fields, DIGEST_SHA256,
                                   &d->header, &octets);
    if (status == WAYBILL_OK)
        status = compare(s, &same);
    if (status != WAYBILL_OK)
        return status;
    d->new_instance = !same;
    if (same && d->recipe_json.p)
        return signer_refuse(s, "there is a recipe, but the message is as it arrived: the recipe "
                                "belongs to another");
    if (!same && d->n_instances > 0 && !d->recipe_json.p)
        return signer_refuse(s,
                             "the message is not as it arrived, and no recipe undoes the change: "
                             "make one of both messages");
    return WAYBILL_OK;
}

/* --- the author --------------------------------------------------------------------------------
 */

static enum waybill_status check_mailboxes(struct waybill_signer *s, struct slice value,
                                           struct slice domain)
{
    struct mailboxes from;
    enum waybill_status status = address_parse_list(&s->arena, value, &from);
    if (status == WAYBILL_NOMEM)
        return status;
    if (status != WAYBILL_OK || from.n == 0)
        return DKIM2_REFUSE(s, "From is not Authentic: it cannot be read (%s)",
                            from.why ? from.why : "no mailbox");
    for (size_t i = 0; i < from.n; i++) {
        struct slice ascii;
        status = name_to_ascii(&s->arena, from.all[i].domain, &ascii);
        if (status == WAYBILL_NOMEM)
            return status;
        if (status != WAYBILL_OK || !dkim2_domain_matches(ascii, domain))
            return DKIM2_REFUSE(s, "From is not Authentic: its domain is not d=%.*s or below it",
                                SLICE_ARGS(domain));
    }
    return WAYBILL_OK;
}

static enum waybill_status check_authors(struct waybill_signer *s)
{
    const struct dkim2_signing *d = s->dkim2;
    const struct header *header = message_header(s->evaluation.message);
    struct names_range range = header_find(header, SLICE("From"));
    enum waybill_status status = WAYBILL_OK;
    if (range.n == 0)
        return signer_refuse(s, "From is not Authentic: there is none");
    if (range.n > LIMIT_FROM_FIELDS)
        return DKIM2_REFUSE(s, "From is not Authentic: there are more than %zu", LIMIT_FROM_FIELDS);
    for (size_t i = 0; i < range.n && status == WAYBILL_OK; i++)
        status = check_mailboxes(s, header_at(header, range.first + i)->value, d->hops[0].domain);
    return status;
}

/* --- the recipe --------------------------------------------------------------------------------
 */

/* Whether both states have the same From, as it is hashed. */
static enum waybill_status same_from(struct arena *arena, const struct dkim2_fields *a,
                                     const struct dkim2_fields *b, bool *same)
{
    const struct dkim2_named *x = dkim2_fields_find(a, SLICE("from"));
    const struct dkim2_named *y = dkim2_fields_find(b, SLICE("from"));
    *same = (x ? x->n : 0) == (y ? y->n : 0);
    for (size_t i = 0; x && i < x->n && *same; i++) {
        struct slice one, other;
        enum waybill_status status = dkim2_value_canonical(arena, x->name, &x->values[i], &one);
        if (status == WAYBILL_OK)
            status = dkim2_value_canonical(arena, y->name, &y->values[i], &other);
        if (status != WAYBILL_OK)
            return status;
        *same = slice_eq(one, other);
    }
    return WAYBILL_OK;
}

/* What the recipe makes is what arrived, or it is a recipe of something else. */
static enum waybill_status check_undone(struct waybill_signer *s, const struct dkim2_fields *before)
{
    const struct dkim2_signing *d = s->dkim2;
    bool known = false;
    for (size_t k = 0; k < DIGEST_KINDS; k++) {
        struct digest_value header;
        uint64_t octets = 0;
        if (!d->bodies[k])
            continue;
        const struct digest_value *body = d->older ? &d->older->values[k] : &d->bodies[k]->value;
        enum waybill_status status = dkim2_fields_hash(&s->arena, s->evaluation.crypto, before,
                                                       (enum digest_kind)k, &header, &octets);
        if (status != WAYBILL_OK)
            return status;
        known = known ||
                is_of_newest(d, (enum digest_kind)k, digest_slice(&header), digest_slice(body));
    }
    return known && (!d->older || d->older->applies)
               ? WAYBILL_OK
               : signer_refuse(s, "the recipe does not make the message that arrived: it belongs "
                                  "to another");
}

/* Who puts another From into a message vouches for it (Authentic From, spec-07). */
enum waybill_status dkim2_check_from(struct waybill_signer *s)
{
    struct dkim2_signing *d = s->dkim2;
    struct dkim2_fields before;
    bool applies = true, same = d->n_instances > 0;
    enum waybill_status status = WAYBILL_OK;
    if (!d->new_instance)
        return WAYBILL_OK;
    if (same) {
        status = dkim2_fields_undo(&s->arena, d->draft, &d->fields, &d->recipe, &before, &applies);
        if (status == WAYBILL_OK && !applies)
            return signer_refuse(s, "the recipe copies fields that the message does not have: it "
                                    "belongs to another");
        if (status == WAYBILL_OK)
            status = check_undone(s, &before);
        if (status == WAYBILL_OK)
            status = same_from(&s->arena, &d->fields, &before, &same);
    }
    return status == WAYBILL_OK && !same && d->draft->authentic_from ? check_authors(s) : status;
}
