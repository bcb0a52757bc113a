/*
 * mail/canon.h: the canonical forms of RFC 6376 section 3.4.
 */
#ifndef MAIL_CANON_H
#define MAIL_CANON_H

#include "base/arena.h"
#include "mail/header.h"

enum canon {
    CANON_SIMPLE,
    CANON_RELAXED,
    CANON_FORMS,
};

/* "simple", "relaxed"; and back: false is neither. */
const char *canon_text(enum canon form);
bool canon_find(struct slice name, enum canon *out);

/* --- header (sections 3.4.1, 3.4.2) ------------------------------------------------------------
 */

/* The canonical form of a field with its final CRLF. The relaxed form is made once and kept. */
enum waybill_status canon_field(struct arena *arena, struct field *field, enum canon form,
                                struct slice *out);

/*
 * The same of a signature's own field: the octets of `cut`, which lie in its value, are left out
 * (b= is hashed as if empty, section 3.7) and the final CRLF is not there.
 */
enum waybill_status canon_field_without(struct arena *arena, const struct field *field,
                                        enum canon form, struct slice cut, struct slice *out);

/* --- body (sections 3.4.3, 3.4.4) --------------------------------------------------------------
 */

/* Where canonical octets go: a run that is only valid during the call. */
struct canon_sink {
    enum waybill_status (*take)(void *self, struct slice run);
    void *self;
};

/*
 * A body under way. Runs that need no change are given to the sink where they stand, however long;
 * short ones are gathered first, where there is room. Zero but for `form`, `sink` and the room is
 * the start of a body.
 */
struct canon_body {
    enum canon form;
    struct canon_sink sink;
    bool wsp;       /* relaxed: white space seen whose fate the next octet decides */
    bool cr;        /* the last octet was a CR whose LF may follow */
    bool any;       /* some octet that is no line end has been given out */
    uint64_t crlfs; /* line ends held back: they count only if something follows */
    uint8_t *gathered;
    size_t room, n_gathered;
};

enum waybill_status canon_body_update(struct canon_body *body, struct slice octets);
/* The end of the body: closes its last line. An empty body is CRLF when simple, nothing when
 * relaxed. */
enum waybill_status canon_body_final(struct canon_body *body);

#endif
