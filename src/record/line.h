/*
 * record/line.h: a record as one line of a log.
 */
#ifndef RECORD_LINE_H
#define RECORD_LINE_H

#include "base/line.h"
#include "record/record.h"

/* What the record does not know. */
struct record_line_facts {
    struct slice queue_id, listener;
    int64_t ms;         /* from the envelope to the verdict */
    bool log_addresses; /* local parts, too */
};

/*
 * "QUEUEID: listener=… client=… mail-from=… from=… spf=… dkim=… …", always in the same order, only
 * what was evaluated or is known. Of an address the domain alone, unless log_addresses is set.
 */
void record_line(const struct waybill_record *record, const struct record_line_facts *facts,
                 struct buffer *out);

#endif
