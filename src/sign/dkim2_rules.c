/*
 * Whether a hop may be signed (spec-06 section 9, spec-08 section 12, design 5.5 and 5.6), and over
 * which fields.
 */
#include "base/limits.h"
#include "check/check.h"
#include "sign/dkim2_signing.h"

/* --- the message ------------------------------------------------------------------------------ */

static enum waybill_status check_lines(struct waybill_signer *s)
{
    struct waybill_message *message = s->evaluation.message;
    const struct oddity_count *cr = message_oddity(message, ODDITY_LONE_CR);
    const struct oddity_count *lf = message_oddity(message, ODDITY_LONE_LF);
    if (cr->header + cr->body + lf->header + lf->body > 0)
        return signer_refuse(s, "a CR or LF stands alone (RFC 5321 section 2.3.8): it would be "
                                "changed on the way, and the hash with it");
    if (message_longest_line(message) > LIMIT_LINE_OCTETS)
        return signer_refuse(s, "a line is longer than 998 octets (RFC 5322 section 2.1.1): it "
                                "would be broken on the way, and the hash with it");
    return WAYBILL_OK;
}

/* --- keys ------------------------------------------------------------------------------------- */

static enum waybill_status check_key(struct waybill_signer *s, const struct dkim2_hop *hop,
                                     size_t k)
{
    const struct signing_key *key = &hop->keys[k];
    unsigned bits = waybill_key_bits(key->key), alike = 1;
    if (key->algorithm->key == KEY_RSA && bits < LIMIT_DKIM2_RSA_SIGN_BITS)
        return DKIM2_REFUSE(s, "the RSA key %.*s has %u bits: DKIM2 signs with %u or more",
                            SLICE_ARGS(key->selector), bits, LIMIT_DKIM2_RSA_SIGN_BITS);
    for (size_t i = 0; i < k; i++) {
        alike += hop->keys[i].algorithm == key->algorithm;
        if (slice_ieq(hop->keys[i].selector, key->selector))
            return DKIM2_REFUSE(s, "the selector %.*s stands twice (section 8.9)",
                                SLICE_ARGS(key->selector));
    }
    if (s->dkim2->draft->per_algorithm && alike > s->dkim2->draft->per_algorithm)
        return DKIM2_REFUSE(s, "more than %u keys of %s (section 8.9)",
                            s->dkim2->draft->per_algorithm, key->algorithm->name);
    return WAYBILL_OK;
}

static enum waybill_status check_keys(struct waybill_signer *s)
{
    const struct dkim2_draft *draft = s->dkim2->draft;
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < s->dkim2->n_hops && status == WAYBILL_OK; i++) {
        const struct dkim2_hop *hop = &s->dkim2->hops[i];
        if (hop->n_keys > draft->sets_most)
            return DKIM2_REFUSE(s, "more than %u keys for one signature", draft->sets_most);
        if (!draft->groups && hop->groups[hop->n_keys - 1] != hop->groups[0])
            return DKIM2_REFUSE(s, "draft %s knows no alternatives: every key signs, and must pass",
                                draft->name);
        for (size_t k = 0; k < hop->n_keys && status == WAYBILL_OK; k++)
            status = check_key(s, hop, k);
    }
    return status;
}

/* --- the chain that is extended --------------------------------------------------------------- */

static enum waybill_status judge_chain(struct waybill_signer *s, const struct dkim2 *chain)
{
    struct verdict v = chain->verdict;
    if (v.result != WAYBILL_RESULT_PASS && !s->dkim2->out_of_band) {
        s->may_retry = v.result == WAYBILL_RESULT_TEMPERROR;
        return DKIM2_REFUSE(s, "the chain is not Fully Verified (%s): it must not be extended",
                            v.why ? v.why : waybill_result_text(v.result));
    }
    for (size_t i = 0; i < chain->n_signatures; i++)
        if (!chain->signatures[i])
            return DKIM2_REFUSE(
                s, "the chain has no signature i=%zu: nothing can be signed on top of it", i + 1);
    for (size_t i = 0; i < chain->n_instances; i++)
        if (!chain->instances[i])
            return DKIM2_REFUSE(
                s, "the chain has no instance m=%zu: nothing can be signed on top of it", i + 1);
    if (chain->n_signatures + s->dkim2->n_hops > LIMIT_DKIM2_HOPS ||
        chain->n_instances + 1 > LIMIT_DKIM2_HOPS)
        return DKIM2_REFUSE(s,
                            "the chain has %zu hops and %zu instances: no more than %u are allowed",
                            chain->n_signatures, chain->n_instances, LIMIT_DKIM2_HOPS);
    return WAYBILL_OK;
}

