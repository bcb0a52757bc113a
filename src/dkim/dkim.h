/*
 * dkim/dkim.h: all DKIM signatures of a message (RFC 6376).
 */
#ifndef DKIM_DKIM_H
#define DKIM_DKIM_H

#include "dkim/signature.h"

struct dkim {
    struct signature **signatures; /* evaluated ones, in the order of their fields, top first */
    size_t n;
    size_t beyond; /* fields over LIMIT_DKIM_SIGNATURES: not evaluated */
};

/* When the header is complete: parses, asks for keys and for digests of the body. */
enum waybill_status dkim_plan(struct evaluation *e, struct dkim *out);
/* Each step: judges what can be judged. */
enum waybill_status dkim_evaluate(struct evaluation *e, struct dkim *dkim);
/* The best of the results (RFC 8601 section 2.7.1): pass before all, none where there is no field.
 */
enum waybill_result dkim_result(const struct dkim *dkim);

#endif
