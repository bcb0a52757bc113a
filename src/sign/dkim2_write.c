/* Message-Instance and DKIM2-Signature as a signer writes them (spec-06 sections 7, 8, 9.6).
 *
 * Folds stand where every verifier takes them: behind a ';', inside base64, behind the colons of
 * s= and h=, behind the commas of rt= and f=.
 */
#include "base/limits.h"
#include "sign/dkim2_signing.h"
#include "sign/tags.h"

/* Columns of a sum of SHA-256 in base64 with its colon, and of the beginning of a recipe or a
 * signature that is worth a line. */
enum { SUM_COLUMNS = 45, WORTH_COLUMNS = 24 };

/* --- fields ----------------------------------------------------------------------------------- */

/* A field that is finished, as the header will have it. */
static enum waybill_status field_of(struct arena *arena, const char *name,
                                    const struct buffer *value, struct field **out)
{
    const struct slice parts[] = {slice_str(name), SLICE(": "), buffer_slice(value), SLICE("\r\n")};
    struct field *field = *out = arena_alloc(arena, sizeof *field);
    if (!field || value->status == WAYBILL_NOMEM || !arena_join(arena, parts, 4, &field->raw))
        return WAYBILL_NOMEM;
    field->name = slice_sub(field->raw, 0, parts[0].n);
    field->value = slice_sub(field->raw, parts[0].n + 1, value->n + 1);
    return WAYBILL_OK;
}

/* Covered by all signatures that follow: the one at `place` among the covered fields. */
static enum waybill_status cover(struct waybill_signer *s, const char *name,
                                 const struct buffer *value, size_t place)
{
    struct field *field;
    enum waybill_status status = field_of(&s->arena, name, value, &field);
    if (status == WAYBILL_OK)
        s->dkim2->covered[place] = field;
    return status;
}

/* --- Message-Instance ------------------------------------------------------------------------- */

static void write_hashes(struct tags_writer *w, const struct dkim2_signing *d)
{
    tags_open(w, "h", strlen("sha256:") + SUM_COLUMNS);
    tags_piece(w, SLICE("sha256:"));
    tags_piece_base64(w, digest_slice(&d->header), 1);
    tags_piece(w, SLICE(":"));
    tags_may_fold(w, SUM_COLUMNS);
    tags_piece_base64(w, digest_slice(&d->bodies[DIGEST_SHA256]->value), 1);
}

static enum waybill_status write_instance(struct waybill_signer *s, struct buffer *out)
{
    struct dkim2_signing *d = s->dkim2;
    struct tags_writer w = tags_begin(out, SLICE(DKIM2_INSTANCE_NAME), false);
    tags_add_number(&w, "m", d->n_instances + 1);
    write_hashes(&w, d);
    if (d->recipe_json.p) {
        tags_open(&w, "r", WORTH_COLUMNS);
        tags_piece_base64(&w, d->recipe_json, 1);
    }
    tags_end(&w);
    if (out->status == WAYBILL_LIMIT)
        return signer_refuse(s, arena_printf(&s->arena,
                                             "the " DKIM2_INSTANCE_NAME
                                             " field would be longer than %zu octets",
                                             LIMIT_FIELD_WRITTEN));
    return cover(s, DKIM2_INSTANCE_NAME, out, d->n_instances++);
}

/* --- DKIM2-Signature -------------------------------------------------------------------------- */

static void write_envelope(struct tags_writer *w, const struct dkim2_hop *hop)
{
    size_t columns = (hop->mail_from.text.n + 2) / 3 * 4;
    tags_open(w, "mf", columns);
    tags_piece_base64(w, hop->mail_from.text, 1);
    for (size_t i = 0; i < hop->rcpts; i++) {
        columns = (hop->rcpt_to[i].text.n + 2) / 3 * 4;
        if (i == 0)
            tags_open(w, "rt", columns);
        else
            tags_piece(w, SLICE(","));
        if (i > 0)
            tags_may_fold(w, columns + 1);
        tags_piece_base64(w, hop->rcpt_to[i].text, 1);
    }
}

