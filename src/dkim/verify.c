/* From a well-formed signature to its verdict (RFC 6376 section 6.1). */
#include "base/limits.h"
#include "dkim/key_record.h"
#include "dkim/signature.h"
#include "dns/name.h"

static enum waybill_status ask(struct evaluation *e, struct signature *s)
{
    struct slice name;
    struct asked *asked = NULL;
    const struct slice parts[] = {s->selector, SLICE("._domainkey."), s->ascii_domain};
    if (!arena_join(e->arena, parts, 3, &name))
        return WAYBILL_NOMEM;
    enum waybill_status status = name_to_ascii(e->arena, name, &name);
    if (status == WAYBILL_OK)
        status = questions_dns(e->questions, name, WAYBILL_DNS_TXT, 1, &asked);
    bool no_name =
        status == WAYBILL_SYNTAX || (status == WAYBILL_OK && !asked && !e->questions->refused);
    if (no_name) {
        s->verdict = verdict_of(WAYBILL_RESULT_NEUTRAL, "s= and d= make no name");
        return WAYBILL_OK;
    }
    if (status == WAYBILL_OK && !asked)
        s->verdict = verdict_of(WAYBILL_RESULT_NOT_EVALUATED, "too many questions");
    s->key_question = asked;
    return status;
}

enum waybill_status signature_plan(struct evaluation *e, struct signature *s)
{
    if (s->verdict.result != WAYBILL_RESULT_NONE)
        return WAYBILL_OK;
    if (e->key_operations == LIMIT_KEY_OPERATIONS) {
        s->verdict = verdict_of(WAYBILL_RESULT_NOT_EVALUATED, "too many key operations");
        return WAYBILL_OK;
    }
    e->key_operations++;
    struct body_wish wish = {s->body_canon, s->algorithm->digest, s->has_length, s->length};
    enum waybill_status status = ask(e, s);
    return status == WAYBILL_OK && s->kind != FIELD_ARC_SEAL
               ? body_wish(message_body(e->message), wish, &s->body_value)
               : status;
}

/* --- the key ---------------------------------------------------------------------------------- */

/* Without an answer with data there is no key; the reason tells which. */
static struct verdict judge_answer(const struct waybill_answer *answer)
{
    static const struct {
        enum waybill_result result;
        const char *why;
    } of[] = {
        [WAYBILL_ANSWERED] = {WAYBILL_RESULT_PASS, NULL},
        [WAYBILL_NODATA] = {WAYBILL_RESULT_PERMERROR, "no key record"},
        [WAYBILL_NXDOMAIN] = {WAYBILL_RESULT_PERMERROR, "no key record: the name does not exist"},
        [WAYBILL_SERVFAIL] = {WAYBILL_RESULT_TEMPERROR, "key not available: the DNS failed"},
        [WAYBILL_TIMEOUT] = {WAYBILL_RESULT_TEMPERROR, "key not available: no answer in time"},
    };
    return verdict_of(of[answer->status].result, of[answer->status].why);
}

/* Section 6.1.2, in its order: what the record says of this signature. */
static struct verdict judge_record(const struct signature *s, const struct key_record *r)
{
    const bool outside =
        r->strict && s->identity.p && !slice_eq(s->identity_domain, s->ascii_domain);
    const struct {
        bool wrong;
        const char *why;
    } conditions[] = {
        {r->why, r->why},
        {r->key.n == 0, "key revoked"},
        {!r->known_kind, "key record: k= names no kind of key that is known"},
        {r->kind != s->algorithm->key, "key record: k= is not of the kind that a= wants"},
        {!key_record_admits(r, s->algorithm->digest),
         "key record: h= does not admit the digest of a="},
        {!r->email, "key record: s= does not admit mail"},
        {outside, "key record: t=s, and i= is not in d= itself"},
    };
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++)
        if (conditions[i].wrong)
            return verdict_of(WAYBILL_RESULT_PERMERROR, conditions[i].why);
    return verdict_of(WAYBILL_RESULT_PASS, NULL);
}

static enum waybill_status find_key(struct evaluation *e, struct signature *s,
                                    struct public_key **key)
{
    const struct waybill_answer *answer = &s->key_question->answer;
    struct key_record record;
    enum key_problem problem;
    s->key_verdict = judge_answer(answer);
    if (s->key_verdict.result != WAYBILL_RESULT_PASS)
        return WAYBILL_OK;
    enum waybill_status status = key_record_find(e->arena, answer, s->algorithm->key, &record);
    if (status != WAYBILL_OK)
        return status;
    s->testing = record.testing;
    s->key_verdict = judge_record(s, &record);
    if (s->key_verdict.result != WAYBILL_RESULT_PASS)
        return WAYBILL_OK;
    status = keyring_find(e->keyring, record.kind, record.key, key, &problem);
    if (status == WAYBILL_OK && problem != KEY_FINE)
        s->key_verdict = verdict_of(WAYBILL_RESULT_PERMERROR, key_problem_text(problem));
    return status;
}

