/*
 * cli/hops.h: the signatures and sets of a record as hops: who handled the message, oldest first.
 *
 * Every handler writes on top, so the order of the fields from the bottom up is the order of time.
 * Neighbours of one domain, or of a domain and one below it, are one hop.
 */
#ifndef CLI_HOPS_H
#define CLI_HOPS_H

#include "record/record.h"

/* Something a hop did: exactly one of the three is set. */
struct deed {
    const struct signature *signature; /* a DKIM signature */
    const struct arc_set *set;
    const struct dkim2_signature *custody;
};

struct hop {
    struct slice domain; /* of its last deed */
    const struct deed *deeds;
    size_t n;
    bool has_time;
    uint64_t time; /* seconds since 1970 UTC that the hop claims */
};

struct hops {
    struct hop *all;
    size_t n;
};

enum waybill_status hops_find(struct arena *arena, const struct waybill_record *record,
                              struct hops *out);

#endif
