/*
 * milter/packet.h: the packets of the milter protocol, both ways.
 *
 * A packet is four octets of length, most significant first, that count what follows; the octet
 * of a command or a reply; its data. What arrives is hostile until it is taken apart: a length that
 * is claimed costs nothing before its octets are there.
 */
#ifndef MILTER_PACKET_H
#define MILTER_PACKET_H

#include "base/buffer.h"
#include "base/cursor.h"

/* What stands before the command, and a number among the data. */
enum { MILTER_NUMBER_OCTETS = 4 };

struct milter_packet {
    uint8_t command;
    struct slice data; /* in the reader */
};

/* Octets in, whole packets out, in order. */
struct milter_reader {
    struct buffer held; /* what has arrived */
    size_t at;          /* offset of what was not given yet */
    size_t last;        /* octets of the packet that was given last */
};

/* An empty reader; allocates nothing. */
struct milter_reader milter_reader_new(void);
void milter_reader_free(struct milter_reader *reader);

/*
 * Takes octets, copied; pieces of any size make the same packets. Where all packets are taken
 * before more is fed, a reader keeps one unfinished packet at most. LIMIT: it would hold more than
 * LIMIT_MILTER_HELD octets, for somebody feeds and does not take. After NOMEM and LIMIT it can only
 * be freed.
 */
enum waybill_status milter_reader_feed(struct milter_reader *reader, struct slice octets);

/*
 * The next packet; *whole says whether there is one. Its data lives until the next call. SYNTAX: a
 * packet without a command; LIMIT: one longer than LIMIT_MILTER_PACKET, told from its first four
 * octets. After both nobody knows where the next packet begins, and every further call says the
 * same.
 */
enum waybill_status milter_reader_next(struct milter_reader *reader, struct milter_packet *out,
                                       bool *whole);

/* The packet that was just given is given again; no other call stands between. */
void milter_reader_again(struct milter_reader *reader);

/*
 * Appends one packet with the parts as its data, wholly or not at all. LIMIT: it has more than
 * LIMIT_MILTER_SENT octets of data, or does not fit the buffer; the buffer is as it was before, but
 * for its status where memory or room ran out.
 */
enum waybill_status milter_packet_add(struct buffer *to, uint8_t command, const struct slice *parts,
                                      size_t n);

/* A number as packets have it. */
void milter_number_write(uint32_t number, uint8_t out[MILTER_NUMBER_OCTETS]);

/* What data is made of: a number; a text with the NUL that ends it, which is not part of *out.
 * False where there is no whole one. */
bool milter_take_number(struct cursor *c, uint32_t *out);
bool milter_take_text(struct cursor *c, struct slice *out);

#endif
