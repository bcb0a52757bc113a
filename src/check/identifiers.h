/*
 * check/identifiers.h: the domains that can speak for the Author Domain, for DMARC: that of SPF's
 * MAIL FROM and those of the DKIM signatures (RFC 9989 section 4.2).
 */
#ifndef CHECK_IDENTIFIERS_H
#define CHECK_IDENTIFIERS_H

#include "record/record.h"

/* Of a record whose SPF, DKIM and DKIM2 are planned: a signature that is judged by then speaks for
 * nobody.
 */
struct identifiers {
    struct dmarc_identifier *all;
    const struct signature **signatures; /* of all[i]; NULL: SPF, or DKIM that is not evaluated */
    size_t n;
};

/* `dkim2`: its originator is one of them. */
enum waybill_status identifiers_make(struct arena *arena, const struct waybill_record *record,
                                     bool dkim2, struct identifiers *out);

/* Brings `standing` of all up to what the record says now. */
void identifiers_update(struct identifiers *identifiers, const struct waybill_record *record);

#endif
