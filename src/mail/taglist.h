/*
 * mail/taglist.h: tag lists (RFC 6376 section 3.2), strictly and exactly.
 */
#ifndef MAIL_TAGLIST_H
#define MAIL_TAGLIST_H

#include "base/arena.h"
#include "waybill/status.h"

struct tag {
    struct slice name;  /* as it stands */
    struct slice value; /* without FWS at both ends; may hold FWS inside */
    struct slice raw;   /* the value as it stands: all octets between '=' and ';' or the end */
    struct slice span;  /* the name to the end of raw */
};

struct taglist {
    struct tag *tags; /* in the order they stand */
    size_t n;
    const char *why; /* what is wrong, where WAYBILL_SYNTAX: static text, no final stop */
};

/*
 * Parses text, which the list points into. Tag names are compared with case and may stand only
 * once; a ';' at the end, and FWS behind it, is allowed, an empty tag is not; values hold VALCHAR
 * and FWS (RFC 6376), where a CR LF must be followed by white space, and, for RFC 8616, well-formed
 * UTF-8. Folds may follow one another. The list with no tag at all is an error. WAYBILL_SYNTAX sets
 * out->why to the first error, and the list then has the tags before it. Linear in the octets,
 * n log n in the tags.
 */
enum waybill_status taglist_parse(struct arena *arena, struct slice text, struct taglist *out);

/* The tag of this name, or NULL. */
const struct tag *taglist_find(const struct taglist *list, const char *name);

/* The next element of a colon-separated value (h=, q=, k=…), trimmed of FWS; false at the end.
 * *rest starts as the value, *done as false. The value "" gives one empty element. */
bool taglist_element(struct slice *rest, bool *done, struct slice *out);

#endif
