/*
 * dkim2/path.h: paths of an envelope, in mf= and rt= and as they were used.
 */
#ifndef DKIM2_PATH_H
#define DKIM2_PATH_H

#include "base/arena.h"
#include "waybill/status.h"

/* A path: as it stands, and its parts. */
struct dkim2_path {
    struct slice text;
    struct slice local_part, domain; /* the domain in A-labels, lower case; empty: the null path */
};

/* A path with or without its brackets; a domain that IDNA does not know stays as it is.
 * WAYBILL_SYNTAX: it is none. */
enum waybill_status dkim2_path_read(struct arena *arena, struct slice text, struct dkim2_path *out);

static inline bool dkim2_path_is_null(const struct dkim2_path *path)
{
    return path->local_part.n == 0 && path->domain.n == 0;
}

/* Section 11.4: the local part octet for octet, the domain without case. */
static inline bool dkim2_path_same(const struct dkim2_path *a, const struct dkim2_path *b)
{
    return slice_eq(a->local_part, b->local_part) && slice_ieq(a->domain, b->domain);
}

#endif
