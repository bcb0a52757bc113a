#include "policy/claim_reader.h"

#include "base/limits.h"

enum waybill_status claim_reader_new(struct arena *arena, struct claim_reader *out)
{
    *out =
        (struct claim_reader){.reads = arena_array(arena, LIMIT_CLAIM_READS, sizeof *out->reads),
                              .places = arena_array(arena, LIMIT_CLAIM_READS, sizeof *out->places)};
    return out->reads && out->places ? WAYBILL_OK : WAYBILL_NOMEM;
}

/* False where the place cannot be read: it is hidden, or one too many. */
static bool note(struct claim_reader *reader, const void *place, struct claim_read read)
{
    if (place == reader->hidden)
        return false;
    for (size_t i = 0; i < reader->n; i++)
        if (reader->places[i] == place)
            return true;
    if (reader->n == LIMIT_CLAIM_READS) {
        reader->full = true;
        return false;
    }
    reader->places[reader->n] = place;
    reader->reads[reader->n++] = read;
    return true;
}

bool claim_result_is(struct claim_reader *reader, unsigned instance, const struct authres_method *m,
                     struct slice result)
{
    struct claim_read read = {.instance = instance, .method = m->method, .value = m->result};
    return note(reader, m, read) && slice_ieq(m->result, result);
}

struct slice claim_property(struct claim_reader *reader, unsigned instance,
                            const struct authres_method *m, const char *ptype, const char *property)
{
    const struct authres_property *found = authres_find(m, ptype, property);
    if (!found || !note(reader, found,
                        (struct claim_read){.instance = instance,
                                            .method = m->method,
                                            .ptype = found->ptype,
                                            .property = found->property,
                                            .value = found->value}))
        return (struct slice){NULL, 0};
    return found->value;
}
