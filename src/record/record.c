#include "record/record.h"

static const char *const results[] = {
    [WAYBILL_RESULT_NONE] = "none",
    [WAYBILL_RESULT_PASS] = "pass",
    [WAYBILL_RESULT_FAIL] = "fail",
    [WAYBILL_RESULT_SOFTFAIL] = "softfail",
    [WAYBILL_RESULT_POLICY] = "policy",
    [WAYBILL_RESULT_NEUTRAL] = "neutral",
    [WAYBILL_RESULT_TEMPERROR] = "temperror",
    [WAYBILL_RESULT_PERMERROR] = "permerror",
    [WAYBILL_RESULT_NOT_EVALUATED] = "not evaluated",
};

const char *waybill_result_text(enum waybill_result result)
{
    return results[result];
}

const char *waybill_method_text(enum waybill_method method)
{
    static const char *const methods[] = {[WAYBILL_METHOD_SPF] = "spf",
                                          [WAYBILL_METHOD_DKIM] = "dkim",
                                          [WAYBILL_METHOD_DKIM2] = "dkim2",
                                          [WAYBILL_METHOD_ARC] = "arc",
                                          [WAYBILL_METHOD_DMARC] = "dmarc"};
    return methods[method];
}

enum waybill_result waybill_record_result(const struct waybill_record *record,
                                          enum waybill_method method)
{
    if (!record_has(record, method))
        return WAYBILL_RESULT_NOT_EVALUATED;
    switch (method) {
    case WAYBILL_METHOD_SPF:
        return record->spf.of[SPF_MAIL_FROM].verdict.result;
    case WAYBILL_METHOD_DKIM:
        return dkim_result(&record->dkim);
    case WAYBILL_METHOD_DKIM2:
        return record->dkim2.verdict.result;
    case WAYBILL_METHOD_ARC:
        return record->arc.verdict.result;
    case WAYBILL_METHOD_DMARC:
        break;
    }
    return record->dmarc.verdict.result;
}

bool record_next_signature(const struct waybill_record *record, size_t *i,
                           const struct signature **out)
{
    const struct arc_chain *arc = &record->arc;
    for (;; (*i)++) {
        size_t at = *i;
        if (at < record->dkim.n) {
            *out = record->dkim.signatures[at];
        } else if ((at -= record->dkim.n) < 2 * arc->n) {
            const struct arc_set *set = &arc->sets[at / 2];
            *out = at % 2 == 0 ? set->message_signature : set->seal;
        } else if ((at -= 2 * arc->n) < arc->n_strays) {
            *out = arc->strays[at].signature;
        } else {
            return false;
        }
        if (*out) {
            (*i)++;
            return true;
        }
    }
}

static void add_operation(struct work *work, const struct algorithm *algorithm, unsigned bits)
{
    size_t i = 0;
    while (i < work->n && (work->rows[i].algorithm != algorithm || work->rows[i].bits != bits))
        i++;
    if (i == sizeof work->rows / sizeof work->rows[0]) {
        work->other++;
        return;
    }
    if (i == work->n)
        work->rows[work->n++] = (struct work_row){algorithm, bits, 0};
    work->rows[i].n++;
}

static void add_dkim2(struct work *work, const struct dkim2 *dkim2)
{
    work->octets_hashed += dkim2->octets_hashed;
    for (size_t i = 0; i < dkim2->n_signatures; i++) {
        const struct dkim2_signature *s = dkim2->signatures[i];
        work->octets_hashed += s ? s->octets_hashed : 0;
        for (size_t k = 0; s && k < s->n_sets; k++)
            if (s->sets[k].operated)
                add_operation(work, s->sets[k].algorithm, s->sets[k].key_bits);
    }
}

/* Octets of the body that one digest served several signatures with: those of the longest. */
typedef uint64_t body_work[CANON_FORMS][DIGEST_KINDS];

static void add_body(const struct waybill_record *record, const struct signature *s,
                     body_work octets)
{
    if (!s->body_value)
        return;
    const struct body_wish *wish = &s->body_value->wish;
    uint64_t n = body_octets(message_body(record->message), wish->canon);
    if (wish->limited && wish->limit < n)
        n = wish->limit;
    if (octets[wish->canon][wish->digest] < n)
        octets[wish->canon][wish->digest] = n;
}

struct work record_work(const struct waybill_record *record)
{
    struct work work = {.octets_hashed = record->arc.octets_hashed};
    body_work body = {{0}};
    size_t i = 0;
    for (const struct signature *s; record_next_signature(record, &i, &s);) {
        work.octets_hashed += s->octets_hashed;
        add_body(record, s, body);
        if (s->operated)
            add_operation(&work, s->algorithm, s->key_bits);
    }
    add_dkim2(&work, &record->dkim2);
    for (size_t f = 0; f < CANON_FORMS; f++)
        for (size_t k = 0; k < DIGEST_KINDS; k++)
            work.octets_hashed += body[f][k];
    return work;
}
