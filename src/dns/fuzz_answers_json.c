#include "dns/fuzz_answers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_answers(answers_json_read, slice_of(data, size));
    return 0;
}
