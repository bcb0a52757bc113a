/*
 * mail/header.h: the header of a message, field by field, as it was received.
 */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include "base/arena.h"
#include "base/names.h"
#include "waybill/status.h"

struct field {
    struct slice raw;     /* from the name to the final CRLF, both included */
    struct slice name;    /* without white space before the colon */
    struct slice value;   /* from behind the colon to before the final CRLF, folds and all */
    struct slice relaxed; /* canonical form with its CRLF; p is NULL until canon_relaxed made it */
};

struct header {
    struct field *fields; /* top first */
    size_t n;
    struct names index;
};

/* Octets of a field name: printable ASCII but the colon (RFC 5322 section 3.6.8). */
static inline bool octet_is_ftext(uint8_t c)
{
    return c >= 33 && c <= 126 && c != ':';
}

/* Length of the name a line begins with, if it is the first line of a field: ftext, white space
 * (obsolete, RFC 5322 section 4.5), a colon. 0: no field begins here. */
size_t header_name_length(struct slice line);

/* The positions of the fields of a name, top first: header->index.entries[first … first + n - 1].
 */
static inline struct names_range header_find(const struct header *header, struct slice name)
{
    return names_find(&header->index, name);
}

static inline struct field *header_at(const struct header *header, size_t entry)
{
    return &header->fields[header->index.entries[entry].position];
}

/* The first field of the name from the top, or NULL. */
static inline struct field *header_first(const struct header *header, struct slice name)
{
    struct names_range range = header_find(header, name);
    return range.n ? header_at(header, range.first) : NULL;
}

/*
 * Cuts octets into fields: complete lines with CRLF, each the first of a field or a continuation,
 * `n` fields in all. The header points into `octets`, which outlive it.
 */
enum waybill_status header_parse(struct arena *arena, struct slice octets, size_t n,
                                 struct header *out);

#endif
