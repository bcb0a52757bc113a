/*
 * authres/dump.h: a parsed field as one line of text, for tests to compare.
 *
 * authserv-id[ version]; method/version=result [reason=<text>] [(comment)] ptype.property=<value>
 */
#ifndef AUTHRES_DUMP_H
#define AUTHRES_DUMP_H

#include "authres/authres.h"

static inline void dump_between(struct buffer *b, const char *open, struct slice text,
                                const char *close)
{
    buffer_add_str(b, open);
    buffer_add_escaped(b, text);
    buffer_add_str(b, close);
}

static inline void dump_method(struct buffer *b, const struct authres_method *m)
{
    dump_between(b, "; ", m->method, "/");
    buffer_add_number(b, m->version);
    dump_between(b, "=", m->result, "");
    if (m->reason.p)
        dump_between(b, " reason=<", m->reason, ">");
    if (m->comment.n > 0)
        dump_between(b, " (", m->comment, ")");
    for (size_t i = 0; i < m->n; i++) {
        dump_between(b, " ", m->properties[i].ptype, ".");
        dump_between(b, "", m->properties[i].property, "=<");
        dump_between(b, "", m->properties[i].value, ">");
    }
}

static inline void dump_field(struct buffer *b, const struct authres *a)
{
    buffer_add_escaped(b, a->authserv_id);
    if (a->version != 1)
        buffer_printf(b, " %u", a->version);
    for (size_t i = 0; i < a->n; i++)
        dump_method(b, &a->methods[i]);
    if (a->none)
        buffer_add_str(b, "; none");
}

#endif
