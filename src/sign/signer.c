#include "sign/signer.h"

#include "base/limits.h"
#include "crypto/engine.h"
#include "dns/name.h"

#include <stdlib.h>

/* RFC 6376 section 5.4.1 with what MIME and the list fields added since (RFC 8058). */
static const char *const default_names[] = {
    "From",
    "Sender",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "To",
    "Cc",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Resent-Date",
    "Resent-From",
    "Resent-To",
    "Resent-Cc",
    "In-Reply-To",
    "References",
    "List-Id",
    "List-Help",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Subscribe",
    "List-Post",
    "List-Owner",
    "List-Archive",
};

static enum waybill_status copy_keys(struct waybill_signer *s,
                                     const struct waybill_sign_options *options)
{
    s->keys = arena_array(&s->arena, options->n_keys, sizeof *s->keys);
    if (!s->keys)
        return WAYBILL_NOMEM;
    for (; s->n_keys < options->n_keys; s->n_keys++) {
        const struct waybill_signing_key *given = &options->keys[s->n_keys];
        struct signing_key *key = &s->keys[s->n_keys];
        key->key = given->key;
        key->algorithm = algorithm_of_key(private_key_kind(given->key));
        if (!key->algorithm || !name_is_domain(slice_str(given->selector)))
            return WAYBILL_MISUSE;
        if (!arena_copy(&s->arena, slice_str(given->selector), &key->selector))
            return WAYBILL_NOMEM;
    }
    return WAYBILL_OK;
}

/* Names of fields with colons between them (RFC 6376 section 3.5, h=). */
static bool are_names(struct slice list)
{
    bool done = false;
    for (struct slice name; taglist_element(&list, &done, &name);) {
        size_t n = 0;
        while (n < name.n && octet_is_ftext(name.p[n]) && name.p[n] != ';')
            n++;
        if (n == 0 || n < name.n)
            return false;
    }
    return true;
}

static enum waybill_status copy_options(struct waybill_signer *s,
                                        const struct waybill_sign_options *options)
{
    struct slice domain = slice_str(options->domain);
    s->expires_in = options->expires_in;
    if (!name_is_domain(domain) || options->n_keys == 0 || options->now < 0 ||
        options->expires_in < 0)
        return WAYBILL_MISUSE;
    if (options->headers && !are_names(slice_str(options->headers)))
        return WAYBILL_MISUSE;
    if (options->headers && !arena_copy(&s->arena, slice_str(options->headers), &s->headers))
        return WAYBILL_NOMEM;
    enum waybill_status status = name_to_ascii(&s->arena, domain, &s->domain);
    if (status == WAYBILL_SYNTAX)
        return WAYBILL_MISUSE;
    return status == WAYBILL_OK ? copy_keys(s, options) : status;
}

/* The header is complete: the signature will want this digest of the body. */
static enum waybill_status wish(void *self)
{
    struct waybill_signer *s = self;
    struct body_wish body = {CANON_RELAXED, DIGEST_SHA256, false, 0};
    return body_wish(message_body(s->evaluation.message), body, &s->body);
}

enum waybill_status signer_new(struct waybill_message *message,
                               const struct waybill_sign_options *options, size_t most,
                               enum waybill_status (*make)(struct waybill_signer *),
                               struct waybill_signer **out)
{
    struct waybill_signer *s = *out = calloc(1, sizeof *s);
    if (!s)
        return WAYBILL_NOMEM;
    const struct waybill_engine *engine = message_engine(message);
    s->arena = arena_new();
    s->evaluation = (struct evaluation){.arena = &s->arena,
                                        .message = message,
                                        .crypto = engine->crypto,
                                        .keyring = engine->keyring,
                                        .now = options->now};
    s->make = make;
    s->reason = "";
    s->client = (struct message_client){.self = s, .header_ended = wish};
    enum waybill_status status = copy_options(s, options);
    s->fields = arena_array(&s->arena, most, sizeof *s->fields);
    if (status == WAYBILL_OK && !s->fields)
        status = WAYBILL_NOMEM;
    if (status == WAYBILL_OK)
        status = message_attach(message, &s->client);
    if (status != WAYBILL_OK) {
        waybill_signer_free(s);
        *out = NULL;
    }
    return status;
}

