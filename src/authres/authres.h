/*
 * authres/authres.h: the Authentication-Results field (RFC 8601), read and written.
 *
 * The same grammar serves ARC-Authentication-Results (RFC 8617 section 4.1.1), whose "i=N;" in
 * front the arc room takes off before it comes here.
 */
#ifndef AUTHRES_AUTHRES_H
#define AUTHRES_AUTHRES_H

#include "base/arena.h"
#include "base/buffer.h"
#include "waybill/status.h"

struct authres_property {
    struct slice ptype;    /* smtp, header, body, policy, or any other keyword, as it stands */
    struct slice property; /* mailfrom, d, i, b … as it stands */
    struct slice value;    /* quotes undone, comments left out; may be empty only if quoted */
};

struct authres_method {
    struct slice raw;    /* the octets of this resinfo, trimmed, without its ';' */
    struct slice method; /* spf, dkim, arc … as it stands */
    unsigned version;    /* method-version, 1 where absent */
    struct slice result; /* pass, fail … as it stands */
    struct slice reason; /* reason=, quotes undone; p is NULL where absent */
    struct slice
        comment; /* the first comment behind the result, without its parentheses; p NULL: none */
    struct authres_property *properties;
    size_t n;
};

struct authres {
    struct slice authserv_id; /* quotes undone, as it stands otherwise */
    unsigned version;         /* authres-version, 1 where absent */
    bool none;                /* "; none": no method was run */
    struct authres_method *methods;
    size_t n;
    const char *why; /* with WAYBILL_SYNTAX or WAYBILL_LIMIT: static text, no final stop */
    size_t at;       /* and the offset in the value where it was noticed */
};

/*
 * Parses a field's value. Everything points into `value` or the arena. Unknown methods, results,
 * ptypes and properties are kept. Linear in the octets; limits in base/limits.h.
 * WAYBILL_SYNTAX: the grammar of RFC 8601 section 2.2 does not give this text; what was
 * understood before the error is in *out. A version other than 1 is WAYBILL_SYNTAX too
 * (section 2.3: such a field is to be ignored).
 */
enum waybill_status authres_parse(struct arena *arena, struct slice value, struct authres *out);

/*
 * Writing. authres_begin puts "authserv-id" (quoted where it is no token); each authres_method adds
 * ";" CRLF SP "method=result"; the property and comment calls add to the method begun last;
 * authres_none is for a field without any. A value that is no token, dot-atom or address is
 * quoted, and octets that no quoted-string holds are written \xHH. Lines are folded before column
 * 78 where a space allows. `out` holds the field's value with CRLF folds, without the field name
 * and without a final CRLF; its ceiling is the caller's.
 */
struct authres_writer {
    struct buffer *out;
    size_t column;
};

void authres_begin(struct authres_writer *w, struct buffer *out, struct slice authserv_id);
void authres_method(struct authres_writer *w, const char *method, const char *result);
void authres_reason(struct authres_writer *w, struct slice reason);
void authres_comment(struct authres_writer *w, struct slice comment);
/* ptype and property are ours; value comes from a message. */
void authres_property(struct authres_writer *w, const char *ptype, const char *property,
                      struct slice value);
/* A finished resinfo as somebody else wrote it, put in whole (the AAR of RFC 8617). */
void authres_raw(struct authres_writer *w, struct slice resinfo);
void authres_none(struct authres_writer *w);

#endif
