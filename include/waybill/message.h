/*
 * waybill/message.h: one message, fed once.
 *
 * A message serves one check and any number of signers, which are made before its header ends.
 * When it ends, each of them says which digests of the body it needs; equal ones are computed once
 * while the body streams through. The header is kept, the body is not.
 */
#ifndef WAYBILL_MESSAGE_H
#define WAYBILL_MESSAGE_H

#include "waybill/status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct waybill_engine;
struct waybill_message;

enum waybill_lines {
    /* CRLF ends a line; a lone CR or LF is an octet of its line. What SMTP and a milter have. */
    WAYBILL_LINES_CRLF,
    /* The first line end of the message decides: CRLF as above, or LF ends every line and a CR
     * before it is dropped. What files have. */
    WAYBILL_LINES_DETECT,
};

enum waybill_status waybill_message_new(struct waybill_engine *engine, enum waybill_lines lines,
                                        struct waybill_message **out);
/* Its check and its signers are freed before it. NULL is fine. */
void waybill_message_free(struct waybill_message *message);

/*
 * The next octets, in pieces of any size; they are not kept. WAYBILL_LIMIT: the header has more
 * octets or fields than base/limits.h allows; the message can only be freed then.
 */
enum waybill_status waybill_message_feed(struct waybill_message *message, const void *octets,
                                         size_t n);
/* There are no more. */
enum waybill_status waybill_message_end(struct waybill_message *message);

/* Whether the header is complete: from then on questions may be open. */
int waybill_message_has_header(const struct waybill_message *message);
/* Whether lines ended in LF alone, so that a program can write as it read. */
int waybill_message_has_lf(const struct waybill_message *message);

#ifdef __cplusplus
}
#endif

#endif
