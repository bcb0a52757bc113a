#include "daemon/signing.h"

#include "base/limits.h"
#include "daemon/say.h"
#include "daemon/signing_keys.h"
#include "dns/name.h"
#include "mail/address.h"

/* --- who is to sign ----------------------------------------------------------------------------
 */

enum waybill_status signing_take_from(struct passage *p, struct slice name, struct slice value)
{
    struct signing *s = &p->signing;
    if (!slice_ieq(name, SLICE("From")))
        return WAYBILL_OK;
    if (s->from_fields++ == 0 && !arena_copy(&p->arena, value, &s->from))
        return WAYBILL_NOMEM;
    return WAYBILL_OK;
}

enum waybill_status signing_author(struct passage *p, struct slice *domain, const char **why)
{
    struct mailboxes from;
    *domain = (struct slice){NULL, 0};
    *why = p->signing.from_fields > 1 ? "several From fields" : "no From field";
    if (p->signing.from_fields != 1)
        return WAYBILL_OK;
    enum waybill_status status = address_parse_list(&p->arena, p->signing.from, &from);
    if (status == WAYBILL_NOMEM)
        return status;
    *why = from.n > 1 ? "several authors" : "From is no address";
    if (status != WAYBILL_OK || from.n != 1)
        return WAYBILL_OK;
    *why = "From has no domain";
    status = name_to_ascii(&p->arena, from.all[0].domain, domain);
    return status == WAYBILL_SYNTAX ? WAYBILL_OK : status;
}

struct domain_keys signing_find_keys(const struct passage *p, struct slice domain)
{
    struct domain_keys found = {.domain = domain};
    if (p->settings->keys && domain.n)
        key_table_find(p->settings->keys, domain, &found.lines, &found.n);
    return found;
}

/* --- keys --------------------------------------------------------------------------------------
 */

static enum waybill_status hold(struct passage *p, const struct key_line *line,
                                struct waybill_signing_key *out, const char **why)
{
    struct signing *s = &p->signing;
    char text[160] = "";
    struct signing_key *key;
    enum waybill_status status =
        signing_keys_take(p->settings->signing_keys, line->file, &key, text);
    if (status == WAYBILL_REFUSED) {
        *why = arena_printf(&p->arena, "%s", text);
        say_key_trouble(p, text);
        return *why ? WAYBILL_OK : WAYBILL_NOMEM;
    }
    if (status != WAYBILL_OK)
        return status;
    struct held_key *held = arena_alloc(&p->arena, sizeof *held);
    if (!held) {
        signing_keys_give_back(key);
        return WAYBILL_NOMEM;
    }
    *held = (struct held_key){s->held, key};
    s->held = held;
    *out = (struct waybill_signing_key){line->selector, key->key};
    return WAYBILL_OK;
}

enum waybill_status signing_open(struct passage *p, const struct domain_keys *of, enum key_use use,
                                 struct waybill_signing_key **out, size_t *n, const char **why)
{
    enum waybill_status status = WAYBILL_OK;
    *out = arena_array(&p->arena, of->n, sizeof **out);
    *n = 0;
    const char *none = arena_printf(&p->arena, "no key for %.*s", SLICE_ARGS(of->domain));
    if (!*out || !none)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < of->n && status == WAYBILL_OK; i++) {
        struct waybill_signing_key *key = &(*out)[*n];
        if (!(of->lines[i].uses & (unsigned)use))
            continue;
        status = hold(p, &of->lines[i], key, &none);
        *n += key->key != NULL;
    }
    if (*n == 0)
        *why = none;
    return status;
}

/* --- signers -----------------------------------------------------------------------------------
 */

enum waybill_status signing_add_dkim(struct passage *p, struct waybill_message *message,
                                     const struct domain_keys *of)
{
    struct signing *s = &p->signing;
    struct waybill_sign_options options = {.domain = (const char *)of->domain.p,
                                           .now = worker_now(p->worker)};
    struct waybill_signing_key *keys;
    enum waybill_status status =
        signing_open(p, of, KEY_DKIM, &keys, &options.n_keys, &s->unsigned_why[SIGNED_AS_DKIM]);
    if (status != WAYBILL_OK || options.n_keys == 0)
        return status;
    options.keys = keys;
    s->unsigned_why[SIGNED_AS_DKIM] = NULL;
    return waybill_dkim_signer_new(message, &options, &s->dkim);
}

enum waybill_status signing_finish(struct waybill_signer *signer, const char **why)
{
    enum waybill_progress progress;
    if (!signer)
        return WAYBILL_OK;
    enum waybill_status status = waybill_signer_step(signer, &progress);
    if (status != WAYBILL_REFUSED)
        return status;
    *why = waybill_signer_reason(signer);
    return WAYBILL_OK;
}

/* Index 0 each, so that what is inserted last stands first. What follows the colon begins with a
 * space, as everybody writes it. */
static enum waybill_status insert(struct milter_session *session, const struct waybill_field *field)
{
    struct buffer value = buffer_new(LIMIT_FIELD_WRITTEN + 1);
    buffer_add_octet(&value, ' ');
    buffer_add_str(&value, field->value);
    enum waybill_status status =
        value.status == WAYBILL_OK
            ? milter_insert_header(session, 0, slice_str(field->name), buffer_slice(&value))
            : value.status;
    buffer_free(&value);
    return status;
}

enum waybill_status signing_insert(struct passage *p, struct waybill_signer *signer,
                                   const char *why)
{
    const struct waybill_field *fields;
    size_t n;
    if (!signer || why || !passage_may_change(p))
        return WAYBILL_OK;
    enum waybill_status status = waybill_signer_fields(signer, &fields, &n);
    for (size_t i = n; status == WAYBILL_OK && i > 0; i--)
        status = insert(p->session, &fields[i - 1]);
    return status;
}

void signing_drop(struct passage *p)
{
    waybill_signer_free(p->signing.dkim);
    waybill_signer_free(p->signing.dkim2);
    for (const struct held_key *held = p->signing.held; held; held = held->next)
        signing_keys_give_back(held->key);
}
