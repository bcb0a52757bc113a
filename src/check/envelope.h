/*
 * check/envelope.h: the envelope as a program gives it.
 */
#ifndef CHECK_ENVELOPE_H
#define CHECK_ENVELOPE_H

#include "record/record.h"

/* Copies and judges; WAYBILL_SYNTAX where an address or the ip is none. */
enum waybill_status envelope_read(struct arena *arena, const struct waybill_envelope *in,
                                  struct record_envelope *out);

#endif
