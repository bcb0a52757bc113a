/* Kept arrivals, which a disk may change: whatever is read is written again, and read the same. */
#include "transit/arrival.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena arena = arena_new();
    struct buffer again = buffer_new((size_t)1 << 24);
    struct arrival first, second;
    const char *why;
    if (arrival_read(&arena, slice_of(data, n), &first, &why) == WAYBILL_OK) {
        buffer_add(&again, first.header);
        buffer_add(&again, first.body);
        if (arrival_end(&first, first.header.n, first.body.n, &again) != WAYBILL_OK ||
            arrival_read(&arena, buffer_slice(&again), &second, &why) != WAYBILL_OK ||
            first.rcpts != second.rcpts || first.time != second.time ||
            !slice_eq(first.answers, second.answers))
            __builtin_trap();
    }
    buffer_free(&again);
    arena_free(&arena);
    return 0;
}
