#include "check/from.h"

#include "base/limits.h"

/* Puts the mailboxes of one more field behind those that are there. */
static enum waybill_status add(struct arena *arena, const struct mailboxes *more,
                               struct mailboxes *out)
{
    struct mailbox *all = arena_array(arena, out->n + more->n, sizeof *all);
    if (!all)
        return WAYBILL_NOMEM;
    if (out->n)
        memcpy(all, out->all, out->n * sizeof *all);
    if (more->n)
        memcpy(all + out->n, more->all, more->n * sizeof *all);
    out->all = all;
    out->n += more->n;
    return WAYBILL_OK;
}

enum waybill_status from_read(struct arena *arena, struct header *header, struct mailboxes *out)
{
    struct names_range range = header_find(header, SLICE("From"));
    const char *why = range.n == 0  ? "there is no From field"
                      : range.n > 1 ? "there are several From fields"
                                    : NULL;
    *out = (struct mailboxes){NULL, 0, why};
    size_t n = range.n < LIMIT_FROM_FIELDS ? range.n : LIMIT_FROM_FIELDS;
    for (size_t i = 0; i < n; i++) {
        struct mailboxes more;
        const struct field *field = header_at(header, range.first + i);
        if (address_parse_list(arena, field->value, &more) == WAYBILL_NOMEM ||
            add(arena, &more, out) != WAYBILL_OK)
            return WAYBILL_NOMEM;
        if (!out->why)
            out->why = more.why;
    }
    return WAYBILL_OK;
}
