#include "milter/packet.h"

#include "base/limits.h"

/* A connection that waits for its next message holds no room for the last one's body. */
enum { KEPT_OCTETS = 4096 };

struct milter_reader milter_reader_new(void)
{
    return (struct milter_reader){.held = buffer_new(LIMIT_MILTER_HELD)};
}

void milter_reader_free(struct milter_reader *reader)
{
    buffer_free(&reader->held);
    *reader = milter_reader_new();
}

/* Moves what is left to the front, where it is the smaller part: so each octet is moved once. */
static void drop_given(struct milter_reader *reader)
{
    struct buffer *held = &reader->held;
    size_t left = held->n - reader->at;
    if (reader->at < left)
        return;
    if (left > 0)
        memmove(held->p, held->p + reader->at, left);
    held->n = left;
    reader->at = 0;
    if (left == 0 && held->capacity > KEPT_OCTETS)
        buffer_free(held);
}

enum waybill_status milter_reader_feed(struct milter_reader *reader, struct slice octets)
{
    if (reader->held.status != WAYBILL_OK)
        return reader->held.status;
    drop_given(reader);
    buffer_add(&reader->held, octets);
    return reader->held.status;
}

enum waybill_status milter_reader_next(struct milter_reader *reader, struct milter_packet *out,
                                       bool *whole)
{
    struct cursor c = cursor_new(slice_from(buffer_slice(&reader->held), reader->at));
    uint32_t length;
    *whole = false;
    if (reader->held.status != WAYBILL_OK)
        return reader->held.status;
    if (!milter_take_number(&c, &length)) {
        drop_given(reader);
        return WAYBILL_OK;
    }
    if (length == 0)
        return WAYBILL_SYNTAX;
    if (length > LIMIT_MILTER_PACKET)
        return WAYBILL_LIMIT;
    struct slice packet = slice_sub(cursor_rest(&c), 0, length);
    if (packet.n < length)
        return WAYBILL_OK;
    *out = (struct milter_packet){packet.p[0], slice_from(packet, 1)};
    *whole = true;
    reader->last = MILTER_NUMBER_OCTETS + length;
    reader->at += reader->last;
    return WAYBILL_OK;
}

void milter_reader_again(struct milter_reader *reader)
{
    reader->at -= reader->last;
    reader->last = 0;
}

enum waybill_status milter_packet_add(struct buffer *to, uint8_t command, const struct slice *parts,
                                      size_t n)
{
    uint8_t length[MILTER_NUMBER_OCTETS];
    size_t octets = 0;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].n > LIMIT_MILTER_SENT - octets)
            return WAYBILL_LIMIT;
        octets += parts[i].n;
    }
    if (!buffer_reserve(to, MILTER_NUMBER_OCTETS + 1 + octets))
        return to->status;
    milter_number_write((uint32_t)(1 + octets), length);
    buffer_add(to, slice_of(length, sizeof length));
    buffer_add_octet(to, command);
    for (size_t i = 0; i < n; i++)
        buffer_add(to, parts[i]);
    return WAYBILL_OK;
}

void milter_number_write(uint32_t number, uint8_t out[MILTER_NUMBER_OCTETS])
{
    for (size_t i = 0; i < MILTER_NUMBER_OCTETS; i++)
        out[i] = (uint8_t)(number >> (24 - 8 * i));
}

bool milter_take_number(struct cursor *c, uint32_t *out)
{
    struct slice octets = slice_sub(c->all, c->at, MILTER_NUMBER_OCTETS);
    if (octets.n < MILTER_NUMBER_OCTETS)
        return false;
    c->at += octets.n;
    *out = 0;
    for (size_t i = 0; i < octets.n; i++)
        *out = *out << 8 | octets.p[i];
    return true;
}

bool milter_take_text(struct cursor *c, struct slice *out)
{
    *out = cursor_until(c, 0);
    return cursor_accept(c, 0);
}