static void write_flags(struct tags_writer *w, const struct dkim2_hop *hop)
{
    for (size_t i = 0; i < hop->n_flags; i++) {
        struct slice flag = slice_str(hop->flags[i]);
        if (i == 0) {
            tags_open(w, "f", flag.n + 1);
        } else {
            tags_piece(w, SLICE(","));
            tags_may_fold(w, flag.n + 1);
        }
        tags_piece(w, flag);
    }
}

/* No octets at all leave the values empty, which is how they are signed (section 9.6). */
static void write_signatures(struct tags_writer *w, const struct dkim2_hop *hop,
                             const struct slice *octets)
{
    for (size_t k = 0; k < hop->n_keys; k++) {
        const struct signing_key *key = &hop->keys[k];
        const struct slice algorithm = slice_str(key->algorithm->name);
        bool last = k + 1 == hop->n_keys;
        size_t columns = key->selector.n + algorithm.n + strlen("::");
        if (k == 0)
            tags_open(w, "s", columns);
        else
            tags_piece(w, hop->groups[k] == hop->groups[k - 1] ? SLICE(",") : SLICE("|"));
        tags_piece(w, key->selector);
        tags_piece(w, SLICE(":"));
        tags_piece(w, algorithm);
        tags_piece(w, SLICE(":"));
        tags_may_fold(w, WORTH_COLUMNS);
        if (octets)
            tags_piece_base64(w, octets[k],
                              last ? 1
                                   : hop->keys[k + 1].selector.n + strlen(",::") +
                                         strlen(hop->keys[k + 1].algorithm->name));
    }
}

static void write_signature(const struct waybill_signer *s, const struct dkim2_hop *hop,
                            const struct slice *octets, struct buffer *out)
{
    const struct dkim2_signing *d = s->dkim2;
    struct tags_writer w = tags_begin(out, SLICE(DKIM2_SIGNATURE_NAME), false);
    out->n = 0;
    tags_add_number(&w, "i", d->n_signatures + 1);
    tags_add_number(&w, "m", d->n_instances);
    tags_add_number(&w, "t", (uint64_t)s->evaluation.now);
    tags_add(&w, "d", hop->domain);
    if (hop->has_envelope)
        write_envelope(&w, hop);
    else
        tags_add(&w, "nd", hop->next_domain);
    if (hop->nonce.p)
        tags_add(&w, "n", hop->nonce);
    write_flags(&w, hop);
    write_signatures(&w, hop, octets);
    tags_end(&w);
}

/* --- signing ---------------------------------------------------------------------------------- */

static enum waybill_status sign_octets(struct waybill_signer *s, const struct dkim2_input *input,
                                       const struct signing_key *key, struct slice *out)
{
    struct buffer octets = buffer_new(LIMIT_HEADER_OCTETS);
    enum waybill_status status = dkim2_input_octets(input, &octets);
    if (status == WAYBILL_OK)
        status = private_key_sign(key->key, key->algorithm, buffer_slice(&octets), &s->arena, out);
    buffer_free(&octets);
    return status;
}

static enum waybill_status sign_digest(struct waybill_signer *s, const struct dkim2_input *input,
                                       const struct signing_key *key, struct slice *out)
{
    struct digest_value digest;
    enum waybill_status status =
        dkim2_input_digest(s->evaluation.crypto, input, key->algorithm->digest, &digest);
    return status == WAYBILL_OK
               ? private_key_sign(key->key, key->algorithm, digest_slice(&digest), &s->arena, out)
               : status;
}

