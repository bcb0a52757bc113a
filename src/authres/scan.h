/*
 * authres/scan.h: the words of an Authentication-Results field: CFWS, keywords, quoted-strings.
 *
 * Octets above 0x7F stand in comments, quoted-strings and property values as RFC 6532 allows; that
 * they are well-formed UTF-8 is not checked, and who shows them escapes them.
 */
#ifndef AUTHRES_SCAN_H
#define AUTHRES_SCAN_H

#include "base/arena.h"
#include "base/cursor.h"
#include "waybill/status.h"

/*
 * Every call that returns bool has, when false, set status and why, and left the cursor where the
 * fault was noticed.
 */
struct authres_scan {
    struct cursor c;
    struct arena *arena;
    enum waybill_status status;
    const char *why;
    struct slice comment; /* the first comment met while note_comment was set, as received */
    bool note_comment;
};

/* Always false, so that a scanner ends with `return authres_scan_fail(…)`. */
bool authres_scan_fail(struct authres_scan *s, enum waybill_status status, const char *why);

/* [CFWS] of RFC 5322 section 3.2.2; folds are CRLF or, as milters have it, LF alone. */
bool authres_scan_cfws(struct authres_scan *s);
/* [CFWS] and then whether `c` is next; it is taken. */
bool authres_scan_accept(struct authres_scan *s, uint8_t c, bool *found);
/* Keyword of RFC 5321 section 4.1.2: letters, digits and "-", the last no "-". */
bool authres_scan_keyword(struct authres_scan *s, struct slice *out, const char *why);
/* 1*DIGIT; a number beyond UINT_MAX gives UINT_MAX. */
bool authres_scan_number(struct authres_scan *s, unsigned *out, const char *why);
/* A quoted-string whose DQUOTE is next; *raw is what stands between the quotes. */
bool authres_scan_quoted(struct authres_scan *s, struct slice *raw);
/* "value" of RFC 2045 section 5.1: a token or a quoted-string, which is undone. */
bool authres_scan_value(struct authres_scan *s, struct slice *out, const char *why);

/*
 * The text of a comment or quoted-string: quoted-pairs and folds undone, other white space as it
 * stands. Writes to `to`, which has room for raw.n octets, unless it is NULL; returns the length.
 */
size_t authres_scan_undo(struct slice raw, uint8_t *to);
/* The same as a slice of `raw` where nothing is to undo, else in the arena. */
bool authres_scan_text(struct authres_scan *s, struct slice raw, struct slice *out);

/* What a token of RFC 2045 section 5.1 is made of. */
bool authres_is_token_octet(uint8_t c);
/* What an unquoted property value is made of (authres.h). */
bool authres_is_value_octet(uint8_t c);

#endif
