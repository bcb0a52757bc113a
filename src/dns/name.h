/*
 * dns/name.h: domain names as text.
 */
#ifndef DNS_NAME_H
#define DNS_NAME_H

#include "base/arena.h"
#include "waybill/status.h"

/*
 * Whether s is a host-like domain name as d= and s= want it (RFC 6376 section 3.5, RFC 5321
 * section 4.1.2): labels of 1 to 63 letters, digits, hyphens and underscores, no hyphen at either
 * end, at most 253 octets in all, no dot at the end. U-labels (octets from 0x80) are accepted
 * here and become A-labels in name_to_ascii.
 */
bool name_is_domain(struct slice s);

/*
 * The name in A-labels and lower case (RFC 8616 section 3; IDNA 2008 without mapping but that of
 * case), in the arena. WAYBILL_SYNTAX: not a name that IDNA allows. A name of ASCII only is lowered
 * and not otherwise judged.
 */
enum waybill_status name_to_ascii(struct arena *arena, struct slice s, struct slice *out);

/* Whether name is `domain` or lies below it, without case; a final dot on neither. */
bool name_is_within(struct slice name, struct slice domain);

#endif
