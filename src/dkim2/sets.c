/* The keys and the signatures of every hop (spec-06 sections 11.5 and 11.6). */
#include "base/limits.h"
#include "dkim2/groups.h"
#include "dkim2/key.h"
#include "dkim2/run.h"
#include "dns/name.h"

static void settle(const struct dkim2 *dkim2, struct dkim2_set *set, enum dkim2_finding wrong)
{
    set->wrong = wrong;
    set->result = dkim2->draft->findings[wrong].state;
}

/* --- asking ------------------------------------------------------------------------------------
 */

static enum waybill_status ask(struct evaluation *e, const struct dkim2 *dkim2,
                               const struct dkim2_signature *s, struct dkim2_set *set)
{
    struct slice name;
    const struct slice parts[] = {set->selector, SLICE("._domainkey."), s->ascii_domain};
    if (!arena_join(e->arena, parts, 3, &name))
        return WAYBILL_NOMEM;
    enum waybill_status status = name_to_ascii(e->arena, name, &name);
    if (status == WAYBILL_OK)
        status = questions_dns(e->questions, name, WAYBILL_DNS_TXT, 1, &set->key_question);
    if (status != WAYBILL_OK && status != WAYBILL_SYNTAX)
        return status;
    if (set->key_question)
        e->key_operations++;
    else if (status == WAYBILL_OK && e->questions->refused)
        set->result = WAYBILL_RESULT_NOT_EVALUATED;
    else /* no packet holds the name */
        settle(dkim2, set, DKIM2_KEY_MISSING);
    return WAYBILL_OK;
}

static enum waybill_status plan_set(struct evaluation *e, const struct dkim2 *dkim2,
                                    const struct dkim2_signature *s, struct dkim2_set *set)
{
    /* What this libcrypto has not is as unknown as what the draft knows not. */
    if (set->algorithm && !crypto_has(e->crypto, set->algorithm->key))
        set->algorithm = NULL;
    if (!set->algorithm)
        settle(dkim2, set, DKIM2_SIGNATURE_UNKNOWN_ALGORITHM);
    if (!set->algorithm && dkim2->draft->unknown_ignored)
        set->result = WAYBILL_RESULT_NOT_EVALUATED;
    if (!set->algorithm)
        return WAYBILL_OK;
    if (e->key_operations < LIMIT_KEY_OPERATIONS)
        return ask(e, dkim2, s, set);
    set->result = WAYBILL_RESULT_NOT_EVALUATED;
    return WAYBILL_OK;
}

/* The same signature as the first run has it: the same octets of the same field. */
static const struct dkim2_set *twin_of(const struct dkim2 *first, size_t i,
                                       const struct dkim2_set *set)
{
    const struct dkim2_signature *s = first ? run_signature(first, i) : NULL;
    for (size_t k = 0; s && first->run->covers[i - 1].whole && k < s->n_sets; k++)
        if (s->sets[k].cut.p == set->cut.p && s->sets[k].algorithm == set->algorithm)
            return &s->sets[k];
    return NULL;
}

enum waybill_status run_ask(struct evaluation *e, struct dkim2 *dkim2, const struct dkim2 *first)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = dkim2->n_signatures; i > 0 && status == WAYBILL_OK; i--) {
        struct dkim2_signature *s = dkim2->signatures[i - 1];
        if (!s)
            continue;
        s->skipped = !dkim2->run->covers[i - 1].whole;
        for (size_t k = 0; k < s->n_sets && status == WAYBILL_OK; k++) {
            if (s->skipped)
                s->sets[k].result = WAYBILL_RESULT_NOT_EVALUATED;
            else if (!s->sets[k].algorithm || !twin_of(first, i, &s->sets[k]))
                status = plan_set(e, dkim2, s, &s->sets[k]);
        }
    }
    return status;
}

/* --- verifying ---------------------------------------------------------------------------------
 */

