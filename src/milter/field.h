/*
 * milter/field.h: header fields, in the protocol and in a message.
 *
 * A message is judged with CRLF line ends and with every octet between the colon and the last CRLF.
 * In the protocol a field folds with LF, and where leading space was not agreed on the first space
 * of a value is neither sent nor given.
 */
#ifndef MILTER_FIELD_H
#define MILTER_FIELD_H

#include "base/buffer.h"

/*
 * The value as it stood behind the colon. An LF before SP or HTAB becomes CRLF; a CRLF, and any CR
 * or LF elsewhere, stays. Without leading space, one space is put before: most often that is what
 * was there. *out is the value itself or lies in `room`, which is emptied first; its status is
 * returned.
 */
enum waybill_status milter_field_arrives(struct slice value, bool leading_space,
                                         struct buffer *room, struct slice *out);

/*
 * Appends the value as the protocol wants it: CRLF becomes LF; without leading space, one space at
 * the beginning is left to the MTA to put there, but not where nothing would remain, for that would
 * remove the field.
 */
void milter_field_leaves(struct slice value, bool leading_space, struct buffer *to);

/* Whether it is a field that can leave: a name without NUL, CR, LF and colon, not empty; a value
 * without NUL and lone CR in which all lines but the first begin with SP or HTAB. */
bool milter_field_is_safe(struct slice name, struct slice value);

#endif
