/* What is wrong, in the order in which a verifier comes to it (spec-06 sections 11.2 to 11.7). */
#include "dkim2/run.h"

enum waybill_status run_found(struct evaluation *e, struct dkim2 *dkim2, enum dkim2_finding what,
                              unsigned n, struct slice value, unsigned i)
{
    struct dkim2_run *run = dkim2->run;
    const char *text = dkim2_finding_text(e->arena, dkim2->draft, what, n, value);
    if (dkim2->n_found == run->room) {
        size_t room = run->room ? 2 * run->room : 16;
        struct dkim2_found *more = arena_array(e->arena, room, sizeof *more);
        if (!more)
            return WAYBILL_NOMEM;
        if (dkim2->n_found > 0)
            memcpy(more, dkim2->found, dkim2->n_found * sizeof *more);
        dkim2->found = more;
        run->room = room;
    }
    dkim2->found[dkim2->n_found++] =
        (struct dkim2_found){what, dkim2->draft->findings[what].state, text, i};
    return text ? WAYBILL_OK : WAYBILL_NOMEM;
}

unsigned run_hop_of(const struct dkim2 *dkim2, unsigned m)
{
    for (unsigned i = 1; i <= dkim2->n_signatures; i++)
        if (dkim2->signatures[i - 1] && dkim2->signatures[i - 1]->m >= m)
            return i;
    return 0;
}

static const struct slice nothing = {NULL, 0};

/* --- 11.2: the fields --------------------------------------------------------------------------
 */

static enum waybill_status find_instance(struct evaluation *e, struct dkim2 *dkim2, unsigned m)
{
    const struct dkim2_instance *instance = dkim2->instances[m - 1];
    unsigned hop = run_hop_of(dkim2, m);
    enum waybill_status status = WAYBILL_OK;
    if (!instance)
        return run_found(e, dkim2, DKIM2_INSTANCE_MISSING, m, nothing, hop);
    if (instance->why)
        status = run_found(e, dkim2, instance->wrong, m, instance->wrong_value, hop);
    else if (instance->recipe_why || !run_recipe_applies(dkim2, m))
        status = run_found(e, dkim2, DKIM2_INSTANCE_INVALID_JSON, m, nothing, hop);
    if (status == WAYBILL_OK && hop == 0)
        status = run_found(e, dkim2, DKIM2_INSTANCE_NOT_SIGNED, m, nothing, 0);
    return status;
}

static enum waybill_status find_instances(struct evaluation *e, struct dkim2 *dkim2)
{
    enum waybill_status status = WAYBILL_OK;
    unsigned highest = (unsigned)dkim2->n_instances;
    for (unsigned m = 1; m <= highest && status == WAYBILL_OK; m++)
        status = find_instance(e, dkim2, m);
    for (size_t i = 1; i <= dkim2->n_signatures && status == WAYBILL_OK; i++) {
        const struct dkim2_signature *s = run_signature(dkim2, i);
        if (!s || s->m <= highest)
            continue;
        highest = s->m; /* of signatures they never fall */
        status = run_found(e, dkim2, DKIM2_INSTANCE_MISSING, s->m, nothing, s->i);
    }
    return status;
}

static enum waybill_status find_signatures(struct evaluation *e, struct dkim2 *dkim2)
{
    enum waybill_status status = WAYBILL_OK;
    if (dkim2->n_signatures == 0)
        return run_found(e, dkim2, DKIM2_SIGNATURE_MISSING, 1, nothing, 1);
    for (unsigned i = 1; i <= dkim2->n_signatures && status == WAYBILL_OK; i++) {
        const struct dkim2_signature *s = dkim2->signatures[i - 1];
        if (!s)
            status = run_found(e, dkim2, DKIM2_SIGNATURE_MISSING, i, nothing, i);
        else if (s->why)
            status = run_found(e, dkim2, s->wrong, i, s->wrong_value, i);
    }
    return status;
}

enum waybill_status find_fields(struct evaluation *e, struct dkim2 *dkim2)
{
    const struct dkim2_run *run = dkim2->run;
    enum waybill_status status = find_instances(e, dkim2);
    if (status == WAYBILL_OK)
        status = find_signatures(e, dkim2);
    for (size_t k = 0; k < run->n_strays && status == WAYBILL_OK; k++)
        status = run_found(e, dkim2, run->strays[k].what, run->strays[k].number,
                           run->strays[k].value, 0);
    return status;
}

/* --- 11.5 and 11.6: keys and signatures --------------------------------------------------------
 */

/* "a signature passed, b signature failed" where some of a group did and some did not. */
static void tell_mixed(struct buffer *text, const struct dkim2_signature *s, unsigned group)
{
    for (size_t k = 0; k < s->n_sets; k++) {
        const struct dkim2_set *set = &s->sets[k];
        bool passed = set->result == WAYBILL_RESULT_PASS;
        bool failed = set->result != WAYBILL_RESULT_NOT_EVALUATED && !passed &&
                      set->wrong == DKIM2_SIGNATURE_INCORRECT;
        if (set->group != group || (!passed && !failed))
            continue;
        buffer_add_str(text, text->n > 0 ? ", " : "");
        buffer_add(text, set->selector);
        buffer_add_str(text, passed ? " signature passed" : " signature failed");
    }
}

static bool has_passed(const struct dkim2_signature *s, unsigned group)
{
    for (size_t k = 0; k < s->n_sets; k++)
        if (s->sets[k].group == group && s->sets[k].result == WAYBILL_RESULT_PASS)
            return true;
    return false;
}

