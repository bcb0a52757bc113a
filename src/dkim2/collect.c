/* The fields of both names, each in the place of its number. */
#include "base/limits.h"
#include "dkim2/run.h"

static void stray(struct dkim2 *dkim2, enum dkim2_finding what, unsigned number, struct slice value)
{
    dkim2->run->strays[dkim2->run->n_strays++] = (struct dkim2_wrong){what, number, value};
}

/* How many fields of a name are read; more is a finding. */
static size_t few(struct dkim2 *dkim2, size_t n, struct slice value)
{
    if (n <= LIMIT_DKIM2_HOPS)
        return n;
    stray(dkim2, DKIM2_TOO_LONG, (unsigned)n, value);
    return LIMIT_DKIM2_HOPS;
}

/* --- Message-Instance --------------------------------------------------------------------------
 */

static void place_instance(struct dkim2 *dkim2, struct dkim2_instance *instance)
{
    struct dkim2_instance **place = instance->m ? &dkim2->instances[instance->m - 1] : NULL;
    if (!place) {
        stray(dkim2, instance->wrong, 0, instance->wrong_value);
        return;
    }
    if (*place) {
        (*place)->why = "there is another field with this m=";
        (*place)->wrong = DKIM2_INSTANCE_TWICE;
        return;
    }
    *place = instance;
    if (instance->m > dkim2->n_instances)
        dkim2->n_instances = instance->m;
}

static enum waybill_status collect_instances(struct evaluation *e, struct dkim2 *dkim2,
                                             struct names_range range)
{
    static const struct slice label = {(const uint8_t *)"Message-Instance m=", 19};
    struct header *header = message_header(e->message);
    size_t n = few(dkim2, range.n, label);
    struct dkim2_instance *all = arena_array(e->arena, n, sizeof *all);
    dkim2->instances = arena_array(e->arena, LIMIT_DKIM2_HOPS, sizeof *dkim2->instances);
    enum waybill_status status = all && dkim2->instances ? WAYBILL_OK : WAYBILL_NOMEM;
    for (size_t k = 0; k < n && status == WAYBILL_OK; k++) {
        size_t position = header->index.entries[range.first + k].position;
        status = dkim2_instance_parse(e->arena, dkim2->draft, &header->fields[position], position,
                                      &all[k]);
        if (status == WAYBILL_OK && all[k].m > LIMIT_DKIM2_HOPS)
            stray(dkim2, DKIM2_TOO_LONG, all[k].m, label);
        else if (status == WAYBILL_OK)
            place_instance(dkim2, &all[k]);
    }
    return status;
}

/* --- DKIM2-Signature ---------------------------------------------------------------------------
 */

static void place_signature(struct dkim2 *dkim2, struct dkim2_signature *s)
{
    struct dkim2_signature **place = s->i ? &dkim2->signatures[s->i - 1] : NULL;
    if (!place) {
        stray(dkim2, s->wrong, 0, s->wrong_value);
        return;
    }
    if (*place) {
        (*place)->why = "there is another field with this i=";
        (*place)->wrong = DKIM2_SIGNATURE_TWICE;
        (*place)->m = s->m > (*place)->m ? s->m : (*place)->m;
        return;
    }
    *place = s;
    if (s->i > dkim2->n_signatures)
        dkim2->n_signatures = s->i;
}

/* The kth of the header; by both drafts at once where they read it alike. */
static enum waybill_status read_signature(struct evaluation *e, struct dkim2 *dkim2,
                                          const struct dkim2 *first, size_t position, size_t k)
{
    struct dkim2_signature *out = &dkim2->run->read[k];
    bool same = false;
    enum waybill_status status = WAYBILL_OK;
    if (first)
        status = dkim2_signature_again(e->arena, dkim2->draft, &first->run->read[k], out, &same);
    if (status != WAYBILL_OK || same)
        return status;
    return dkim2_signature_parse(e->arena, dkim2->draft,
                                 &message_header(e->message)->fields[position], position, out);
}

static enum waybill_status collect_signatures(struct evaluation *e, struct dkim2 *dkim2,
                                              const struct dkim2 *first, struct names_range range)
{
    static const struct slice label = {(const uint8_t *)"DKIM2-Signature i=", 18};
    struct header *header = message_header(e->message);
    size_t n = few(dkim2, range.n, label);
    struct dkim2_signature *all = arena_array(e->arena, n, sizeof *all);
    dkim2->run->read = all;
    dkim2->signatures = arena_array(e->arena, LIMIT_DKIM2_HOPS, sizeof *dkim2->signatures);
    enum waybill_status status = all && dkim2->signatures ? WAYBILL_OK : WAYBILL_NOMEM;
    for (size_t k = 0; k < n && status == WAYBILL_OK; k++) {
        size_t position = header->index.entries[range.first + k].position;
        status = read_signature(e, dkim2, first, position, k);
        if (status == WAYBILL_OK && all[k].i > LIMIT_DKIM2_HOPS)
            stray(dkim2, DKIM2_TOO_LONG, all[k].i, label);
        else if (status == WAYBILL_OK)
            place_signature(dkim2, &all[k]);
    }
    return status;
}

/* Section 8.2: m= is the highest instance there is, so it never falls. */
static void judge_order(struct dkim2 *dkim2)
{
    unsigned highest = 0;
    for (size_t i = 0; i < dkim2->n_signatures; i++) {
        struct dkim2_signature *s = dkim2->signatures[i];
        if (!s || s->why)
            continue;
        if (s->m < highest) {
            s->why = "m= is below that of the hop before";
            s->wrong = DKIM2_SIGNATURE_SYNTAX;
        }
        highest = s->m > highest ? s->m : highest;
    }
}

enum waybill_status run_collect(struct evaluation *e, struct dkim2 *dkim2,
                                const struct dkim2 *first)
{
    /* One for each field that is read, and one for each name of which there are too many. */
    const struct header *header = message_header(e->message);
    struct names_range instances = header_find(header, SLICE("Message-Instance"));
    struct names_range signatures = header_find(header, SLICE("DKIM2-Signature"));
    size_t fields = instances.n + signatures.n;
    size_t most = (fields < 2 * LIMIT_DKIM2_HOPS ? fields : 2 * LIMIT_DKIM2_HOPS) + 2;
    dkim2->run->strays = arena_array(e->arena, most, sizeof *dkim2->run->strays);
    if (!dkim2->run->strays)
        return WAYBILL_NOMEM;
    enum waybill_status status = collect_instances(e, dkim2, instances);
    if (status == WAYBILL_OK)
        status = collect_signatures(e, dkim2, first, signatures);
    if (status == WAYBILL_OK)
        judge_order(dkim2);
    return status;
}
