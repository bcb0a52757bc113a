/*
 * cli/verdict.h: what a record comes to, in sentences.
 */
#ifndef CLI_VERDICT_H
#define CLI_VERDICT_H

#include "cli/page.h"
#include "waybill/record.h"

enum waybill_status verdict_write(struct page *page, const struct waybill_record *record);

#endif
