/*
 * base/base64.h: RFC 4648 section 4, strictly, and with white space as RFC 6376 allows it.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/arena.h"
#include "base/buffer.h"

enum base64_rule {
    BASE64_STRICT, /* the alphabet and right padding, nothing else */
    BASE64_FWS,    /* SP, HTAB, CR and LF anywhere are passed over (RFC 6376 section 3.2) */
};

/*
 * Decodes text into the arena. *status is WAYBILL_SYNTAX for an octet outside the alphabet, wrong
 * padding, or bits left over that are not zero; WAYBILL_NOMEM; else WAYBILL_OK with the octets.
 * The empty text is the empty string of octets.
 */
enum waybill_status base64_decode(struct arena *arena, struct slice text, enum base64_rule rule,
                                  struct slice *out);

/* Appends the text of `octets`, padded, without line breaks. */
void base64_encode(struct buffer *out, struct slice octets);

#endif
