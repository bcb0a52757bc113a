#include "record/claims.h"

#include "arc/aar.h"
#include "arc/chain.h"

/* Where the domain stands, by preference (RFC 8601 section 2.7). */
static const struct {
    const char *ptype, *property;
} places[] = {{"header", "d"},      {"header", "i"},   {"header", "from"},
              {"smtp", "mailfrom"}, {"smtp", "mfrom"}, {"smtp", "helo"}};

static struct slice about(const struct authres_method *m)
{
    for (size_t p = 0; p < sizeof places / sizeof places[0]; p++) {
        const struct authres_property *found = authres_find(m, places[p].ptype, places[p].property);
        if (found)
            return authres_domain(found->value);
    }
    return (struct slice){NULL, 0};
}

bool record_next_claim(const struct arc_set *set, size_t *i, struct shown_claim *out)
{
    if (!set->aar || *i >= set->aar->results.n)
        return false;
    const struct authres_method *m = &set->aar->results.methods[(*i)++];
    *out = (struct shown_claim){m->method, m->result, about(m)};
    return true;
}
