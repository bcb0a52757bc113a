#include "dkim2/path.h"

#include "dns/name.h"
#include "mail/address.h"

enum waybill_status dkim2_path_read(struct arena *arena, struct slice text, struct dkim2_path *out)
{
    struct mailbox mailbox;
    const char *why;
    *out = (struct dkim2_path){.text = text};
    enum waybill_status status = address_parse_path(arena, text, &mailbox, &why);
    if (status != WAYBILL_OK)
        return status;
    out->local_part = mailbox.local_part;
    status = name_to_ascii(arena, mailbox.domain, &out->domain);
    if (status == WAYBILL_SYNTAX)
        out->domain = mailbox.domain;
    return status == WAYBILL_SYNTAX ? WAYBILL_OK : status;
}
