/*
 * dmarc/uri.h: the reporting URIs of a record (RFC 9989 sections 4.6 and 4.8).
 */
#ifndef DMARC_URI_H
#define DMARC_URI_H

#include "base/arena.h"
#include "waybill/status.h"

/* A URI of RFC 3986, parts of what was parsed: text is "SCHEME:REST". */
struct dmarc_uri {
    struct slice text;
    struct slice scheme;
    struct slice rest; /* not empty: a scheme alone names nobody */
};

struct dmarc_uris {
    struct dmarc_uri *all;
    size_t n;
};

/*
 * One URI without white space around it; the obsolete size behind '!' is read and forgotten. False:
 * it is none, or has a ',' or '!' that is not encoded.
 */
bool dmarc_uri_parse(struct slice text, struct dmarc_uri *out);

/*
 * The valid ones of a list with commas, at most LIMIT_DMARC_URIS, of whatever scheme. Out has them
 * also where something is wrong with others: WAYBILL_SYNTAX: some are not valid; WAYBILL_LIMIT:
 * there are more.
 */
enum waybill_status dmarc_uris_parse(struct arena *arena, struct slice value,
                                     struct dmarc_uris *out);

#endif
