#include "check/envelope.h"

#include "base/ip.h"

static enum waybill_status copy(struct arena *arena, const char *text, struct slice *out)
{
    if (!text)
        return WAYBILL_OK;
    return arena_copy(arena, slice_str(text), out) ? WAYBILL_OK : WAYBILL_NOMEM;
}

/* The address between its angle brackets, if it has them; "" is the null path. */
static enum waybill_status copy_path(struct arena *arena, const char *text, struct slice *out)
{
    struct mailbox mailbox;
    const char *why;
    if (!text)
        return WAYBILL_OK;
    struct slice path = slice_str(text);
    enum waybill_status status = address_parse_path(arena, path, &mailbox, &why);
    if (status != WAYBILL_OK)
        return status;
    if (path.n >= 2 && path.p[0] == '<')
        path = slice_sub(path, 1, path.n - 2);
    return arena_copy(arena, path, out) ? WAYBILL_OK : WAYBILL_NOMEM;
}

enum waybill_status envelope_read(struct arena *arena, const struct waybill_envelope *in,
                                  struct record_envelope *out)
{
    struct ip ip;
    *out = (struct record_envelope){.given = false};
    if (in->ip && !ip_parse(slice_str(in->ip), &ip))
        return WAYBILL_SYNTAX;
    out->rcpt_to = arena_array(arena, in->rcpts, sizeof *out->rcpt_to);
    enum waybill_status status = out->rcpt_to ? copy(arena, in->ip, &out->ip) : WAYBILL_NOMEM;
    if (status == WAYBILL_OK)
        status = copy(arena, in->helo, &out->helo);
    if (status == WAYBILL_OK)
        status = copy(arena, in->receiver, &out->receiver);
    if (status == WAYBILL_OK)
        status = copy_path(arena, in->mail_from, &out->mail_from);
    for (; out->rcpts < in->rcpts && status == WAYBILL_OK; out->rcpts++)
        status = copy_path(arena, in->rcpt_to[out->rcpts], &out->rcpt_to[out->rcpts]);
    out->given = status == WAYBILL_OK;
    return status;
}
