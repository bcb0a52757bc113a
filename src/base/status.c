#include "waybill/status.h"

#include <stddef.h>

const char *waybill_status_text(enum waybill_status status)
{
    static const char *const texts[] = {
        [WAYBILL_OK] = "no error",
        [WAYBILL_NOMEM] = "out of memory",
        [WAYBILL_MISUSE] = "a call out of order or with an argument its contract excludes",
        [WAYBILL_LIMIT] = "beyond a limit",
        [WAYBILL_SYNTAX] = "malformed text",
        [WAYBILL_CRYPTO] = "libcrypto refused an operation",
        [WAYBILL_REFUSED] = "refused",
    };
    return (size_t)status < sizeof texts / sizeof texts[0] ? texts[status] : "unknown status";
}
