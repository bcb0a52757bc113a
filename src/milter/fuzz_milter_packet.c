/* The first octet cuts the rest into pieces; packets are the same as of the whole stream, and
 * written again they are the stream. */
#include "base/limits.h"
#include "milter/packet.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

/* Takes what is there; written again it goes to `again`. */
static enum waybill_status take_all(struct milter_reader *reader, struct buffer *again)
{
    struct milter_packet packet;
    bool whole = true;
    enum waybill_status status;
    while ((status = milter_reader_next(reader, &packet, &whole)) == WAYBILL_OK && whole)
        if (packet.data.n <= LIMIT_MILTER_SENT)
            must(milter_packet_add(again, packet.command, &packet.data, 1) == WAYBILL_OK);
        else
            return WAYBILL_LIMIT;
    must(status != WAYBILL_OK || reader->held.capacity <= 2 * reader->held.n + 4096);
    return status;
}

static enum waybill_status read_in(struct slice stream, size_t piece, struct buffer *again)
{
    struct milter_reader reader = milter_reader_new();
    enum waybill_status status = WAYBILL_OK;
    for (size_t at = 0; at < stream.n && status == WAYBILL_OK; at += piece) {
        must(milter_reader_feed(&reader, slice_sub(stream, at, piece)) == WAYBILL_OK);
        status = take_all(&reader, again);
    }
    milter_reader_free(&reader);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > LIMIT_MILTER_HELD)
        return 0;
    struct slice stream = slice_from(slice_of(data, size), 1);
    struct buffer whole = buffer_new(2 * LIMIT_MILTER_HELD), pieces = whole;
    enum waybill_status status = read_in(stream, stream.n, &whole);
    must(read_in(stream, 1 + data[0] % 64u, &pieces) == status);
    must(slice_eq(buffer_slice(&whole), buffer_slice(&pieces)));
    must(slice_starts(stream, buffer_slice(&whole)));
    buffer_free(&whole);
    buffer_free(&pieces);
    return 0;
}
