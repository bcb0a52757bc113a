#include "mail/header.h"

size_t header_name_length(struct slice line)
{
    size_t name = 0;
    while (name < line.n && octet_is_ftext(line.p[name]))
        name++;
    size_t colon = name;
    while (colon < line.n && octet_is_wsp(line.p[colon]))
        colon++;
    return colon < line.n && line.p[colon] == ':' ? name : 0;
}

/* Offset behind the CRLF that ends the field which starts at `from`: the next one that no white
 * space follows. */
static size_t field_end(struct slice octets, size_t from)
{
    size_t at = from;
    do
        at = slice_find(octets, '\n', at) + 1;
    while (at < octets.n && (octets.p[at - 2] != '\r' || octet_is_wsp(octets.p[at])));
    return at;
}

enum waybill_status header_parse(struct arena *arena, struct slice octets, size_t n,
                                 struct header *out)
{
    *out = (struct header){.fields = arena_array(arena, n, sizeof(struct field)), .n = n};
    if (!out->fields)
        return WAYBILL_NOMEM;
    for (size_t i = 0, at = 0; i < n; i++) {
        size_t end = field_end(octets, at);
        struct field *f = &out->fields[i];
        f->raw = slice_sub(octets, at, end - at);
        size_t colon = slice_find(f->raw, ':', 0);
        f->name = slice_sub(f->raw, 0, colon);
        while (octet_is_wsp(f->name.p[f->name.n - 1]))
            f->name.n--;
        f->value = slice_sub(f->raw, colon + 1, f->raw.n - colon - 3);
        at = end;
    }
    return names_make(arena, &out->fields[0].name, sizeof out->fields[0], n, &out->index);
}