/* The signatures over the field whose values are empty, by every key of the hop. */
static enum waybill_status sign_field(struct waybill_signer *s, const struct dkim2_hop *hop,
                                      const struct buffer *empty, struct slice *octets)
{
    const struct dkim2_signing *d = s->dkim2;
    struct field *own;
    enum waybill_status status = field_of(&s->arena, DKIM2_SIGNATURE_NAME, empty, &own);
    const struct dkim2_input input = {
        .fields = d->covered, .n = d->n_instances + d->n_signatures, .own = own};
    for (size_t k = 0; k < hop->n_keys && status == WAYBILL_OK; k++)
        status = hop->keys[k].algorithm->pure ? sign_octets(s, &input, &hop->keys[k], &octets[k])
                                              : sign_digest(s, &input, &hop->keys[k], &octets[k]);
    return status;
}

static enum waybill_status sign_hop(struct waybill_signer *s, const struct dkim2_hop *hop,
                                    struct buffer *out)
{
    struct dkim2_signing *d = s->dkim2;
    struct slice *octets = arena_array(&s->arena, hop->n_keys, sizeof *octets);
    if (!octets)
        return WAYBILL_NOMEM;
    write_signature(s, hop, NULL, out);
    enum waybill_status status =
        out->status == WAYBILL_OK ? sign_field(s, hop, out, octets) : out->status;
    if (status == WAYBILL_OK)
        write_signature(s, hop, octets, out);
    if (out->status == WAYBILL_LIMIT)
        return signer_refuse(s, arena_printf(&s->arena,
                                             "the " DKIM2_SIGNATURE_NAME
                                             " field would be longer than %zu octets: send to "
                                             "fewer recipients at once",
                                             LIMIT_FIELD_WRITTEN));
    if (status == WAYBILL_OK)
        status = cover(s, DKIM2_SIGNATURE_NAME, out, d->n_instances + d->n_signatures);
    d->n_signatures += status == WAYBILL_OK;
    return status;
}

/* --- what leaves ------------------------------------------------------------------------------ */

static enum waybill_status add_field(struct waybill_signer *s, const char *name, size_t place)
{
    struct slice copy, value = slice_trim(s->dkim2->covered[place]->value);
    if (!arena_copy(&s->arena, value, &copy))
        return WAYBILL_NOMEM;
    s->fields[s->n_fields++] = (struct waybill_field){name, (const char *)copy.p};
    return WAYBILL_OK;
}

/* The newest on top; the new instance below the signatures that cover it. */
static enum waybill_status add_fields(struct waybill_signer *s)
{
    const struct dkim2_signing *d = s->dkim2;
    size_t end = d->n_instances + d->n_signatures;
    enum waybill_status status = WAYBILL_OK;
    s->n_fields = 0;
    for (size_t i = 0; i < d->n_hops && status == WAYBILL_OK; i++)
        status = add_field(s, DKIM2_SIGNATURE_NAME, end - 1 - i);
    if (status == WAYBILL_OK && d->new_instance)
        status = add_field(s, DKIM2_INSTANCE_NAME, d->n_instances - 1);
    return status;
}

/* The signatures make room for an instance, which is covered before them. */
static enum waybill_status add_instance(struct waybill_signer *s, struct buffer *value)
{
    struct dkim2_signing *d = s->dkim2;
    for (size_t i = d->n_instances + d->n_signatures; i > d->n_instances; i--)
        d->covered[i] = d->covered[i - 1];
    return write_instance(s, value);
}

enum waybill_status dkim2_write(struct waybill_signer *s)
{
    struct dkim2_signing *d = s->dkim2;
    struct buffer value = buffer_new(LIMIT_FIELD_WRITTEN);
    enum waybill_status status = d->new_instance ? add_instance(s, &value) : WAYBILL_OK;
    for (size_t i = 0; i < d->n_hops && status == WAYBILL_OK; i++) {
        buffer_free(&value);
        status = sign_hop(s, &d->hops[i], &value);
    }
    buffer_free(&value);
    return status == WAYBILL_OK ? add_fields(s) : status;
}
