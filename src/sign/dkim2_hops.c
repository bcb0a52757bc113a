/* What a caller asks a DKIM2 signer for, copied and measured against the grammar. */
#include "base/limits.h"
#include "dns/name.h"
#include "mail/address.h"
#include "sign/dkim2_signing.h"

/* spec-06 section 8.10; later drafts have no requests. */
static const struct {
    const char *name;
    unsigned bit;
    bool request;
} flags[] = {
    {"exploded", DKIM2_FLAG_EXPLODED, false},        {"feedback", DKIM2_FLAG_FEEDBACK, false},
    {"feedhere", DKIM2_FLAG_FEEDHERE, false},        {"donotmodify", DKIM2_FLAG_DONOTMODIFY, true},
    {"donotexplode", DKIM2_FLAG_DONOTEXPLODE, true},
};

static enum waybill_status misuse_of(enum waybill_status status)
{
    return status == WAYBILL_SYNTAX ? WAYBILL_MISUSE : status;
}

static enum waybill_status copy_domain(struct arena *arena, const char *text, struct slice *out)
{
    if (!text || !name_is_domain(slice_str(text)))
        return WAYBILL_MISUSE;
    return misuse_of(name_to_ascii(arena, slice_str(text), out));
}

/* --- the envelope ----------------------------------------------------------------------------- */

enum waybill_status dkim2_path_of(struct arena *arena, const char *text, struct dkim2_path *out)
{
    struct slice path = slice_str(text);
    struct mailbox mailbox;
    const char *why;
    *out = (struct dkim2_path){{NULL, 0}, {NULL, 0}, {NULL, 0}};
    enum waybill_status status = address_parse_path(arena, path, &mailbox, &why);
    if (status != WAYBILL_OK)
        return status;
    if (path.n >= 2 && path.p[0] == '<')
        path = slice_sub(path, 1, path.n - 2);
    const struct slice parts[] = {SLICE("<"), path, SLICE(">")};
    if (!arena_join(arena, parts, 3, &out->text) ||
        !arena_copy(arena, mailbox.local_part, &out->local_part))
        return WAYBILL_NOMEM;
    if (path.n > 0 && mailbox.domain.n == 0)
        return WAYBILL_SYNTAX;
    return name_to_ascii(arena, mailbox.domain, &out->domain);
}

static enum waybill_status copy_envelope(struct arena *arena, const struct waybill_dkim2_hop *in,
                                         struct dkim2_hop *out)
{
    if (!in->mail_from || in->rcpts == 0)
        return WAYBILL_MISUSE;
    out->has_envelope = true;
    out->rcpt_to = arena_array(arena, in->rcpts, sizeof *out->rcpt_to);
    enum waybill_status status =
        out->rcpt_to ? dkim2_path_of(arena, in->mail_from, &out->mail_from) : WAYBILL_NOMEM;
    for (; out->rcpts < in->rcpts && status == WAYBILL_OK; out->rcpts++) {
        struct dkim2_path *path = &out->rcpt_to[out->rcpts];
        status = dkim2_path_of(arena, in->rcpt_to[out->rcpts], path);
        if (status == WAYBILL_OK && path->domain.n == 0)
            status = WAYBILL_MISUSE;
    }
    return misuse_of(status);
}

/* --- keys, nonce, flags ----------------------------------------------------------------------- */

