#include "support/recipes.h"

#include "base/base64.h"
#include "crypto/engine.h"
#include "mail/body.h"
#include "mail/whole.h"

#include <stdio.h>

const char *recipe_try(struct arena *arena, enum waybill_draft draft, struct slice json,
                       struct recipe *out)
{
    const char *why;
    struct buffer base64 = buffer_new(LAB_MESSAGE_OCTETS);
    base64_encode(&base64, json);
    enum waybill_status status =
        recipe_parse(arena, dkim2_draft_of(draft), buffer_slice(&base64), out, &why);
    must(status == WAYBILL_OK || status == WAYBILL_SYNTAX, "recipe: memory");
    must((status == WAYBILL_SYNTAX) == (why != NULL), "recipe: a reason where there is none");
    buffer_free(&base64);
    return why;
}

struct recipe recipe_of(struct arena *arena, enum waybill_draft draft, const char *json)
{
    struct recipe recipe;
    const char *why = recipe_try(arena, draft, slice_str(json), &recipe);
    must(!why, "%s: %s", json, why);
    return recipe;
}

/* Offset of the blank line that ends the header, and how many fields are before it. */
static size_t header_end(struct slice message, size_t *n)
{
    size_t at = 0;
    *n = 0;
    while (at < message.n && !slice_starts(slice_from(message, at), SLICE("\r\n"))) {
        *n += !octet_is_wsp(message.p[at]);
        do
            at = slice_find(message, '\n', at) + 1;
        while (at < message.n && message.p[at - 2] != '\r');
    }
    return at < message.n ? at : message.n;
}

struct header header_of(struct arena *arena, struct slice message)
{
    struct header header;
    size_t n, end = header_end(message, &n);
    must(header_parse(arena, slice_sub(message, 0, end), n, &header) == WAYBILL_OK, "header");
    return header;
}

struct slice body_of(struct slice message)
{
    size_t n;
    return slice_from(message, header_end(message, &n) + 2);
}

struct slice fields_text(struct arena *arena, const struct dkim2_fields *fields)
{
    struct buffer text = buffer_new(LAB_MESSAGE_OCTETS);
    struct slice out = {NULL, 0}, value;
    for (size_t i = 0; i < fields->n; i++)
        for (size_t k = 0; k < fields->all[i]->n; k++) {
            struct slice name = fields->all[i]->name;
            must(dkim2_value_canonical(arena, name, &fields->all[i]->values[k], &value) ==
                     WAYBILL_OK,
                 "canonical");
            buffer_add(&text, name);
            buffer_add_str(&text, ":");
            buffer_add(&text, value);
            buffer_add_str(&text, "\r\n");
        }
    must(text.status == WAYBILL_OK && arena_copy(arena, buffer_slice(&text), &out), "memory");
    buffer_free(&text);
    return out;
}

/* --- revised and undone ----------------------------------------------------------------------- */

void put_instance(struct buffer *message, unsigned m, struct slice json)
{
    struct buffer field = buffer_new(LAB_MESSAGE_OCTETS);
    buffer_printf(&field, "Message-Instance: m=%u; h=sha256:eA==:eA==;", m);
    if (json.p) {
        buffer_add_str(&field, " r=");
        base64_encode(&field, json);
        buffer_add_str(&field, ";");
    }
    buffer_add_str(&field, "\r\n");
    put_on_top(message, buffer_slice(&field));
    buffer_free(&field);
}

static enum waybill_status gather(void *self, const void *octets, size_t n)
{
    buffer_add(self, slice_of(octets, n));
    return WAYBILL_OK;
}

bool undo_message(const struct lab *lab, struct slice octets, unsigned m, struct prng *p,
                  struct buffer *out, char why[200])
{
    struct waybill_message *message;
    struct waybill_undo *undo;
    must(waybill_message_new(lab->engine, WAYBILL_LINES_CRLF, &message) == WAYBILL_OK &&
             waybill_undo_new(message, WAYBILL_DRAFT_09, m, gather, out, &undo) == WAYBILL_OK,
         "undo");
    for (size_t at = 0, n; at < octets.n; at += n) {
        n = p ? 1 + prng_below(p, prng_below(p, 2) ? 8 : 50000) : octets.n;
        struct slice piece = slice_sub(octets, at, n);
        must(waybill_message_feed(message, piece.p, piece.n) == WAYBILL_OK, "feed");
    }
    must(waybill_message_end(message) == WAYBILL_OK && out->status == WAYBILL_OK, "end");
    const char *failed = waybill_undo_failed(undo);
    snprintf(why, 200, "%s", failed ? failed : "");
    waybill_undo_free(undo);
    waybill_message_free(message);
    return failed == NULL;
}

struct hashes {
    struct digest_value header, body;
};

static struct hashes hashes_of(const struct lab *lab, struct slice message)
{
    struct arena arena = arena_new();
    struct hashes out;
    struct header header;
    struct slice octets;
    struct dkim2_fields fields;
    struct body body = body_new(&arena, lab->engine->crypto);
    const struct body_digest *digest;
    uint64_t n = 0;
    must(whole_read(&arena, message, &header, &octets) == WAYBILL_OK, "message");
    must(dkim2_fields_read(&arena, dkim2_draft_of(WAYBILL_DRAFT_09), &header, &fields) ==
                 WAYBILL_OK &&
             dkim2_fields_hash(&arena, lab->engine->crypto, &fields, DIGEST_SHA256, &out.header,
                               &n) == WAYBILL_OK,
         "fields");
    must(body_wish(&body, (struct body_wish){CANON_SIMPLE, DIGEST_SHA256, false, 0}, &digest) ==
                 WAYBILL_OK &&
             body_update(&body, octets) == WAYBILL_OK && body_final(&body) == WAYBILL_OK,
         "body");
    out.body = digest->value;
    body_drop(&body);
    arena_free(&arena);
    return out;
}

bool same_hashes(const struct lab *lab, struct slice a, struct slice b)
{
    struct hashes one = hashes_of(lab, a), other = hashes_of(lab, b);
    return slice_eq(digest_slice(&one.header), digest_slice(&other.header)) &&
           slice_eq(digest_slice(&one.body), digest_slice(&other.body));
}
