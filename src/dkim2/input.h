/*
 * dkim2/input.h: what is signed, field by field (spec-06 section 9.6).
 */
#ifndef DKIM2_INPUT_H
#define DKIM2_INPUT_H

#include "mail/canon.h"

/* The canonical octets of a field with its CRLF, without those of the cuts, which lie in its value
 * in ascending order. */
enum waybill_status input_field(const struct field *field, const struct slice *cuts, size_t n,
                                struct canon_sink sink);

#endif