void waybill_signer_free(struct waybill_signer *s)
{
    if (!s)
        return;
    message_detach(s->evaluation.message, &s->client);
    arena_free(&s->arena);
    free(s);
}

enum waybill_status signer_refuse(struct waybill_signer *s, const char *reason)
{
    s->reason = reason;
    return reason ? WAYBILL_REFUSED : WAYBILL_NOMEM;
}

enum waybill_status waybill_signer_step(struct waybill_signer *s, enum waybill_progress *progress)
{
    enum waybill_status status = message_status(s->evaluation.message);
    *progress = WAYBILL_MORE;
    if (status == WAYBILL_OK && s->check)
        status = waybill_check_step(s->check, progress);
    if (status != WAYBILL_OK || !message_has_ended(s->evaluation.message) ||
        *progress == WAYBILL_ASK)
        return status;
    if (!s->done)
        status = s->reason[0] ? WAYBILL_REFUSED : s->make(s);
    s->done = status == WAYBILL_OK;
    *progress = WAYBILL_DONE;
    return status;
}

const char *waybill_signer_reason(const struct waybill_signer *s)
{
    return s->reason;
}

int waybill_signer_may_retry(const struct waybill_signer *s)
{
    return s->may_retry;
}

enum waybill_status waybill_signer_fields(struct waybill_signer *s,
                                          const struct waybill_field **fields, size_t *n)
{
    if (!s->done)
        return WAYBILL_MISUSE;
    *fields = s->fields;
    *n = s->n_fields;
    return WAYBILL_OK;
}

enum waybill_status signer_add(struct waybill_signer *s, const char *name,
                               const struct buffer *value)
{
    struct slice copy;
    if (value->status == WAYBILL_LIMIT)
        return signer_refuse(s,
                             arena_printf(&s->arena, "the %s field would be longer than %zu octets",
                                          name, LIMIT_FIELD_WRITTEN));
    if (value->status != WAYBILL_OK || !arena_copy(&s->arena, buffer_slice(value), &copy))
        return WAYBILL_NOMEM;
    s->fields[s->n_fields++] = (struct waybill_field){name, (const char *)copy.p};
    return WAYBILL_OK;
}

static void add_names(struct buffer *out, const char *name, size_t times)
{
    for (; times > 0; times--) {
        if (out->n)
            buffer_add_octet(out, ':');
        for (const char *c = name; *c; c++)
            buffer_add_octet(out, octet_lower((uint8_t)*c));
    }
}

enum waybill_status signer_headers(struct waybill_signer *s, bool dkim_signatures,
                                   struct slice *out)
{
    const struct header *header = message_header(s->evaluation.message);
    struct buffer names = buffer_new(LIMIT_FIELD_WRITTEN);
    *out = s->headers;
    if (s->headers.p)
        return WAYBILL_OK;
    for (size_t i = 0; i < sizeof default_names / sizeof default_names[0]; i++)
        add_names(&names, default_names[i],
                  header_find(header, slice_str(default_names[i])).n + (i == 0));
    if (dkim_signatures)
        add_names(&names, "DKIM-Signature", header_find(header, SLICE("DKIM-Signature")).n);
    enum waybill_status status = names.status;
    if (status == WAYBILL_OK && !arena_copy(&s->arena, buffer_slice(&names), out))
        status = WAYBILL_NOMEM;
    buffer_free(&names);
    return status == WAYBILL_LIMIT
               ? signer_refuse(s, "the header has too many fields to name them all in h=")
               : status;
}

struct field signer_field(struct slice name, struct slice value)
{
    return (struct field){.name = name, .value = value};
}

enum waybill_status signer_sign(struct waybill_signer *s, const struct signing_key *key,
                                struct slice headers, struct field *field, size_t cut,
                                struct slice *octets)
{
    struct digest_value digest;
    struct signature own = {.field = field,
                            .algorithm = key->algorithm,
                            .headers = headers,
                            .header_canon = CANON_RELAXED,
                            .cut = slice_sub(field->value, cut, 0)};
    enum waybill_status status = signature_header_digest(&s->evaluation, &own, NULL, &digest);
    return status == WAYBILL_OK ? private_key_sign(key->key, key->algorithm, digest_slice(&digest),
                                                   &s->arena, octets)
                                : status;
}
