/*
 * dkim2/key.h: the key of a signature, from the answer to its question (spec-06 section 11.5,
 * draft-ietf-dkim-dkim2-dns).
 */
#ifndef DKIM2_KEY_H
#define DKIM2_KEY_H

#include "dkim/key_record.h"
#include "dkim2/draft.h"

/* The one record of an answer for a key of this kind, read more strictly than DKIM does: two
 * records are an error, whatever they hold. False: *wrong says what is wrong. WAYBILL_NOMEM or OK.
 */
enum waybill_status dkim2_key_record(struct arena *arena, const struct waybill_answer *answer,
                                     enum key_kind kind, struct key_record *out, bool *fine,
                                     enum dkim2_finding *wrong);

#endif
