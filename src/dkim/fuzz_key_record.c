/* A TXT answer of one or two records, cut at the first NUL. */
#include "dkim/key_record.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static bool within(struct slice part, struct slice whole)
{
    return !part.p || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = arena_new();
    struct slice all = slice_of(data, size);
    size_t cut = slice_find(all, 0, 0);
    struct slice first = slice_sub(all, 0, cut), second = slice_from(all, cut + 1);
    const struct waybill_datum records[] = {{(const char *)first.p, first.n},
                                            {(const char *)second.p, second.n}};
    struct waybill_answer answer = WAYBILL_ANSWER(WAYBILL_ANSWERED);
    struct key_record one, chosen;
    answer.data = records;
    answer.n = cut < size ? 2 : 1;
    must(key_record_parse(&arena, first, &one) == WAYBILL_OK);
    must(key_record_choose(&arena, &answer, &chosen) == WAYBILL_OK);
    must(one.why || (within(one.key, first) && within(one.hashes, first)));
    must(chosen.why || (within(chosen.key, all) && within(chosen.hashes, all)));
    /* One record alone is chosen, or says the same of itself. */
    must(answer.n > 1 || (!one.why == !chosen.why && slice_eq(one.key, chosen.key)));
    key_record_admits(&one, DIGEST_SHA256);
    arena_free(&arena);
    return 0;
}
