/*
 * waybill/dkim2.h: the chain of custody (DKIM2).
 */
#ifndef WAYBILL_DKIM2_H
#define WAYBILL_DKIM2_H

#ifdef __cplusplus
extern "C" {
#endif

/* Which version of draft-ietf-dkim-dkim2-spec. */
enum waybill_draft {
    WAYBILL_DRAFT_06,
    WAYBILL_DRAFT_09, /* the usual */
};

#ifdef __cplusplus
}
#endif

#endif
