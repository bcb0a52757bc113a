/* DKIM-Signature fields (RFC 6376 section 5). */
#include "base/limits.h"
#include "sign/signer.h"
#include "sign/tags.h"

#define FIELD_NAME "DKIM-Signature"

/* The field's value, in the order people are used to; with no octets, what is hashed. */
static void write_field(const struct waybill_signer *s, const struct signing_key *key,
                        struct slice headers, struct slice octets, struct buffer *out, size_t *cut)
{
    struct tags_writer w = tags_begin(out, SLICE(FIELD_NAME), false);
    tags_add(&w, "v", SLICE("1"));
    tags_add(&w, "a", slice_str(key->algorithm->name));
    tags_add(&w, "c", SLICE("relaxed/relaxed"));
    tags_add(&w, "d", s->domain);
    tags_add(&w, "s", key->selector);
    tags_add_number(&w, "t", (uint64_t)s->evaluation.now);
    if (s->expires_in > 0)
        tags_add_number(&w, "x", (uint64_t)(s->evaluation.now + s->expires_in));
    tags_add_list(&w, "h", headers);
    tags_add_base64(&w, "bh", digest_slice(&s->body->value), NULL);
    tags_add_base64(&w, "b", octets, cut);
}

static enum waybill_status add_signature(struct waybill_signer *s, const struct signing_key *key,
                                         struct slice headers)
{
    struct buffer value = buffer_new(LIMIT_FIELD_WRITTEN);
    struct slice octets = {NULL, 0};
    size_t cut = 0;
    write_field(s, key, headers, octets, &value, &cut);
    struct field field = signer_field(SLICE(FIELD_NAME), buffer_slice(&value));
    enum waybill_status status = value.status;
    if (status == WAYBILL_OK)
        status = signer_sign(s, key, headers, &field, cut, &octets);
    if (status == WAYBILL_OK) {
        value.n = 0;
        write_field(s, key, headers, octets, &value, &cut);
    }
    if (status == WAYBILL_OK || status == WAYBILL_LIMIT)
        status = signer_add(s, FIELD_NAME, &value);
    buffer_free(&value);
    return status;
}

static const char *refusal(const struct waybill_signer *s)
{
    struct waybill_message *message = s->evaluation.message;
    size_t from = header_find(message_header(message), SLICE("From")).n;
    if (from == 0)
        return "the message has no From field (RFC 5322 section 3.6 wants exactly one)";
    if (from > 1)
        return "the message has several From fields (RFC 5322 section 3.6 wants exactly one)";
    if (message_longest_line(message) > LIMIT_LINE_OCTETS)
        return "a line is longer than 998 octets (RFC 5322 section 2.1.1): it would be broken on "
               "the way, and the signature with it";
    return NULL;
}

static enum waybill_status make(struct waybill_signer *s)
{
    const char *why = refusal(s);
    struct slice headers;
    if (why)
        return signer_refuse(s, why);
    enum waybill_status status = signer_headers(s, false, &headers);
    for (size_t i = 0; i < s->n_keys && status == WAYBILL_OK; i++)
        status = add_signature(s, &s->keys[i], headers);
    return status;
}

/* RFC 6376 section 5.4: From is signed, or there is no signature. */
static bool names_from(const char *headers)
{
    struct slice rest = slice_str(headers);
    bool done = false;
    for (struct slice name; taglist_element(&rest, &done, &name);)
        if (slice_ieq(name, SLICE("From")))
            return true;
    return false;
}

enum waybill_status waybill_dkim_signer_new(struct waybill_message *message,
                                            const struct waybill_sign_options *options,
                                            struct waybill_signer **out)
{
    *out = NULL;
    if (options->headers && !names_from(options->headers))
        return WAYBILL_MISUSE;
    message_measure_lines(message);
    return signer_new(message, options, options->n_keys, make, out);
}
