/*
 * transit/token.h: the token that names an arrival to the egress listener of the same site.
 *
 * It stands in a field of its own, "v1.ID.EXPIRY.MAC": the passage's id, the last second at which
 * it is good, and a MAC of all before it under the site's key. That a token is good says only that
 * this site wrote it: whoever has a message has its token too, so that what it may be used for is
 * the caller's to decide (design 3, "Through a forwarder or a list").
 *
 * The text has at most TRANSIT_TOKEN_OCTETS, and with the space before it fits a line of 78
 * characters: list software that folds longer words has been seen to encode them (RFC 2047).
 */
#ifndef TRANSIT_TOKEN_H
#define TRANSIT_TOKEN_H

#include "base/buffer.h"

#define TRANSIT_FIELD "X-Waybill-Transit"

enum {
    TRANSIT_ID_OCTETS = 32, /* of a passage's id: hexadecimal digits, in lower case */
    TRANSIT_TOKEN_OCTETS = 74,
};

/* The site's keys, any octets. While a key is changed the one before it is good as well. */
struct transit_keys {
    struct slice now;    /* what tokens are written with; at least one octet */
    struct slice before; /* p is NULL: no change of key is under way */
};

enum transit_verdict {
    TRANSIT_GOOD,
    TRANSIT_MALFORMED, /* no such text */
    TRANSIT_FORGED,    /* no key of the site's made its MAC */
    TRANSIT_EXPIRED,   /* the site's own, but too old */
};

/* "good", "malformed", "forged", "expired"; static. */
const char *transit_verdict_text(enum transit_verdict verdict);

/* Whether the text is an id of a passage. */
bool transit_is_id(struct slice text);

/* Appends the token. WAYBILL_MISUSE: no key, `id` is none, `expires` is before 1970 or has more
 * than 13 digits; WAYBILL_CRYPTO; else the buffer's status. */
enum waybill_status transit_token_write(const struct transit_keys *keys, const char *id,
                                        int64_t expires, struct buffer *out);

/*
 * Judges the value of a field, with white space and folds around it. `id` is set where the verdict
 * is GOOD or EXPIRED, "" else. MACs are compared in constant time. WAYBILL_MISUSE: no key;
 * WAYBILL_CRYPTO.
 */
enum waybill_status transit_token_read(const struct transit_keys *keys, struct slice value,
                                       int64_t now, char id[TRANSIT_ID_OCTETS + 1],
                                       enum transit_verdict *out);

#endif