/* A usable key, or what is wrong with it. */
static enum waybill_status find_key(struct evaluation *e, const struct dkim2 *dkim2,
                                    struct dkim2_set *set, struct public_key **key)
{
    struct key_record record;
    enum dkim2_finding wrong;
    enum key_problem problem;
    bool fine;
    *key = NULL;
    enum waybill_status status = dkim2_key_record(e->arena, &set->key_question->answer,
                                                  set->algorithm->key, &record, &fine, &wrong);
    if (status != WAYBILL_OK)
        return status;
    if (!fine) {
        settle(dkim2, set, wrong);
        return WAYBILL_OK;
    }
    set->testing = record.testing;
    status = keyring_find(e->keyring, record.kind, record.key, key, &problem);
    if (status == WAYBILL_OK && *key && record.kind == KEY_RSA &&
        public_key_exponent(*key) != 65537) /* section 3.2 */
        *key = NULL;
    if (status == WAYBILL_OK && !*key)
        settle(dkim2, set, DKIM2_KEY_SYNTAX);
    return status;
}

static enum waybill_status verify(struct dkim2 *dkim2, size_t i, const struct dkim2_set *set,
                                  struct public_key *key, bool *good)
{
    const struct digest_value *digest = &dkim2->run->covers[i - 1].digest;
    if (!set->algorithm->pure)
        return public_key_verify(key, set->algorithm, digest_slice(digest), set->octets, good);
    struct buffer octets = buffer_new(LIMIT_HEADER_OCTETS);
    enum waybill_status status = run_octets(dkim2, i, &octets);
    if (status == WAYBILL_OK)
        status = public_key_verify(key, set->algorithm, buffer_slice(&octets), set->octets, good);
    buffer_free(&octets);
    return status;
}

static enum waybill_status operate(struct evaluation *e, struct dkim2 *dkim2, size_t i,
                                   struct dkim2_set *set)
{
    struct public_key *key;
    bool good = false;
    enum waybill_status status = find_key(e, dkim2, set, &key);
    if (status != WAYBILL_OK || !key)
        return status;
    set->key_bits = public_key_bits(key);
    set->operated = true;
    status = verify(dkim2, i, set, key, &good);
    if (status != WAYBILL_OK)
        return status;
    if (good)
        set->result = WAYBILL_RESULT_PASS;
    else
        settle(dkim2, set, DKIM2_SIGNATURE_INCORRECT);
    return WAYBILL_OK;
}

/* What the key came to, judged by this draft; no second operation. */
static void take_over(const struct dkim2 *dkim2, struct dkim2_set *set,
                      const struct dkim2_set *twin)
{
    set->key_question = twin->key_question;
    set->key_bits = twin->key_bits;
    set->testing = twin->testing;
    set->result = twin->result;
    if (twin->result != WAYBILL_RESULT_PASS && twin->result != WAYBILL_RESULT_NONE &&
        twin->result != WAYBILL_RESULT_NOT_EVALUATED)
        settle(dkim2, set, twin->wrong);
}

static enum waybill_status verify_set(struct evaluation *e, struct dkim2 *dkim2,
                                      const struct dkim2 *first, size_t i, struct dkim2_set *set)
{
    const struct dkim2_set *twin = set->algorithm ? twin_of(first, i, set) : NULL;
    if (twin)
        take_over(dkim2, set, twin);
    if (twin || !set->key_question)
        return WAYBILL_OK;
    set->key_question->used = true;
    return set->result == WAYBILL_RESULT_NONE && set->key_question->answered
               ? operate(e, dkim2, i, set)
               : WAYBILL_OK;
}

enum waybill_status run_verify(struct evaluation *e, struct dkim2 *dkim2, const struct dkim2 *first,
                               bool *open)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = dkim2->n_signatures; i > 0 && status == WAYBILL_OK; i--) {
        struct dkim2_signature *s = dkim2->signatures[i - 1];
        for (size_t k = 0; s && !s->skipped && k < s->n_sets && status == WAYBILL_OK; k++) {
            status = verify_set(e, dkim2, first, i, &s->sets[k]);
            *open |= s->sets[k].result == WAYBILL_RESULT_NONE;
        }
    }
    return status;
}

/* --- together ----------------------------------------------------------------------------------
 */

size_t run_members(const struct dkim2 *dkim2, const struct dkim2_signature *s,
                   struct dkim2_member *members)
{
    for (size_t k = 0; k < s->n_sets; k++) {
        bool ignored = !s->sets[k].algorithm && dkim2->draft->unknown_ignored;
        members[k] = (struct dkim2_member){ignored ? WAYBILL_RESULT_NONE : s->sets[k].result,
                                           s->sets[k].group};
    }
    return s->n_sets;
}
