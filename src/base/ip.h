/*
 * base/ip.h: addresses of the Internet Protocol.
 */
#ifndef BASE_IP_H
#define BASE_IP_H

#include "base/slice.h"

enum { IP_V4_OCTETS = 4, IP_V6_OCTETS = 16, IP_TEXT_OCTETS = 46 };

struct ip {
    uint8_t octets[IP_V6_OCTETS]; /* in network order, the first n of them */
    unsigned n;                   /* IP_V4_OCTETS or IP_V6_OCTETS; 0: none */
};

/* An address as RFC 5321 section 4.1.3 has it between its brackets, without "IPv6:". */
bool ip_parse(struct slice text, struct ip *out);

/* An IPv6 address that maps an IPv4 one (RFC 4291 section 2.5.5.2) as that one; others as they are.
 */
struct ip ip_unmapped(struct ip ip);

/* Whether both are of one kind and agree in the first `bits` bits, at most 8 * n. */
bool ip_same_network(struct ip a, struct ip b, unsigned bits);

/* The address as text (RFC 5952), ended by a NUL. */
void ip_format(struct ip ip, char out[IP_TEXT_OCTETS]);

#endif
