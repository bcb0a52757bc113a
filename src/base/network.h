/*
 * base/network.h: networks of the Internet Protocol, an address and a prefix.
 */
#ifndef BASE_NETWORK_H
#define BASE_NETWORK_H

#include "base/ip.h"

struct network {
    struct ip ip;  /* no bit is set behind the prefix */
    unsigned bits; /* of the prefix; 8 * ip.n is one address */
};

/*
 * "192.0.2.0/24", "2001:db8::/32", or one address. False: it is neither, or has a bit set behind
 * its prefix, which says something else than it seems to. One that maps IPv4 addresses becomes
 * theirs.
 */
bool network_parse(struct slice text, struct network *out);

/* Whether an address lies in it; an IPv6 one that maps an IPv4 one counts as that one. */
bool network_has(const struct network *network, struct ip ip);

/* The digits of a prefix, behind its slash: no leading zero (RFC 7208 section 12), at most `most`.
 */
bool network_bits(struct slice digits, unsigned most, uint8_t *out);

/* 127.0.0.0/8 and ::1: what no other host can send from or to. */
bool network_is_loopback(struct ip ip);

/* Those, and what is not routed on the Internet: of a site, of a link, of a carrier. */
bool network_is_private(struct ip ip);

#endif
