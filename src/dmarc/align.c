#include "dmarc/align.h"

#include "dmarc/walk.h"
#include "dns/name.h"

bool alignment_is_possible(const struct dmarc_author *author, struct slice domain)
{
    return author->verdict.result != WAYBILL_RESULT_PERMERROR && name_is_domain(domain) &&
           name_common(author->domain, domain).n > 0;
}

/* A domain outside the other's Organizational Domain has another one, whatever its own walk says.
 */
static bool is_outside(struct slice domain, const struct dmarc_finding *other)
{
    return other->state == DMARC_FOUND_ALL && !name_is_within(domain, other->organisation);
}

/* Both walks, the author's first, and the second only as far as it is needed. */
static enum waybill_status compare(struct dmarc *d, struct dmarc_walk *author,
                                   struct dmarc_walk *other, struct alignment *out)
{
    struct dmarc_finding a, b;
    enum waybill_status status = dmarc_walk_all(d->walks, author, &a);
    if (status != WAYBILL_OK)
        return status;
    out->organisation = a.organisation;
    out->state = a.state == DMARC_FOUND_OPEN ? DMARC_ALIGN_OPEN : DMARC_NOT_ALIGNED;
    if (a.state == DMARC_FOUND_OPEN || is_outside(other->names[0], &a))
        return WAYBILL_OK;
    status = dmarc_walk_all(d->walks, other, &b);
    if (status != WAYBILL_OK)
        return status;
    if (b.state == DMARC_FOUND_OPEN) {
        out->state = DMARC_ALIGN_OPEN;
    } else if (is_outside(author->names[0], &b)) {
        out->state = DMARC_NOT_ALIGNED;
    } else if (a.state == DMARC_FOUND_TEMPERROR || b.state == DMARC_FOUND_TEMPERROR) {
        out->state = DMARC_ALIGN_TEMPERROR;
        out->why = a.why ? a.why : b.why;
    } else if (slice_eq(a.organisation, b.organisation)) {
        out->state = DMARC_ALIGNED;
    }
    return WAYBILL_OK;
}

enum waybill_status alignment_find(struct dmarc *dmarc, const struct dmarc_author *author,
                                   struct slice domain, bool strict, unsigned wave,
                                   struct alignment *out)
{
    struct dmarc_walk *own, *other;
    *out = (struct alignment){.state = DMARC_NOT_ALIGNED};
    if (!alignment_is_possible(author, domain))
        return WAYBILL_OK;
    if (slice_eq(author->domain, domain)) {
        out->state = DMARC_ALIGNED;
        return WAYBILL_OK;
    }
    if (strict)
        return WAYBILL_OK;
    enum waybill_status status = dmarc_walks_ask(dmarc->walks, author->domain, wave, &own);
    if (status == WAYBILL_OK)
        status = dmarc_walks_ask(dmarc->walks, domain, wave, &other);
    return status == WAYBILL_OK ? compare(dmarc, own, other, out) : status;
}

enum waybill_status dmarc_align(struct dmarc *dmarc, const struct dmarc_author *author,
                                struct slice domain, bool strict, unsigned wave,
                                enum dmarc_alignment *out)
{
    struct alignment alignment;
    enum waybill_status status = alignment_find(dmarc, author, domain, strict, wave, &alignment);
    *out = alignment.state;
    return status;
}
