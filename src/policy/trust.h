/*
 * policy/trust.h: whom a receiver trusts, by domain.
 */
#ifndef POLICY_TRUST_H
#define POLICY_TRUST_H

#include "base/names.h"
#include "waybill/policy.h"

/* A text that was added, with its index; its patterns live as long as the policy. */
struct trust_text {
    struct trust_text *next;
    struct arena arena;
    struct trusted *lines;
    size_t n;
    struct names index;
};

struct trust {
    struct trust_text *texts; /* in the order they were added */
    unsigned roles;           /* every role that somebody is trusted in */
};

/* An empty one; allocates nothing. */
static inline struct trust trust_new(void)
{
    return (struct trust){NULL, 0};
}

void trust_free(struct trust *trust);

/* As waybill_policy_trust. */
enum waybill_status trust_add(struct trust *trust, struct slice text,
                              struct waybill_text_error *error);

/*
 * Whether the domain, in A-labels and of any case, is trusted in all of these roles (enum
 * waybill_trust_role, added up); a pattern may give one of them and another the other. The time
 * goes with its labels, not with the lines of the text.
 */
bool trust_has(const struct trust *trust, struct slice ascii_domain, unsigned roles);

/* The lines that speak of such a domain, the closest pattern first, up to `most` of them into
 * `out`; how many there are. */
size_t trust_lines(const struct trust *trust, struct slice ascii_domain,
                   struct waybill_trust_line *out, size_t most);

#endif
