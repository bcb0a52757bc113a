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
    struct slice raw;     /* the octets of this resinfo, trimmed, without its ';' */
    struct slice method;  /* spf, dkim, arc … as it stands */
    unsigned version;     /* method-version, 1 where absent; UINT_MAX also stands for more */
    struct slice result;  /* pass, fail … as it stands */
    struct slice reason;  /* reason=, quotes undone; p is NULL where absent */
    struct slice comment; /* the first behind the result, quoted-pairs and folds undone, without its
                             parentheses; p is NULL where there is none */
    struct authres_property *properties; /* all, repeated ones too, in order */
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
 * Parses a field's value; a CRLF that ends the field may be on it, and folds may be LF alone.
 * Everything points into `value` or the arena. Unknown methods, results, ptypes and properties are
 * kept. Linear in the octets; limits in base/limits.h.
 *
 * WAYBILL_SYNTAX: the grammar of RFC 8601 section 2.2 does not give this text. A version other
 * than 1 is WAYBILL_SYNTAX too (section 2.6: such a field is to be ignored); a method's version is
 * the caller's to look at. WAYBILL_LIMIT: too many octets, methods, properties of a method, or
 * comments in comments. With both, *out holds what was understood before: the methods up to the
 * fault, the last of them perhaps without its last words; they are for people, never for a policy.
 * An authserv-id that is refused for not being quoted is given too, for whoever removes forged
 * fields (section 5); a field that begins with a method, as Microsoft writes it, has none.
 *
 * More is accepted than the grammar gives where real senders need it:
 * - an unquoted property value is any run of octets other than white space, ';', '(', ')', '"' and
 *   control characters (header.b=ab/c+=, smtp.remote-ip=2001:db8::1);
 * - a ';' behind the last result;
 * - a reason behind the properties.
 * Octets above 0x7F stand where RFC 6532 has them, quoted-strings, comments and property values,
 * and are not checked to be UTF-8; an unquoted authserv-id or reason is a token, which has none.
 */
enum waybill_status authres_parse(struct arena *arena, struct slice value, struct authres *out);

/* The first property of this type and name, both without case, or NULL. */
const struct authres_property *authres_find(const struct authres_method *method, const char *ptype,
                                            const char *property);
/* What follows the last '@' of a property's value, all of it where there is none: the domain of an
 * address, or of a value that is a domain. */
struct slice authres_domain(struct slice value);

/*
 * Writing. authres_begin puts "authserv-id" (quoted where it is no token); each authres_method adds
 * ";" CRLF SP SP "method=result"; the reason, comment and property calls add to the method begun
 * last, separated by SP or CRLF and four SP; authres_none is for a field without any. No line
 * passes column 78 but for want of a space; within a comment or quoted-string a line breaks before
 * a space of the text, so that unfolding gives the text again. A method is a name or name/version.
 * `out` holds the field's value with CRLF folds, without the field name and without a final CRLF;
 * its ceiling is the caller's, and its status tells at the end whether all was written.
 *
 * Nothing written can leave its place: '"' and '\' in a quoted-string, '(', ')' and '\' in a
 * comment become quoted-pairs, and an octet that cannot stand (a control character, what is not
 * printable UTF-8, in a comment all that is not ASCII) is written as the text \xHH, whose backslash
 * is itself a quoted-pair: octet E9 is \\xE9 in the field and \xE9 to whoever parses it. A
 * backslash of the text is not doubled beyond its quoted-pair: what is printable is parsed as it
 * was given.
 */
struct authres_writer {
    struct buffer *out;
    size_t column;
};

void authres_begin(struct authres_writer *w, struct buffer *out, struct slice authserv_id);
void authres_method(struct authres_writer *w, const char *method, const char *result);
/* Both are for people: LIMIT_SHOWN_OCTETS octets of them are shown, then "..." where there is more.
 * An empty comment is not written. */
void authres_reason(struct authres_writer *w, struct slice reason);
void authres_comment(struct authres_writer *w, struct slice comment);
/*
 * ptype and property are ours; value comes from a message. Quoted unless it is a token or a plain
 * address, local part or not. A value that no line of 998 octets holds is not cut, for it would be
 * another: a comment in its place names the property and the length.
 */
void authres_property(struct authres_writer *w, const char *ptype, const char *property,
                      struct slice value);
/* A finished resinfo as somebody else wrote it (authres_method.raw of a field that parsed with
 * WAYBILL_OK), put in whole, its line ends made folds of CRLF (the AAR of RFC 8617). */
void authres_raw(struct authres_writer *w, struct slice resinfo);
void authres_none(struct authres_writer *w);

#endif
