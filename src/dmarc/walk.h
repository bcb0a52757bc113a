/*
 * dmarc/walk.h: the DNS Tree Walk (RFC 9989 section 4.10).
 *
 * A walk asks for all its names at once and reads of the answers, in the order of the names, what
 * it comes to; only that is then marked as used. Walks of different domains share names: what
 * stands at a name is read once.
 */
#ifndef DMARC_WALK_H
#define DMARC_WALK_H

#include "base/limits.h"
#include "dmarc/record.h"

/* What stands at "_dmarc." and a name. */
struct dmarc_place {
    struct asked *asked; /* NULL: nobody can be asked */
    bool refused;        /* by a limit; else no packet holds the name: nothing is there */
    bool read;
    const struct dmarc_record *record; /* NULL: none, or several */
    bool several;
    struct dmarc_place *next; /* of those with a like hash */
};

struct dmarc_walk {
    struct slice names[LIMIT_DMARC_WALK]; /* parts of the first, the longest first */
    struct dmarc_place *places[LIMIT_DMARC_WALK];
    size_t n;
    unsigned wave;
    struct dmarc_walk *next;
};

/* A table without walks; what it gives lives in the arena. NULL: out of memory. */
struct dmarc_walks *dmarc_walks_new(struct arena *arena, struct questions *questions);

/* Whether the walk of this domain was asked for. */
bool dmarc_walks_has(const struct dmarc_walks *walks, struct slice domain);

/* The walk that starts at a domain, in A-labels and lower case and not empty; asks for what is not
 * asked for in this wave or an earlier one. */
enum waybill_status dmarc_walks_ask(struct dmarc_walks *walks, struct slice domain, unsigned wave,
                                    struct dmarc_walk **out);

enum dmarc_found { DMARC_FOUND_OPEN, DMARC_FOUND_ALL, DMARC_FOUND_TEMPERROR };

struct dmarc_finding {
    enum dmarc_found state;
    const char *why; /* of a temporary error */
    /* The rest holds of FOUND_ALL only. */
    struct slice organisation; /* section 4.10.2 */
    /* That of the Organizational Domain, else of the Public Suffix Domain (4.10.1): what applies to
     * a domain that has none of its own. NULL: none. */
    const struct dmarc_record *record;
    struct slice at; /* where the record stands */
    bool several;    /* records were discarded, since several stood at one name */
};

/* The first name alone: the domain's own record. */
enum waybill_status dmarc_walk_first(struct dmarc_walks *walks, struct dmarc_walk *walk,
                                     struct dmarc_finding *out);
/* The walk from its start to where it stops. */
enum waybill_status dmarc_walk_all(struct dmarc_walks *walks, struct dmarc_walk *walk,
                                   struct dmarc_finding *out);

#endif
