#include "arc/aar.h"

#include "base/cursor.h"
#include "base/limits.h"

/* "i=N;" in front, with white space between (section 4.1.1). */
static unsigned take_instance(struct cursor *c)
{
    uint64_t instance;
    cursor_while(c, octet_is_fws);
    if (!cursor_accept(c, 'i'))
        return 0;
    cursor_while(c, octet_is_fws);
    if (!cursor_accept(c, '='))
        return 0;
    cursor_while(c, octet_is_fws);
    struct slice digits = cursor_while(c, octet_is_digit);
    cursor_while(c, octet_is_fws);
    if (!cursor_accept(c, ';') || !slice_number(digits, 2, &instance) || instance > LIMIT_ARC_SETS)
        return 0;
    return (unsigned)instance;
}

enum waybill_status arc_aar_parse(struct arena *arena, struct slice value, struct arc_aar *out)
{
    struct cursor c = cursor_new(value);
    *out = (struct arc_aar){.instance = take_instance(&c)};
    enum waybill_status status = authres_parse(arena, cursor_rest(&c), &out->results);
    out->parsed = status == WAYBILL_OK;
    return status == WAYBILL_NOMEM ? status : WAYBILL_OK;
}
