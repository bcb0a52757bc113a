/*
 * io/dns_packet.h: what an answering packet says (RFC 1035 section 4).
 */
#ifndef IO_DNS_PACKET_H
#define IO_DNS_PACKET_H

#include "base/arena.h"
#include "waybill/question.h"
#include "waybill/status.h"

/*
 * The answer of a packet to the question for records of a type; its data is in the arena. The
 * resolver that made the packet followed aliases and left only what belongs to the question, so
 * every record of the type counts. A packet that cannot be read, or says neither yes nor no, is
 * WAYBILL_SERVFAIL. Sets status, data, octets and ttl; the other facts are unknown here.
 */
enum waybill_status dns_packet_parse(struct arena *arena, struct slice packet,
                                     enum waybill_dns_type type, struct waybill_answer *out);

#endif
