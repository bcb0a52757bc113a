/* When, from whom and to whom: timestamps, the envelope, the chain of custody, what hops asked of
 * later ones (spec-06 sections 11.3, 11.4 and 11.8). */
#include "dkim2/run.h"
#include "dns/name.h"

static const struct slice nothing = {NULL, 0};

bool dkim2_domain_matches(struct slice below, struct slice domain)
{
    return below.n > 0 && domain.n > 0 && name_is_within(below, domain);
}

/* --- timestamps --------------------------------------------------------------------------------
 */

static enum waybill_status find_time(struct evaluation *e, struct dkim2 *dkim2,
                                     const struct dkim2_signature *s)
{
    const struct dkim2_draft *draft = dkim2->draft;
    uint64_t now = e->now > 0 ? (uint64_t)e->now : 0;
    if (s->time < now && now - s->time > (uint64_t)draft->age_most)
        return run_found(e, dkim2, DKIM2_SIGNATURE_EXPIRED, s->i, nothing, s->i);
    if (draft->future_most && s->time > now && s->time - now > (uint64_t)draft->future_most)
        return run_found(e, dkim2, DKIM2_SIGNATURE_FROM_FUTURE, s->i, nothing, s->i);
    return WAYBILL_OK;
}

enum waybill_status find_times(struct evaluation *e, struct dkim2 *dkim2)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = dkim2->n_signatures; i > 0 && status == WAYBILL_OK; i--) {
        const struct dkim2_signature *s = run_signature(dkim2, i);
        if (s)
            status = find_time(e, dkim2, s);
    }
    return status;
}

/* --- the envelope ------------------------------------------------------------------------------
 */

static bool is_recipient(const struct dkim2_signature *s, const struct dkim2_path *path)
{
    for (size_t k = 0; k < s->rcpts; k++)
        if (dkim2_path_same(&s->rcpt_to[k], path))
            return true;
    return false;
}

/* Section 11.4: exactly, with the newest signature. */
static enum waybill_status find_envelope(struct evaluation *e, struct dkim2 *dkim2)
{
    const struct dkim2_run *run = dkim2->run;
    const struct dkim2_signature *s = run_signature(dkim2, dkim2->n_signatures);
    enum waybill_status status = WAYBILL_OK;
    if (!dkim2->envelope_checked || !s)
        return WAYBILL_OK;
    if (!s->has_envelope)
        return run_found(e, dkim2, DKIM2_NEXT_DOMAIN_UNEXPECTED, s->i, nothing, s->i);
    if (!dkim2_path_same(&s->mail_from, &run->mail_from))
        status = run_found(e, dkim2, DKIM2_MAIL_FROM_MISMATCH, s->i, run->mail_from.text, s->i);
    for (size_t k = 0; k < run->rcpts && status == WAYBILL_OK; k++)
        if (!is_recipient(s, &run->rcpt_to[k]))
            status = run_found(e, dkim2, DKIM2_RCPT_TO_MISMATCH, s->i, run->rcpt_to[k].text, s->i);
    return status;
}

/* --- custody -----------------------------------------------------------------------------------
 */

static bool has_sender(const struct dkim2_signature *s)
{
    return s->has_envelope && !dkim2_path_is_null(&s->mail_from);
}

/* Whether a hop that received at the domains of rt= can be who sends here. */
static bool follows(const struct dkim2_signature *s, const struct dkim2_signature *before)
{
    struct slice domain = has_sender(s) ? s->mail_from.domain : s->ascii_domain;
    for (size_t k = 0; k < before->rcpts; k++)
        if (dkim2_domain_matches(domain, before->rcpt_to[k].domain))
            return true;
    return false;
}

static enum waybill_status find_hop(struct evaluation *e, struct dkim2 *dkim2,
                                    const struct dkim2_signature *s)
{
    const struct dkim2_signature *before = run_signature(dkim2, (size_t)s->i - 1);
    enum waybill_status status = WAYBILL_OK;
    if (has_sender(s) && !dkim2_domain_matches(s->mail_from.domain, s->ascii_domain))
        status = run_found(e, dkim2, DKIM2_MAIL_FROM_NOT_DOMAIN, s->i, nothing, s->i);
    if (!before || status != WAYBILL_OK)
        return status;
    if (!before->has_envelope) /* section 8.7: exactly */
        return slice_eq(before->next_domain, s->ascii_domain)
                   ? WAYBILL_OK
                   : run_found(e, dkim2, DKIM2_NEXT_DOMAIN_MISMATCH, before->i, nothing, before->i);
    return follows(s, before) ? WAYBILL_OK
                              : run_found(e, dkim2, DKIM2_CUSTODY_MISMATCH, s->i,
                                          has_sender(s) ? s->mail_from.text : s->domain, s->i);
}

enum waybill_status find_custody(struct evaluation *e, struct dkim2 *dkim2)
{
    enum waybill_status status = find_envelope(e, dkim2);
    for (size_t i = dkim2->n_signatures; i > 0 && status == WAYBILL_OK; i--) {
        const struct dkim2_signature *s = run_signature(dkim2, i);
        if (s)
            status = find_hop(e, dkim2, s);
    }
    return status;
}

/* --- requests ----------------------------------------------------------------------------------
 */

/* Section 8.10: fields may be added, and nothing else may be done. */
static bool is_modified(const struct dkim2 *dkim2, unsigned since)
{
    for (size_t m = (size_t)since + 1; m <= dkim2->n_instances; m++) {
        const struct dkim2_instance *instance = run_instance(dkim2, m);
        for (size_t k = 0; instance && k < instance->n_changes; k++)
            if (instance->changes[k].what != DKIM2_CHANGE_FIELD_ADDED)
                return true;
    }
    return false;
}

static bool is_exploded(const struct dkim2 *dkim2, unsigned since)
{
    for (size_t i = (size_t)since + 1; i <= dkim2->n_signatures; i++) {
        const struct dkim2_signature *s = run_signature(dkim2, i);
        if (s && s->flags & DKIM2_FLAG_EXPLODED)
            return true;
    }
    return false;
}

enum waybill_status find_requests(struct evaluation *e, struct dkim2 *dkim2)
{
    enum waybill_status status = WAYBILL_OK;
    bool modified = false, exploded = false;
    for (size_t i = 1; i <= dkim2->n_signatures && dkim2->draft->requests; i++) {
        const struct dkim2_signature *s = run_signature(dkim2, i);
        modified |= s && s->flags & DKIM2_FLAG_DONOTMODIFY && is_modified(dkim2, s->m);
        exploded |= s && s->flags & DKIM2_FLAG_DONOTEXPLODE && is_exploded(dkim2, s->i);
    }
    if (modified)
        status = run_found(e, dkim2, DKIM2_MODIFIED, 0, nothing, 0);
    if (exploded && status == WAYBILL_OK)
        status = run_found(e, dkim2, DKIM2_EXPLODED, 0, nothing, 0);
    return status;
}
