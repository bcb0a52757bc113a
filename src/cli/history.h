/*
 * cli/history.h: the hops of a message on a page, and the difference each made.
 */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include "cli/page.h"
#include "record/record.h"

/* `states` has LIMIT_DKIM2_HOPS places: [0] is the message at m=1, with CRLF; without octets it
 * could not be made. At most 80 columns, everything from the message escaped. */
enum waybill_status history_write(struct page *page, const struct waybill_record *record,
                                  const struct slice *states);

#endif