/* Octets without white space, as signatures cover them. */
static bool next_solid(struct slice *s, uint8_t *out)
{
    size_t n = 0;
    while (n < s->n && octet_is_fws(s->p[n]))
        n++;
    *out = n < s->n ? s->p[n] : 0;
    bool any = n < s->n;
    *s = slice_from(*s, n + 1);
    return any;
}

static bool same_but_space(struct slice a, struct slice b)
{
    uint8_t x, y;
    for (;;) {
        bool more = next_solid(&a, &x);
        if (more != next_solid(&b, &y) || x != y)
            return false;
        if (!more)
            return true;
    }
}

/* The field of the message that the arrival had as `wanted`; NULL where there is none. */
static const struct field *find_field(const struct header *header, const char *name,
                                      const struct field *wanted)
{
    struct names_range range = header_find(header, slice_str(name));
    for (size_t i = 0; i < range.n; i++) {
        const struct field *field = header_at(header, range.first + i);
        if (same_but_space(field->value, wanted->value))
            return field;
    }
    return NULL;
}

static enum waybill_status cover_chain(struct waybill_signer *s, const struct header *header)
{
    struct dkim2_signing *d = s->dkim2;
    const struct dkim2 *chain = d->chain;
    size_t n = 0;
    for (size_t i = 0; i < chain->n_instances; i++)
        d->covered[n++] = find_field(header, DKIM2_INSTANCE_NAME, chain->instances[i]->field);
    for (size_t i = 0; i < chain->n_signatures; i++)
        d->covered[n++] = find_field(header, DKIM2_SIGNATURE_NAME, chain->signatures[i]->field);
    for (size_t i = 0; i < n; i++)
        if (!d->covered[i])
            return signer_refuse(s, "the message as it leaves has lost fields of the chain that it "
                                    "arrived with");
    d->n_instances = chain->n_instances;
    d->n_signatures = chain->n_signatures;
    return WAYBILL_OK;
}

static enum waybill_status find_chain(struct waybill_signer *s)
{
    struct dkim2_signing *d = s->dkim2;
    const struct header *header = message_header(s->evaluation.message);
    size_t fields = header_find(header, SLICE(DKIM2_INSTANCE_NAME)).n +
                    header_find(header, SLICE(DKIM2_SIGNATURE_NAME)).n;
    const struct waybill_record *record = s->check ? waybill_check_record(s->check) : NULL;
    d->n_instances = d->n_signatures = 0; /* of a step that memory ended */
    if (record && record->dkim2.draft != d->draft)
        return WAYBILL_MISUSE;
    const struct dkim2 *chain = record ? &record->dkim2 : NULL;
    bool any = chain && chain->n_signatures + chain->n_instances > 0;
    enum waybill_status status = any ? judge_chain(s, chain) : WAYBILL_OK;
    size_t known = any && status == WAYBILL_OK ? chain->n_signatures + chain->n_instances : 0;
    if (status == WAYBILL_OK && fields > known)
        status =
            signer_refuse(s, "the message has DKIM2 fields of which its arrival knows nothing: "
                             "they must be verified before they are signed");
    d->covered = arena_array(&s->arena, known + d->n_hops + 1, sizeof *d->covered);
    if (!d->covered)
        return WAYBILL_NOMEM;
    d->chain = any ? chain : NULL;
    return status == WAYBILL_OK && any ? cover_chain(s, header) : status;
}

/* --- custody ---------------------------------------------------------------------------------- */

static bool was_sent_to(const struct dkim2_signature *before, struct slice domain)
{
    for (size_t i = 0; i < before->rcpts; i++)
        if (dkim2_domain_matches(domain, before->rcpt_to[i].domain))
            return true;
    return false;
}

/* spec-06 sections 8.7 and 9.2: the first new hop goes on where the newest signature sent to. */
static enum waybill_status check_succession(struct waybill_signer *s)
{
    const struct dkim2 *chain = s->dkim2->chain;
    const struct dkim2_hop *hop = &s->dkim2->hops[0];
    if (!chain || chain->n_signatures == 0)
        return WAYBILL_OK;
    const struct dkim2_signature *before = chain->signatures[chain->n_signatures - 1];
    if (before->next_domain.p)
        return slice_eq(before->next_domain, hop->domain)
                   ? WAYBILL_OK
                   : DKIM2_REFUSE(s, "the custody breaks: nd= of i=%zu names %.*s, not %.*s",
                                  chain->n_signatures, SLICE_ARGS(before->next_domain),
                                  SLICE_ARGS(hop->domain));
    struct slice domain = hop->mail_from.domain.n ? hop->mail_from.domain : hop->domain;
    if (was_sent_to(before, domain))
        return WAYBILL_OK;
    return DKIM2_REFUSE(
        s,
        "the custody breaks: i=%zu was not sent to %.*s: rewrite MAIL FROM into a domain "
        "that it was sent to, or add a hop of that domain with nd=",
        chain->n_signatures, SLICE_ARGS(domain));
}

