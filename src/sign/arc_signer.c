/* An ARC set (RFC 8617 section 5.1). */
#include "arc/chain.h"
#include "arc/cover.h"
#include "base/limits.h"
#include "check/check.h"
#include "record/authres_fields.h"
#include "sign/signer.h"
#include "sign/tags.h"

#define SEAL_NAME "ARC-Seal"
#define MESSAGE_SIGNATURE_NAME "ARC-Message-Signature"
#define AAR_NAME "ARC-Authentication-Results"

/* The set under way: three values, and the chain it extends. */
struct sealing {
    struct waybill_signer *signer;
    struct arc_chain *chain;
    unsigned instance;
    const char *cv;
    struct slice headers; /* h= of the message signature */
    struct buffer aar, message_signature, seal;
};

/* --- ARC-Authentication-Results -----------------------------------------------------------------
 */

/* The results that fields of the given authserv-id hold, in their order, as they stand. */
static enum waybill_status gather(struct waybill_signer *s, struct authres_writer *w)
{
    struct header *header = message_header(s->evaluation.message);
    struct names_range range = header_find(header, SLICE("Authentication-Results"));
    size_t n = 0;
    for (size_t i = 0; i < range.n; i++) {
        struct authres results;
        enum waybill_status status =
            authres_parse(&s->arena, header_at(header, range.first + i)->value, &results);
        if (status == WAYBILL_NOMEM)
            return status;
        if (status != WAYBILL_OK || !slice_ieq(results.authserv_id, s->results))
            continue;
        for (size_t m = 0; m < results.n; m++, n++)
            authres_raw(w, results.methods[m].raw);
    }
    if (n == 0)
        authres_none(w);
    return WAYBILL_OK;
}

static enum waybill_status write_aar(struct sealing *z)
{
    struct waybill_signer *s = z->signer;
    struct authres_writer w;
    buffer_printf(&z->aar, "i=%u; ", z->instance);
    authres_begin(&w, &z->aar, s->authserv_id);
    if (s->results.p)
        return gather(s, &w);
    record_write_methods(waybill_check_record(s->check), true, &w);
    return WAYBILL_OK;
}

/* --- ARC-Message-Signature, ARC-Seal
 * -------------------------------------------------------------- */

/* Tags in alphabetical order, as the field's conformance suite has them. */
static void write_message_signature(struct sealing *z, struct slice octets, size_t *cut)
{
    struct waybill_signer *s = z->signer;
    struct tags_writer w = tags_begin(&z->message_signature, SLICE(MESSAGE_SIGNATURE_NAME), true);
    z->message_signature.n = 0;
    tags_add(&w, "a", slice_str(s->keys[0].algorithm->name));
    tags_add_base64(&w, "b", octets, cut);
    tags_add_base64(&w, "bh", digest_slice(&s->body->value), NULL);
    tags_add(&w, "c", SLICE("relaxed/relaxed"));
    tags_add(&w, "d", s->domain);
    tags_add_list(&w, "h", z->headers);
    tags_add_number(&w, "i", z->instance);
    tags_add(&w, "s", s->keys[0].selector);
    tags_add_number(&w, "t", (uint64_t)s->evaluation.now);
}

static void write_seal(struct sealing *z, struct slice octets, size_t *cut)
{
    struct waybill_signer *s = z->signer;
    struct tags_writer w = tags_begin(&z->seal, SLICE(SEAL_NAME), true);
    z->seal.n = 0;
    tags_add(&w, "a", slice_str(s->keys[0].algorithm->name));
    tags_add_base64(&w, "b", octets, cut);
    tags_add(&w, "cv", slice_str(z->cv));
    tags_add(&w, "d", s->domain);
    tags_add_number(&w, "i", z->instance);
    tags_add(&w, "s", s->keys[0].selector);
    tags_add_number(&w, "t", (uint64_t)s->evaluation.now);
}

static enum waybill_status sign_message(struct sealing *z)
{
    size_t cut = 0;
    struct slice octets = {NULL, 0};
    write_message_signature(z, octets, &cut);
    if (z->message_signature.status != WAYBILL_OK)
        return z->message_signature.status;
    struct field field =
        signer_field(SLICE(MESSAGE_SIGNATURE_NAME), buffer_slice(&z->message_signature));
    enum waybill_status status =
        signer_sign(z->signer, &z->signer->keys[0], z->headers, &field, cut, &octets);
    if (status == WAYBILL_OK)
        write_message_signature(z, octets, &cut);
    return status;
}

/* A chain that fails is sealed over this set alone (section 5.1.2). */
static enum waybill_status sign_set(struct sealing *z)
{
    struct waybill_signer *s = z->signer;
    struct slice octets = {NULL, 0};
    size_t cut = 0;
    write_seal(z, octets, &cut);
    if (z->seal.status != WAYBILL_OK || z->aar.status != WAYBILL_OK)
        return z->seal.status != WAYBILL_OK ? z->seal.status : z->aar.status;
    struct field aar = signer_field(SLICE(AAR_NAME), buffer_slice(&z->aar));
    struct field ams =
        signer_field(SLICE(MESSAGE_SIGNATURE_NAME), buffer_slice(&z->message_signature));
    struct field seal = signer_field(SLICE(SEAL_NAME), buffer_slice(&z->seal));
    struct signature message_signature = {.field = &ams};
    struct signature own = {.field = &seal, .cut = slice_sub(seal.value, cut, 0)};
    struct arc_set set = {.aar_field = &aar, .message_signature = &message_signature, .seal = &own};
    bool alone = z->chain->verdict.result == WAYBILL_RESULT_FAIL;
    enum waybill_status status = arc_cover_new(&s->evaluation, z->chain, &set, alone);
    if (status == WAYBILL_OK)
        status = private_key_sign(s->keys[0].key, s->keys[0].algorithm, digest_slice(&set.digest),
                                  &s->arena, &octets);
    if (status == WAYBILL_OK)
        write_seal(z, octets, &cut);
    return status;
}

