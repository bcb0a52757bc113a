/*
 * cli/timeline.h: a record as a person reads it, from the first hop to the last.
 */
#ifndef CLI_TIMELINE_H
#define CLI_TIMELINE_H

#include "base/buffer.h"
#include "waybill/record.h"

struct timeline_style {
    bool color;
};

/* At most 80 columns, everything from the message escaped. */
enum waybill_status timeline_write(struct buffer *out, const struct waybill_record *record,
                                   const struct timeline_style *style);

#endif
