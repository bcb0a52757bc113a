#include "io/dns_packet.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first octet chooses the type, the rest is the packet. What comes out is well-formed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum waybill_dns_type types[] = {WAYBILL_DNS_A, WAYBILL_DNS_PTR, WAYBILL_DNS_MX,
                                                  WAYBILL_DNS_TXT, WAYBILL_DNS_AAAA};
    struct arena arena = arena_new();
    struct waybill_answer answer;
    struct slice input = slice_of(data, size);
    enum waybill_dns_type type = types[size ? data[0] % (sizeof types / sizeof *types) : 0];
    if (dns_packet_parse(&arena, slice_from(input, 1), type, &answer) == WAYBILL_OK) {
        if ((answer.status == WAYBILL_ANSWERED) != (answer.n > 0))
            abort();
        for (size_t i = 0; i < answer.n; i++)
            if (type == WAYBILL_DNS_TXT && answer.data[i].n > size)
                abort();
    }
    arena_free(&arena);
    return 0;
}