static enum waybill_status find_mixed(struct evaluation *e, struct dkim2 *dkim2,
                                      const struct dkim2_signature *s, unsigned group)
{
    uint8_t octets[DKIM2_SETS_MOST * 300]; /* a selector has 253 octets at the most */
    struct buffer text = buffer_over(octets, sizeof octets);
    tell_mixed(&text, s, group);
    return run_found(e, dkim2, DKIM2_SIGNATURE_MIXED, s->i, buffer_slice(&text), s->i);
}

static bool is_bad(enum waybill_result result)
{
    return result != WAYBILL_RESULT_PASS && result != WAYBILL_RESULT_NONE &&
           result != WAYBILL_RESULT_NOT_EVALUATED;
}

/* Those of one group; of incorrect ones beside correct ones one finding tells. */
static enum waybill_status find_group(struct evaluation *e, struct dkim2 *dkim2,
                                      const struct dkim2_signature *s, unsigned group)
{
    bool mixed = has_passed(s, group), told = false;
    enum waybill_status status = WAYBILL_OK;
    for (size_t k = 0; k < s->n_sets && status == WAYBILL_OK; k++) {
        const struct dkim2_set *set = &s->sets[k];
        if (set->group != group || !is_bad(set->result))
            continue;
        if (!mixed || set->wrong != DKIM2_SIGNATURE_INCORRECT)
            status = run_found(e, dkim2, set->wrong, s->i, set->selector, s->i);
        else if (!told)
            status = find_mixed(e, dkim2, s, group);
        told |= mixed && set->wrong == DKIM2_SIGNATURE_INCORRECT;
    }
    return status;
}

/* One group that passes is enough; one that might pass when the DNS answers is not failed by
 * others. */
static enum waybill_status find_signature(struct evaluation *e, struct dkim2 *dkim2,
                                          const struct dkim2_signature *s)
{
    struct dkim2_member members[DKIM2_SETS_MOST];
    size_t n = run_members(dkim2, s, members), before = dkim2->n_found;
    enum waybill_result result = dkim2_groups_result(dkim2->draft, members, n, s->n_groups);
    enum waybill_status status = WAYBILL_OK;
    if (!is_bad(result))
        return WAYBILL_OK;
    for (unsigned g = 0; g < s->n_groups && status == WAYBILL_OK; g++)
        if (result != WAYBILL_RESULT_TEMPERROR ||
            dkim2_group_result(dkim2->draft, members, n, g) == result)
            status = find_group(e, dkim2, s, g);
    bool more = s->n_groups > 1 && result != WAYBILL_RESULT_TEMPERROR;
    if (status == WAYBILL_OK && (more || dkim2->n_found == before))
        status = run_found(e, dkim2, DKIM2_SIGNATURE_NO_GROUP_PASSED, s->i, nothing, s->i);
    return status;
}

enum waybill_status find_sets(struct evaluation *e, struct dkim2 *dkim2)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = dkim2->n_signatures; i > 0 && status == WAYBILL_OK; i--) {
        const struct dkim2_signature *s = run_signature(dkim2, i);
        if (s && !s->skipped)
            status = find_signature(e, dkim2, s);
    }
    return status;
}

/* --- 11.7: hashes ------------------------------------------------------------------------------
 */

static enum waybill_status find_set_of_hashes(struct evaluation *e, struct dkim2 *dkim2,
                                              const struct dkim2_instance *instance,
                                              const struct dkim2_hashes *hashes, unsigned hop)
{
    enum waybill_status status = WAYBILL_OK;
    if (!hashes->known)
        return dkim2->draft->unknown_ignored ? WAYBILL_OK
                                             : run_found(e, dkim2, DKIM2_INSTANCE_UNKNOWN_HASH,
                                                         instance->m, hashes->name, hop);
    struct dkim2_compared c = run_compare(dkim2, instance, hashes);
    if (c.header == WAYBILL_RESULT_FAIL)
        status = run_found(e, dkim2, DKIM2_HEADER_HASH_MISMATCH, instance->m, hashes->name, hop);
    if (status == WAYBILL_OK && c.body == WAYBILL_RESULT_FAIL)
        status = run_found(e, dkim2, DKIM2_BODY_HASH_MISMATCH, instance->m, hashes->name, hop);
    return status;
}

static enum waybill_status find_instance_hashes(struct evaluation *e, struct dkim2 *dkim2,
                                                struct dkim2_instance *instance)
{
    struct dkim2_member members[DKIM2_SETS_MOST];
    size_t n = run_hash_members(dkim2, instance, members), before = dkim2->n_found;
    unsigned hop = run_hop_of(dkim2, instance->m);
    enum waybill_status status = WAYBILL_OK;
    instance->result = dkim2_groups_result(dkim2->draft, members, n, instance->n_groups);
    if (dkim2->run->states[instance->m].null_body)
        status = run_found(e, dkim2, DKIM2_BODY_NOT_RECREATED, instance->m, nothing, hop);
    if (!is_bad(instance->result))
        return status;
    for (size_t k = 0; k < n && status == WAYBILL_OK; k++)
        status = find_set_of_hashes(e, dkim2, instance, &instance->hashes[k], hop);
    if (status == WAYBILL_OK && (instance->n_groups > 1 || dkim2->n_found == before))
        status = run_found(e, dkim2, DKIM2_INSTANCE_NO_HASH_PASSED, instance->m, nothing, hop);
    return status;
}

enum waybill_status find_hashes(struct evaluation *e, struct dkim2 *dkim2)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t m = dkim2->n_instances; m > 0 && status == WAYBILL_OK; m--)
        if (run_instance(dkim2, m))
            status = find_instance_hashes(e, dkim2, dkim2->instances[m - 1]);
    return status;
}
