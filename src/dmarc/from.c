#include "dmarc/from.h"

#include "base/limits.h"
#include "base/names.h"
#include "dns/name.h"

/* A domain as it stands in From, or in A-labels where it is one. */
struct candidate {
    struct slice domain;
    const char *why; /* it is none; NULL: it is one */
};

static enum waybill_status judge(struct arena *arena, struct slice domain, struct candidate *out)
{
    enum waybill_status status = name_to_ascii(arena, domain, &out->domain);
    if (status == WAYBILL_OK && name_is_domain(out->domain))
        return WAYBILL_OK;
    if (status == WAYBILL_NOMEM || !arena_copy(arena, domain, &out->domain))
        return WAYBILL_NOMEM;
    out->why = slice_starts(domain, SLICE("[")) ? "an address literal is no Author Domain"
                                                : "the Author Domain is no domain name";
    return WAYBILL_OK;
}

static enum waybill_status add_author(struct dmarc *d, const struct candidate *c)
{
    struct dmarc_author *author = &d->authors[d->n++];
    *author = (struct dmarc_author){
        .domain = c->domain,
        .verdict =
            verdict_of(c->why ? WAYBILL_RESULT_PERMERROR : WAYBILL_RESULT_NOT_EVALUATED, c->why),
        .aligned = arena_array(d->arena, d->n_identifiers, sizeof *author->aligned)};
    return author->aligned ? WAYBILL_OK : WAYBILL_NOMEM;
}

/* The index is what keeps ten thousand mailboxes from being compared with each other. */
static enum waybill_status add_distinct(struct dmarc *d, const struct candidate *all, size_t n)
{
    struct names index;
    enum waybill_status status = names_make(d->arena, &all[0].domain, sizeof *all, n, &index);
    for (size_t i = 0; i < n && status == WAYBILL_OK; i++) {
        struct names_range same = names_find(&index, all[i].domain);
        if (index.entries[same.first].position < i)
            continue;
        if (d->n < LIMIT_DMARC_AUTHORS)
            status = add_author(d, &all[i]);
        else
            d->beyond++;
    }
    return status;
}

enum waybill_status from_domains(const struct mailboxes *from, struct dmarc *out)
{
    struct candidate *all = arena_array(out->arena, from->n, sizeof *all);
    enum waybill_status status = all ? WAYBILL_OK : WAYBILL_NOMEM;
    out->authors = arena_array(out->arena, LIMIT_DMARC_AUTHORS, sizeof *out->authors);
    if (!out->authors)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < from->n && status == WAYBILL_OK; i++)
        status = judge(out->arena, from->all[i].domain, &all[i]);
    return status == WAYBILL_OK && from->n > 0 ? add_distinct(out, all, from->n) : status;
}
