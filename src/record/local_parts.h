/*
 * record/local_parts.h: local parts of addresses within texts that people read: reasons, comments,
 * values of a claim.
 *
 * A text is no address field: what stands before an '@' is taken for a local part as far as one can
 * go, quoted or not; rather too much than too little.
 */
#ifndef RECORD_LOCAL_PARTS_H
#define RECORD_LOCAL_PARTS_H

#include "base/buffer.h"

/* Takes everything up to and with the next '@' that ends a local part: what stands before it, and
 * the part, which is not empty. False: there is none in *rest, which stays. */
bool local_part_take(struct slice *rest, struct slice *before, struct slice *local_part);

/* Appends the text without any local part: of an address the '@' and its domain stay. */
void local_parts_remove(struct slice text, struct buffer *out);

#endif