static enum waybill_status check_custody(struct waybill_signer *s)
{
    const struct dkim2_signing *d = s->dkim2;
    const struct dkim2_hop *last = &d->hops[d->n_hops - 1];
    for (size_t i = 0; i + 1 < d->n_hops; i++)
        if (!slice_eq(d->hops[i].next_domain, d->hops[i + 1].domain))
            return DKIM2_REFUSE(s, "the custody breaks: nd= names %.*s, and %.*s signs next",
                                SLICE_ARGS(d->hops[i].next_domain),
                                SLICE_ARGS(d->hops[i + 1].domain));
    if (!last->has_envelope && !d->out_of_band)
        return signer_refuse(s, "the last hop has nd= and no envelope: only an out-of-band "
                                "arrangement lets a receiver take that (section 9.3)");
    if (last->has_envelope && last->mail_from.domain.n &&
        !dkim2_domain_matches(last->mail_from.domain, last->domain))
        return DKIM2_REFUSE(s, "d=%.*s does not cover the domain of MAIL FROM, %.*s (section 8.8)",
                            SLICE_ARGS(last->domain), SLICE_ARGS(last->mail_from.domain));
    return check_succession(s);
}

/* --- recipients --------------------------------------------------------------------------------
 */

static enum waybill_status check_recipients(struct waybill_signer *s)
{
    const struct dkim2_hop *last = &s->dkim2->hops[s->dkim2->n_hops - 1];
    size_t *group = arena_array(&s->arena, last->rcpts, sizeof *group);
    if (!group)
        return WAYBILL_NOMEM;
    if (last->rcpts > LIMIT_DKIM2_RCPTS)
        return DKIM2_REFUSE(s, "more than %zu recipients: split them", LIMIT_DKIM2_RCPTS);
    enum waybill_status status = last->rcpts > 1
                                     ? dkim2_split(&s->arena, message_header(s->evaluation.message),
                                                   last->rcpt_to, last->rcpts, group)
                                     : WAYBILL_OK;
    for (size_t i = 1; i < last->rcpts && status == WAYBILL_OK; i++)
        if (group[i] != group[0])
            return signer_refuse(s, "rt= would show recipients to each other of whom one is in "
                                    "neither To nor Cc: send them apart (RFC 5322 section 3.6.3)");
    return status;
}

/* spec-06 section 8.10, donotmodify and donotexplode; later drafts have no requests. */
static enum waybill_status check_requests(struct waybill_signer *s)
{
    const struct dkim2_signing *d = s->dkim2;
    const struct dkim2_hop *last = &d->hops[d->n_hops - 1];
    bool exploded = last->rcpts > 1 || last->flag_bits & DKIM2_FLAG_EXPLODED;
    bool modified = d->recipe.has_body;
    for (size_t i = 0; i < d->recipe.n_fields; i++)
        modified = modified || d->recipe.fields[i].list.n > 0; /* else it was added */
    for (size_t i = 0; d->draft->requests && i < d->n_signatures; i++) {
        unsigned flags = d->chain->signatures[i]->flags;
        if (exploded && flags & DKIM2_FLAG_DONOTEXPLODE)
            return DKIM2_REFUSE(s, "i=%zu asks that it be sent to nobody else (donotexplode)",
                                i + 1);
        if (modified && flags & DKIM2_FLAG_DONOTMODIFY)
            return DKIM2_REFUSE(s, "i=%zu asks that nothing be changed (donotmodify)", i + 1);
    }
    return WAYBILL_OK;
}

enum waybill_status dkim2_rules(struct waybill_signer *s)
{
    static enum waybill_status (*const rules[])(struct waybill_signer *) = {
        check_lines,      check_keys,     find_chain,       check_custody,
        check_recipients, check_requests, dkim2_find_state, dkim2_check_from};
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < sizeof rules / sizeof *rules && status == WAYBILL_OK; i++)
        status = rules[i](s);
    return status;
}