static enum waybill_status copy_keys(struct waybill_signer *s, const struct waybill_dkim2_hop *in,
                                     struct dkim2_hop *out)
{
    out->keys = arena_array(&s->arena, in->n_keys, sizeof *out->keys);
    out->groups = arena_array(&s->arena, in->n_keys, sizeof *out->groups);
    if (!out->keys || !out->groups)
        return WAYBILL_NOMEM;
    if (in->n_keys == 0)
        return WAYBILL_MISUSE;
    for (; out->n_keys < in->n_keys; out->n_keys++) {
        size_t k = out->n_keys;
        const struct waybill_signing_key *given = &in->keys[k];
        const struct algorithm *algorithm = algorithm_of_kind(private_key_kind(given->key));
        unsigned usual = s->dkim2->draft->groups ? (unsigned)k : 0;
        out->groups[k] = in->groups ? in->groups[k] : usual;
        if (k > 0 && out->groups[k] < out->groups[k - 1])
            return WAYBILL_MISUSE;
        enum waybill_status status =
            signer_key(s, given, algorithm->dkim2 ? algorithm : NULL, &out->keys[k]);
        if (status != WAYBILL_OK)
            return status;
    }
    return WAYBILL_OK;
}

/* spec-06 section 8.3. */
static enum waybill_status copy_nonce(struct arena *arena, const char *text, struct slice *out)
{
    struct slice nonce = slice_str(text);
    if (!text)
        return WAYBILL_OK;
    if (nonce.n > LIMIT_NONCE)
        return WAYBILL_MISUSE;
    for (size_t i = 0; i < nonce.n; i++)
        if (nonce.p[i] < 33 || nonce.p[i] > 126 || nonce.p[i] == ';')
            return WAYBILL_MISUSE;
    return arena_copy(arena, nonce, out) ? WAYBILL_OK : WAYBILL_NOMEM;
}

static enum waybill_status add_flag(const struct dkim2_draft *draft, const char *name,
                                    struct dkim2_hop *out)
{
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (slice_eq(slice_str(name), slice_str(flags[i].name)) &&
            (draft->requests || !flags[i].request) && !(out->flag_bits & flags[i].bit)) {
            out->flags[out->n_flags++] = flags[i].name;
            out->flag_bits |= flags[i].bit;
            return WAYBILL_OK;
        }
    return WAYBILL_MISUSE;
}

/* --- hops ------------------------------------------------------------------------------------- */

static enum waybill_status copy_hop(struct waybill_signer *s, const struct waybill_dkim2_hop *in,
                                    struct dkim2_hop *out)
{
    struct arena *arena = &s->arena;
    enum waybill_status status = copy_domain(arena, in->domain, &out->domain);
    if (status == WAYBILL_OK && in->next_domain)
        status = in->mail_from || in->rcpts
                     ? WAYBILL_MISUSE
                     : copy_domain(arena, in->next_domain, &out->next_domain);
    else if (status == WAYBILL_OK)
        status = copy_envelope(arena, in, out);
    if (status == WAYBILL_OK)
        status = copy_keys(s, in, out);
    if (status == WAYBILL_OK)
        status = copy_nonce(arena, in->nonce, &out->nonce);
    if (status == WAYBILL_OK && !(out->flags = arena_array(arena, in->n_flags, sizeof *out->flags)))
        status = WAYBILL_NOMEM;
    for (size_t i = 0; i < in->n_flags && status == WAYBILL_OK; i++)
        status = add_flag(s->dkim2->draft, in->flags[i], out);
    return status;
}

enum waybill_status dkim2_hops_copy(struct waybill_signer *s,
                                    const struct waybill_dkim2_options *options)
{
    struct dkim2_signing *d = s->dkim2;
    if (options->n_hops == 0 || options->now < 0)
        return WAYBILL_MISUSE;
    d->out_of_band = options->out_of_band != 0;
    d->hops = arena_array(&s->arena, options->n_hops, sizeof *d->hops);
    enum waybill_status status = d->hops ? WAYBILL_OK : WAYBILL_NOMEM;
    for (; d->n_hops < options->n_hops && status == WAYBILL_OK; d->n_hops++) {
        bool last = d->n_hops + 1 == options->n_hops;
        const struct waybill_dkim2_hop *hop = &options->hops[d->n_hops];
        status = last || hop->next_domain ? copy_hop(s, hop, &d->hops[d->n_hops]) : WAYBILL_MISUSE;
    }
    return status;
}
