#include "record/claims.h"

#include "arc/aar.h"
#include "arc/chain.h"

/* Where the domain stands, by preference (RFC 8601 section 2.7). */
static const struct {
    const char *ptype, *property;
} places[] = {{"header", "d"},      {"header", "i"},   {"header", "from"},
              {"smtp", "mailfrom"}, {"smtp", "mfrom"}, {"smtp", "helo"}};

static struct slice domain_of(struct slice value)
{
    size_t at = value.n;
    while (at > 0 && value.p[at - 1] != '@')
        at--;
    return slice_from(value, at);
}

static struct slice about(const struct authres_method *m)
{
    for (size_t p = 0; p < sizeof places / sizeof places[0]; p++)
        for (size_t i = 0; i < m->n; i++)
            if (slice_ieq(m->properties[i].ptype, slice_str(places[p].ptype)) &&
                slice_ieq(m->properties[i].property, slice_str(places[p].property)))
                return domain_of(m->properties[i].value);
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
