/* Received fields that claim to hold our own results (RFC 8601 section 5). */
#include "authres/authres.h"
#include "dns/name.h"
#include "record/record.h"

#include <stdlib.h>

/* As a name where it is one, so that U-labels and a final dot do not hide it. */
static enum waybill_status comparable(struct arena *arena, struct slice id, struct slice *out)
{
    enum waybill_status status = name_to_ascii(arena, id, out);
    if (status != WAYBILL_SYNTAX)
        return status;
    *out = id;
    return WAYBILL_OK;
}

static enum waybill_status claims(struct arena *arena, struct slice value, struct slice id,
                                  bool *out)
{
    struct authres results;
    struct slice claimed;
    *out = false;
    enum waybill_status status = authres_parse(arena, value, &results);
    if (status == WAYBILL_NOMEM || !results.authserv_id.p)
        return status == WAYBILL_NOMEM ? status : WAYBILL_OK;
    status = comparable(arena, results.authserv_id, &claimed);
    *out = status == WAYBILL_OK && slice_ieq(claimed, id);
    return status;
}

static enum waybill_status find(struct arena *arena, struct header *header,
                                struct names_range range, struct slice authserv_id,
                                struct waybill_claimed_field *list, size_t *n)
{
    struct slice id;
    enum waybill_status status = comparable(arena, authserv_id, &id);
    for (size_t i = 0; i < range.n && status == WAYBILL_OK; i++) {
        size_t position = header->index.entries[range.first + i].position;
        bool claimed;
        status = claims(arena, header->fields[position].value, id, &claimed);
        if (status == WAYBILL_OK && claimed)
            list[(*n)++] = (struct waybill_claimed_field){position, i + 1};
    }
    return status;
}

enum waybill_status waybill_record_claimed(const struct waybill_record *r, const char *authserv_id,
                                           struct waybill_claimed_field **list, size_t *n)
{
    struct header *header = message_header(r->message);
    struct names_range range = header_find(header, SLICE("Authentication-Results"));
    struct arena arena = arena_new();
    *list = NULL;
    *n = 0;
    if (range.n == 0)
        return WAYBILL_OK;
    struct waybill_claimed_field *all = calloc(range.n, sizeof *all);
    enum waybill_status status =
        all ? find(&arena, header, range, slice_str(authserv_id), all, n) : WAYBILL_NOMEM;
    arena_free(&arena);
    if (status == WAYBILL_OK && *n > 0) {
        *list = all;
        return WAYBILL_OK;
    }
    free(all);
    *n = 0;
    return status;
}
