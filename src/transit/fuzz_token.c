/* The value of a field. It is good only if it is what would be written. */
#include "transit/token.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct transit_keys keys = {.now = SLICE_INIT("now"),
                                             .before = SLICE_INIT("the key of the site")};
    static const struct transit_keys before = {.now = SLICE_INIT("the key of the site")};
    char id[TRANSIT_ID_OCTETS + 1];
    enum transit_verdict verdict;
    struct slice value = slice_trim(slice_of(data, size));
    must(transit_token_read(&keys, slice_of(data, size), 0, id, &verdict) == WAYBILL_OK);
    must((verdict == TRANSIT_GOOD) == transit_is_id(slice_str(id)));
    must(verdict != TRANSIT_EXPIRED);
    if (verdict != TRANSIT_GOOD)
        return 0;
    uint64_t expires;
    struct slice digits = slice_sub(value, 3 + TRANSIT_ID_OCTETS + 1, SIZE_MAX);
    must(slice_number(slice_sub(digits, 0, slice_find(digits, '.', 0)), 13, &expires));
    struct buffer ours = buffer_new(TRANSIT_TOKEN_OCTETS), older = ours;
    must(transit_token_write(&keys, id, (int64_t)expires, &ours) == WAYBILL_OK);
    must(transit_token_write(&before, id, (int64_t)expires, &older) == WAYBILL_OK);
    must(slice_eq(value, buffer_slice(&ours)) || slice_eq(value, buffer_slice(&older)));
    buffer_free(&ours);
    buffer_free(&older);
    return 0;
}
