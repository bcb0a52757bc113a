#include "dkim2/key.h"

static bool is_ascii(struct slice s)
{
    uint8_t all = 0;
    for (size_t i = 0; i < s.n; i++)
        all |= s.p[i];
    return all < 0x80;
}

/* DKIM lets UTF-8 into a value (RFC 8616), DKIM2's tag-value does not. h=, s= and t=s are retired.
 */
static bool judge_record(const struct key_record *record, struct slice text, enum key_kind kind,
                         enum dkim2_finding *wrong)
{
    const struct {
        bool is_so;
        enum dkim2_finding wrong;
    } conditions[] = {
        {record->why || !is_ascii(text), DKIM2_KEY_SYNTAX},
        {record->key.n == 0, DKIM2_KEY_REVOKED},
        {!record->known_kind || record->kind != kind, DKIM2_KEY_MISMATCH},
    };
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++)
        if (conditions[i].is_so) {
            *wrong = conditions[i].wrong;
            return false;
        }
    return true;
}

enum waybill_status dkim2_key_record(struct arena *arena, const struct waybill_answer *answer,
                                     enum key_kind kind, struct key_record *out, bool *fine,
                                     enum dkim2_finding *wrong)
{
    static const enum dkim2_finding of[] = {
        [WAYBILL_NODATA] = DKIM2_KEY_MISSING,
        [WAYBILL_NXDOMAIN] = DKIM2_KEY_MISSING,
        [WAYBILL_SERVFAIL] = DKIM2_KEY_NOT_FETCHED,
        [WAYBILL_TIMEOUT] = DKIM2_KEY_NOT_FETCHED,
    };
    *fine = false;
    if (answer->status != WAYBILL_ANSWERED || answer->n > 1) {
        *wrong = answer->n > 1 ? DKIM2_KEY_SEVERAL : of[answer->status];
        return WAYBILL_OK;
    }
    struct slice text = slice_of(answer->data[0].octets, answer->data[0].n);
    enum waybill_status status = key_record_parse(arena, text, out);
    if (status == WAYBILL_OK)
        *fine = judge_record(out, text, kind, wrong);
    return status;
}
