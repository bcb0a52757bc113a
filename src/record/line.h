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
 * Adds "QUEUEID: listener=… client=… helo=… mail-from=… recipients=… from=… spf=… dkim=… dkim2=…
 * arc=… dmarc=… decision=… reason=… rule=… waves=… questions=… size=… ms=… id=…" without a line
 * end: always in this order, the details of a method behind it, only what was evaluated or is
 * known; a method that came to nothing is "-". Of an address the domain alone, unless log_addresses
 * is set. No message makes it longer than LIMIT_LOG_LINE. Not WAYBILL_OK is the buffer's status.
 */
enum waybill_status record_line(const struct waybill_record *record,
                                const struct record_line_facts *facts, struct buffer *out);

/* A path of the envelope, without brackets, as a line shows it. */
struct slice record_line_path(struct slice path, bool addresses);

#endif