/* --- the set ---------------------------------------------------------------------------------- */

/* What cv= says of the chain, or why there is to be no seal. */
static const char *judge_chain(struct sealing *z)
{
    const struct arc_chain *chain = z->chain;
    z->instance = (unsigned)chain->n + 1;
    z->cv = waybill_result_text(chain->verdict.result);
    if (chain->ended)
        return "the chain ended with cv=fail: it must not be extended (RFC 8617 section 5.1)";
    if (chain->beyond > 0)
        return "the message has more ARC fields than 50 sets have (RFC 8617 section 5.1)";
    if (chain->n >= LIMIT_ARC_SETS)
        return "the chain has 50 sets already: no more are allowed (RFC 8617 section 5.1)";
    if (chain->verdict.result == WAYBILL_RESULT_TEMPERROR) {
        z->signer->may_retry = true;
        return "the chain cannot be judged now, for a temporary error: it is not sealed blindly";
    }
    return NULL;
}

/* Whether the fields of a name stand in both headers alike, and in one order. */
static bool same_fields(const struct header *a, const struct header *b, struct slice name)
{
    struct names_range in_a = header_find(a, name), in_b = header_find(b, name);
    if (in_a.n != in_b.n)
        return false;
    for (size_t i = 0; i < in_a.n; i++)
        if (!slice_eq(header_at(a, in_a.first + i)->raw, header_at(b, in_b.first + i)->raw))
            return false;
    return true;
}

/* A seal covers the sets before it as they stand in the message that leaves. */
static bool has_chain_of_arrival(const struct waybill_signer *s)
{
    struct waybill_message *arrival = check_message(s->check);
    const struct header *here = message_header(s->evaluation.message);
    const struct header *there = message_header(arrival);
    return arrival == s->evaluation.message ||
           (same_fields(here, there, SLICE(AAR_NAME)) &&
            same_fields(here, there, SLICE(MESSAGE_SIGNATURE_NAME)) &&
            same_fields(here, there, SLICE(SEAL_NAME)));
}

static enum waybill_status add_fields(struct sealing *z)
{
    struct waybill_signer *s = z->signer;
    enum waybill_status status = signer_add(s, SEAL_NAME, &z->seal);
    if (status == WAYBILL_OK)
        status = signer_add(s, MESSAGE_SIGNATURE_NAME, &z->message_signature);
    return status == WAYBILL_OK ? signer_add(s, AAR_NAME, &z->aar) : status;
}

static enum waybill_status make(struct waybill_signer *s)
{
    const struct waybill_record *record = waybill_check_record(s->check);
    if (!record_has(record, WAYBILL_METHOD_ARC))
        return WAYBILL_MISUSE;
    struct arc_chain chain = record->arc; /* its counts stay the check's */
    struct sealing z = {.signer = s,
                        .chain = &chain,
                        .aar = buffer_new(LIMIT_FIELD_WRITTEN),
                        .message_signature = buffer_new(LIMIT_FIELD_WRITTEN),
                        .seal = buffer_new(LIMIT_FIELD_WRITTEN)};
    const char *why = judge_chain(&z);
    if (!why && !has_chain_of_arrival(s))
        why =
            "the message as it leaves has lost or changed fields of the chain that it arrived with";
    if (why)
        return signer_refuse(s, why);
    enum waybill_status status = signer_headers(s, true, &z.headers);
    if (status == WAYBILL_OK)
        status = write_aar(&z);
    if (status == WAYBILL_OK)
        status = sign_message(&z);
    if (status == WAYBILL_OK)
        status = sign_set(&z);
    if (status == WAYBILL_OK || status == WAYBILL_LIMIT)
        status = add_fields(&z);
    buffer_free(&z.aar);
    buffer_free(&z.message_signature);
    buffer_free(&z.seal);
    return status;
}

enum waybill_status waybill_arc_signer_new(struct waybill_message *message,
                                           struct waybill_check *check,
                                           const struct waybill_sign_options *options,
                                           const char *authserv_id, const char *results,
                                           struct waybill_signer **out)
{
    *out = NULL;
    if (options->n_keys != 1 || !authserv_id)
        return WAYBILL_MISUSE;
    enum waybill_status status = signer_new(message, options, 3, make, out);
    if (status != WAYBILL_OK)
        return status;
    (*out)->check = check;
    if (!arena_copy(&(*out)->arena, slice_str(authserv_id), &(*out)->authserv_id) ||
        (results && !arena_copy(&(*out)->arena, slice_str(results), &(*out)->results))) {
        waybill_signer_free(*out);
        *out = NULL;
        return WAYBILL_NOMEM;
    }
    return WAYBILL_OK;
}
