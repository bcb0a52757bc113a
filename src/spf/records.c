#include "spf/run.h"

static enum waybill_status grow(struct spf *spf)
{
    struct spf_records *r = spf->records;
    size_t capacity = r->capacity ? 2 * r->capacity : 8;
    struct spf_kept **all = arena_array(spf->arena, capacity, sizeof *all);
    if (!all)
        return WAYBILL_NOMEM;
    if (r->n)
        memcpy(all, r->all, r->n * sizeof *all);
    r->all = all;
    r->capacity = capacity;
    return WAYBILL_OK;
}

enum waybill_status spf_records_find(struct spf *spf, const struct asked *question,
                                     const struct spf_record **out)
{
    struct spf_records *r = spf->records;
    for (size_t i = 0; i < r->n; i++) {
        *out = &r->all[i]->record;
        if (r->all[i]->question == question)
            return WAYBILL_OK;
    }
    struct spf_kept *kept = arena_alloc(spf->arena, sizeof *kept);
    enum waybill_status status = kept ? WAYBILL_OK : WAYBILL_NOMEM;
    if (status == WAYBILL_OK && r->n == r->capacity)
        status = grow(spf);
    if (status == WAYBILL_OK)
        status = spf_record_select(spf->arena, &question->answer, &kept->record);
    if (status != WAYBILL_OK)
        return status;
    kept->question = question;
    r->all[r->n++] = kept;
    *out = &kept->record;
    return WAYBILL_OK;
}
