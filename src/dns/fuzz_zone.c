#include "dns/fuzz_answers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_answers(zone_read, slice_of(data, size));
    return 0;
}
