/*
 * dns/name.h: domain names as text.
 *
 * A name of the DNS is its labels joined by dots: an octet is that octet of the label, nothing is
 * escaped, and the root is the empty name.
 */
#ifndef DNS_NAME_H
#define DNS_NAME_H

#include "base/arena.h"
#include "waybill/status.h"

/*
 * Whether s is a host-like domain name as d= and s= want it (RFC 6376 section 3.5, RFC 5321
 * section 4.1.2): labels of 1 to 63 letters, digits, hyphens and underscores, no hyphen at either
 * end, at most 253 octets in all, no dot at the end. U-labels (octets from 0x80) are accepted
 * here, counted in characters, and become A-labels in name_to_ascii.
 */
bool name_is_domain(struct slice s);

/*
 * The name in A-labels and lower case, without a dot at the end (RFC 8616 section 3; IDNA 2008
 * after the non-transitional mapping of UTS 46: case, NFC, width), in the arena and followed by a
 * NUL. WAYBILL_SYNTAX: over 253 octets, or not a name that IDNA allows. A name of ASCII only is
 * lowered and not otherwise judged.
 */
enum waybill_status name_to_ascii(struct arena *arena, struct slice s, struct slice *out);

/* Whether name is `domain` or lies below it, without case; a final dot on neither. */
bool name_is_within(struct slice name, struct slice domain);

/* s without one dot at its end. */
struct slice name_without_dot(struct slice s);

/* Writes s in lower case to `out`, which has room for it. */
void name_lower(struct slice s, uint8_t *out);

/* Whether a packet can hold the name (RFC 1035 section 2.3.4): the root, or labels of 1 to 63
 * octets of any value, at most 253 octets in all. */
bool name_fits(struct slice name);

/*
 * The order of RFC 4034 section 6.1 of names in lower case: by labels from the last to the first,
 * so that a name stands right before all names below it.
 */
int name_order(struct slice a, struct slice b);

/* The most labels at the end that both have in common, as a part of a. */
struct slice name_common(struct slice a, struct slice b);

#endif
