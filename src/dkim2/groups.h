/*
 * dkim2/groups.h: what a field's members come to together.
 *
 * "," wants all members of a group, "|" one of the groups (spec-08; before it there was one group).
 */
#ifndef DKIM2_GROUPS_H
#define DKIM2_GROUPS_H

#include "dkim2/draft.h"

/* A signature of s=, or a pair of hashes of h=. NONE: it is not to be counted. */
struct dkim2_member {
    enum waybill_result result;
    unsigned group;
};

/*
 * The result of a group: pass where all that count do and some does; NOT_EVALUATED where some are,
 * and none is worse; else by the draft's precedence. Where none counts it is fail.
 */
enum waybill_result dkim2_group_result(const struct dkim2_draft *draft,
                                       const struct dkim2_member *members, size_t n,
                                       unsigned group);

/* The result of the field: pass where a group does; temperror or NOT_EVALUATED where one that is so
 * might; else by precedence. */
enum waybill_result dkim2_groups_result(const struct dkim2_draft *draft,
                                        const struct dkim2_member *members, size_t n,
                                        size_t n_groups);

/* Of two results that are not pass the one that decides; NONE is none. */
enum waybill_result dkim2_worse(const struct dkim2_draft *draft, enum waybill_result a,
                                enum waybill_result b);

#endif
