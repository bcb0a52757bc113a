/* Authentic From (spec-07; open question C): whoever brings a From into a message must sign with
 * its domain. */
#include "base/limits.h"
#include "dkim2/run.h"
#include "dns/name.h"
#include "mail/address.h"

static struct slice value_of(const struct dkim2_value *value)
{
    return value->field ? value->field->value : value->literal;
}

/* The first mailbox whose domain is not within d=; *fine where all are, and there is one. */
static enum waybill_status judge_value(struct evaluation *e, struct slice value,
                                       struct slice domain, bool *fine, struct slice *shown)
{
    struct mailboxes mailboxes;
    enum waybill_status status = address_parse_list(e->arena, value, &mailboxes);
    *fine = false;
    *shown = slice_trim(value);
    if (status != WAYBILL_OK || mailboxes.n == 0)
        return status == WAYBILL_NOMEM ? status : WAYBILL_OK;
    for (size_t k = 0; k < mailboxes.n; k++) {
        struct slice ascii;
        status = name_to_ascii(e->arena, mailboxes.all[k].domain, &ascii);
        if (status == WAYBILL_NOMEM)
            return status;
        if (status == WAYBILL_OK && dkim2_domain_matches(ascii, domain))
            continue;
        *shown = mailboxes.all[k].domain;
        return WAYBILL_OK;
    }
    *fine = true;
    return WAYBILL_OK;
}

/* The hop that brought instance m; NULL where one before it is missing, which might have. */
static const struct dkim2_signature *bringer_of(const struct dkim2 *dkim2, unsigned m)
{
    unsigned hop = run_hop_of(dkim2, m);
    for (unsigned i = 1; i < hop; i++)
        if (!dkim2->signatures[i - 1])
            return NULL;
    return run_signature(dkim2, hop);
}

/* What the hop that brought instance m has to answer for. */
static enum waybill_status judge_state(struct evaluation *e, struct dkim2 *dkim2, unsigned m,
                                       const struct dkim2_named *from)
{
    const struct dkim2_signature *s = bringer_of(dkim2, m);
    struct slice shown = SLICE("(none)");
    bool fine = from && from->n <= LIMIT_FROM_FIELDS;
    enum waybill_status status = WAYBILL_OK;
    if (!s)
        return WAYBILL_OK; /* there is another finding */
    if (from && !fine)
        shown = SLICE("(many)");
    for (size_t k = 0; fine && k < from->n && status == WAYBILL_OK; k++)
        status = judge_value(e, value_of(&from->values[k]), s->ascii_domain, &fine, &shown);
    return status == WAYBILL_OK && !fine
               ? run_found(e, dkim2, DKIM2_FROM_NOT_AUTHENTIC, s->i, shown, s->i)
               : status;
}

enum waybill_status run_same_named(struct evaluation *e, const struct dkim2_named *a,
                                   const struct dkim2_named *b, bool *same)
{
    *same = a == b || (a && b && a->n == b->n);
    for (size_t k = 0; a != b && *same && k < a->n; k++) {
        struct slice of_a, of_b;
        struct arena *arena = message_arena(e->message);
        enum waybill_status status = dkim2_value_canonical(arena, a->name, &a->values[k], &of_a);
        if (status == WAYBILL_OK)
            status = dkim2_value_canonical(arena, b->name, &b->values[k], &of_b);
        if (status != WAYBILL_OK)
            return status;
        *same = slice_eq(of_a, of_b);
    }
    return WAYBILL_OK;
}

enum waybill_status find_authors(struct evaluation *e, struct dkim2 *dkim2)
{
    enum waybill_status status = WAYBILL_OK;
    const struct dkim2_named *before = NULL;
    for (unsigned m = 1; dkim2->draft->authentic_from && m <= dkim2->n_instances; m++) {
        const struct dkim2_state *state = &dkim2->run->states[m];
        bool same = false;
        if (state->lost)
            continue;
        const struct dkim2_named *from = dkim2_fields_find(&state->fields, SLICE("from"));
        bool known = m == 1 || !state[-1].lost; /* else nobody can tell who brought it */
        if (known && m > 1)
            status = run_same_named(e, from, before, &same);
        if (status == WAYBILL_OK && known && !same)
            status = judge_state(e, dkim2, m, from);
        if (status != WAYBILL_OK)
            return status;
        before = from;
    }
    return WAYBILL_OK;
}