enum waybill_status signature_settle(struct evaluation *e, struct signature *s,
                                     signature_digest *digest, void *context)
{
    struct public_key *key = NULL;
    struct digest_value value;
    bool good = false;
    if (!s->key_question)
        return WAYBILL_OK;
    s->key_question->used = true;
    if (s->settled || !s->key_question->answered)
        return WAYBILL_OK;
    enum waybill_status status = find_key(e, s, &key);
    if (status == WAYBILL_OK && key) {
        s->key_bits = public_key_bits(key);
        s->operated = true;
        status = digest(e, s, context, &value);
        if (status == WAYBILL_OK)
            status = public_key_verify(key, s->algorithm, digest_slice(&value), s->octets, &good);
        s->signature = good ? PART_GOOD : PART_BAD;
    }
    s->settled = status == WAYBILL_OK;
    return status;
}

/* --- the header ------------------------------------------------------------------------------- */

static enum waybill_status add(struct signature *s, struct digest *digest, struct slice octets)
{
    s->octets_hashed += octets.n;
    return digest_update(digest, octets);
}

/*
 * Section 5.4.2: a name takes its lowest field that is not taken yet; where there is none, it
 * stands for nothing. What is taken is counted at the index's entry where the name begins.
 */
static enum waybill_status add_named(struct evaluation *e, struct signature *s,
                                     struct digest *digest)
{
    struct header *header = message_header(e->message);
    struct slice rest = s->headers;
    bool done = false;
    enum waybill_status status = WAYBILL_OK;
    for (struct slice name; status == WAYBILL_OK && taglist_element(&rest, &done, &name);) {
        struct names_range range = header_find(header, name);
        struct slice octets;
        if (range.n == 0 || e->taken[range.first] == range.n)
            continue;
        size_t entry = range.first + range.n - 1 - e->taken[range.first]++;
        status = canon_field(message_arena(e->message), header_at(header, entry), s->header_canon,
                             &octets);
        if (status == WAYBILL_OK)
            status = add(s, digest, octets);
    }
    return status;
}

enum waybill_status signature_header_digest(struct evaluation *e, struct signature *s, void *unused,
                                            struct digest_value *out)
{
    (void)unused;
    struct digest digest;
    struct slice own;
    size_t n = message_header(e->message)->index.n;
    if (!e->taken && !(e->taken = arena_array(e->arena, n, sizeof *e->taken)))
        return WAYBILL_NOMEM;
    enum waybill_status status = digest_start(e->crypto, s->algorithm->digest, &digest);
    if (status != WAYBILL_OK)
        return status;
    memset(e->taken, 0, n * sizeof *e->taken);
    status = add_named(e, s, &digest);
    if (status == WAYBILL_OK)
        status = canon_field_without(e->arena, s->field, s->header_canon, s->cut, &own);
    if (status == WAYBILL_OK)
        status = add(s, &digest, own);
    if (status == WAYBILL_OK)
        status = digest_final(e->crypto, &digest, out);
    digest_drop(e->crypto, &digest);
    return status;
}

/* --- all together ----------------------------------------------------------------------------- */

static void judge_body(struct signature *s)
{
    const struct body_digest *d = s->body_value;
    bool same = d->met && slice_eq(digest_slice(&d->value), s->body_digest);
    s->body = same ? PART_GOOD : PART_BAD;
}

static struct verdict judge_parts(const struct signature *s)
{
    if (s->key_verdict.result != WAYBILL_RESULT_PASS)
        return s->key_verdict;
    if (s->body == PART_BAD && !s->body_value->met)
        return verdict_of(WAYBILL_RESULT_FAIL, "the body is shorter than l=");
    if (s->body == PART_BAD && s->signature == PART_BAD)
        return verdict_of(WAYBILL_RESULT_FAIL, "body hash and signature did not verify");
    if (s->body == PART_BAD)
        return verdict_of(WAYBILL_RESULT_FAIL, "body hash did not verify");
    if (s->signature == PART_BAD)
        return verdict_of(WAYBILL_RESULT_FAIL, "signature did not verify");
    return verdict_of(WAYBILL_RESULT_PASS, NULL);
}

enum waybill_status signature_evaluate(struct evaluation *e, struct signature *s)
{
    enum waybill_status status = signature_settle(e, s, signature_header_digest, NULL);
    if (status != WAYBILL_OK || s->verdict.result != WAYBILL_RESULT_NONE || !s->settled ||
        !message_has_ended(e->message))
        return status;
    judge_body(s);
    s->verdict = judge_parts(s);
    return WAYBILL_OK;
}
