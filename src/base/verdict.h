/*
 * base/verdict.h: a result and its reason.
 */
#ifndef BASE_VERDICT_H
#define BASE_VERDICT_H

#include "waybill/record.h"

/* The reason in words: static text or in the arena; NULL where there is nothing to say. A verdict
 * that is still open is NOT_EVALUATED without a reason, unless its room says otherwise. */
struct verdict {
    enum waybill_result result;
    const char *why;
};

static inline struct verdict verdict_of(enum waybill_result result, const char *why)
{
    return (struct verdict){result, why};
}

#endif
