#include "dkim/dkim.h"

#include "base/limits.h"

enum waybill_status dkim_plan(struct evaluation *e, struct dkim *out)
{
    struct header *header = message_header(e->message);
    struct names_range range = header_find(header, signature_field_name(FIELD_DKIM_SIGNATURE));
    size_t n = range.n < LIMIT_DKIM_SIGNATURES ? range.n : LIMIT_DKIM_SIGNATURES;
    *out = (struct dkim){arena_array(e->arena, n, sizeof(struct signature *)), 0, range.n - n};
    enum waybill_status status = out->signatures ? WAYBILL_OK : WAYBILL_NOMEM;
    for (size_t i = 0; i < n && status == WAYBILL_OK; i++) {
        size_t position = header->index.entries[range.first + i].position;
        status = signature_parse(e, FIELD_DKIM_SIGNATURE, position, &out->signatures[i]);
        if (status == WAYBILL_OK)
            status = signature_plan(e, out->signatures[i]);
        out->n = i + 1;
    }
    return status;
}

enum waybill_status dkim_evaluate(struct evaluation *e, struct dkim *dkim)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < dkim->n && status == WAYBILL_OK; i++)
        status = signature_evaluate(e, dkim->signatures[i]);
    return status;
}

enum waybill_result dkim_result(const struct dkim *dkim)
{
    static const enum waybill_result best_first[] = {
        WAYBILL_RESULT_PASS,         WAYBILL_RESULT_TEMPERROR, WAYBILL_RESULT_FAIL,
        WAYBILL_RESULT_POLICY,       WAYBILL_RESULT_PERMERROR, WAYBILL_RESULT_NEUTRAL,
        WAYBILL_RESULT_NOT_EVALUATED};
    for (size_t r = 0; r < sizeof best_first / sizeof best_first[0]; r++)
        for (size_t i = 0; i < dkim->n; i++)
            if (dkim->signatures[i]->verdict.result == best_first[r])
                return best_first[r];
    return WAYBILL_RESULT_NONE;
}
