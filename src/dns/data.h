/*
 * dns/data.h: the data of an answer, checked and copied.
 */
#ifndef DNS_DATA_H
#define DNS_DATA_H

#include "base/arena.h"
#include "waybill/question.h"
#include "waybill/status.h"

/*
 * One record's data in the one form that waybill/question.h gives it, in the arena: addresses as
 * RFC 5952 writes them, names in lower case without a final dot, the root as ".", an MX preference
 * without leading zeros; TXT as it stands. WAYBILL_SYNTAX: not data of the type; WAYBILL_LIMIT:
 * over LIMIT_ANSWER_OCTETS; WAYBILL_MISUSE: no type of which a set holds data.
 */
enum waybill_status data_normalise(struct arena *arena, int type, struct slice text,
                                   struct slice *out);

/*
 * A copy of an answer in the arena. WAYBILL_MISUSE: an unknown status, "answered" without data or
 * another status with data; WAYBILL_LIMIT: over LIMIT_ANSWER_RECORDS or LIMIT_ANSWER_OCTETS.
 */
enum waybill_status answer_copy(struct arena *arena, const struct waybill_answer *answer,
                                struct waybill_answer *out);

#endif
