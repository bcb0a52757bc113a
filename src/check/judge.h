/*
 * check/judge.h: who decides on what a check finds.
 *
 * A policy stands above the check; it hangs itself in here, and the check calls it at the end of
 * its own work. It may ask questions as any protocol does, and fills the record's decision.
 */
#ifndef CHECK_JUDGE_H
#define CHECK_JUDGE_H

#include "dkim/evaluation.h"
#include "record/record.h"

struct judge {
    /* When the header is complete, after every method's plan. */
    enum waybill_status (*plan)(const void *self, struct evaluation *e, struct waybill_record *r);
    /* Each step, after every method's evaluation. */
    enum waybill_status (*judge)(const void *self, struct evaluation *e, struct waybill_record *r);
    const void *self; /* outlives the check */
};

/* Before the header is complete, once; WAYBILL_MISUSE else. */
enum waybill_status check_attach_judge(struct waybill_check *check, struct judge judge);

#endif
