#include "policy/facts.h"

#include "arc/claims.h"
#include "base/limits.h"
#include "dns/name.h"
#include "mail/received.h"

/* Organisations that Received fields below the first set are counted to: more are not told apart.
 */
enum { ORGANISATIONS_MOST = 16 };
/* That many handlers before the first set are no author's way out any more (S-55). */
enum { HANDLERS_OF_AN_AUTHOR = 1 };

static bool related(struct slice a, struct slice b)
{
    return a.n && b.n && (name_is_within(a, b) || name_is_within(b, a));
}

/* The last two labels: enough to count organisations by. Two that share a public suffix of two
 * labels count as one: rather one too few than a flag too much. */
static struct slice organisation(struct slice name)
{
    size_t dots = 0, at = name.n;
    while (at > 0 && (name.p[at - 1] != '.' || ++dots < 2))
        at--;
    return slice_from(name, at);
}

static bool is_of_author(const struct waybill_record *r, struct slice name)
{
    for (size_t i = 0; i < r->dmarc.n; i++)
        if (slice_ieq(organisation(r->dmarc.authors[i].domain), organisation(name)))
            return true;
    return false;
}

/* --- who is trusted (S-52) -------------------------------------------------------------------- */

static unsigned first_untrusted(const struct waybill_policy *policy,
                                const struct arc_validated *chain)
{
    unsigned i = arc_validated_sets(chain);
    while (i > 0 && trust_has(&policy->trust, arc_sealer(chain, i), WAYBILL_TRUST_SEALER))
        i--;
    return i;
}

/* --- was the chain begun anew (S-55, S-56) -----------------------------------------------------
 */

/* Whether the first sealer says that a chain was there when it came. */
static bool reports_a_chain(const struct arc_validated *chain)
{
    const struct authres *claims = arc_claims(chain, 1);
    for (size_t i = 0; claims && i < claims->n; i++)
        if (slice_ieq(claims->methods[i].method, SLICE("arc")) &&
            !slice_ieq(claims->methods[i].result, SLICE("none")))
            return true;
    return false;
}

/* Whether somebody who is neither the author nor the first sealer signed before it sealed. */
static bool has_older_signature(const struct waybill_record *r, size_t first_seal,
                                struct slice sealer)
{
    for (size_t i = 0; i < r->dkim.n; i++) {
        const struct signature *s = r->dkim.signatures[i];
        if (s->position > first_seal && s->ascii_domain.n && !related(s->ascii_domain, sealer) &&
            !is_of_author(r, s->ascii_domain))
            return true;
    }
    return false;
}

static bool is_listed(const struct slice *list, size_t n, struct slice name)
{
    for (size_t i = 0; i < n; i++)
        if (slice_ieq(list[i], name))
            return true;
    return false;
}

static size_t count_handlers(const struct waybill_record *r, size_t first_seal, struct slice sealer)
{
    struct header *header = message_header(r->message);
    struct names_range range = header_find(header, SLICE("Received"));
    struct slice seen[ORGANISATIONS_MOST];
    size_t n = 0;
    for (size_t i = 0; i < range.n && n < ORGANISATIONS_MOST; i++) {
        if (header->index.entries[range.first + i].position < first_seal)
            continue;
        struct slice by = received_by(header_at(header, range.first + i)->value);
        struct slice of = organisation(by);
        if (name_is_domain(by) && !slice_ieq(of, organisation(sealer)) && !is_of_author(r, by) &&
            !is_listed(seen, n, of))
            seen[n++] = of;
    }
    return n;
}

static void find_restart(const struct waybill_record *r, const struct arc_validated *chain,
                         struct chain_facts *out)
{
    size_t first_seal = r->arc.sets[0].seal->position;
    struct slice sealer = arc_sealer(chain, 1);
    out->handlers_before = count_handlers(r, first_seal, sealer);
    if (reports_a_chain(chain))
        out->restarted = "the first set reports a chain that is not there";
    else if (has_older_signature(r, first_seal, sealer))
        out->restarted = "a signature of somebody else is older than the first set";
    else if (out->handlers_before > HANDLERS_OF_AN_AUTHOR)
        out->restarted = "Received fields older than the first set name more handlers";
}

/* --- does the client fit the chain (S-61) ------------------------------------------------------
 */

static void compare_client(const struct waybill_record *r, struct slice newest,
                           struct chain_facts *out)
{
    const struct record_envelope *e = &r->envelope;
    struct slice sender = authres_domain(e->mail_from);
    out->client_known = e->helo.p || e->mail_from.n;
    if (e->helo.p && related(e->helo, newest))
        out->client_is_sealer = "helo";
    else if (e->mail_from.n && related(sender, newest))
        out->client_is_sealer = "mail-from";
}

/* --- are the signatures still there that the sets report (S-62) ---------------------------------
 */

/* Whether two texts of base64 begin alike, white space aside. */
static bool begins(struct slice whole, struct slice with)
{
    size_t at = 0;
    for (size_t i = 0; i < with.n; i++) {
        while (at < whole.n && octet_is_fws(whole.p[at]))
            at++;
        if (at == whole.n || whole.p[at++] != with.p[i])
            return false;
    }
    return true;
}

static bool is_reported(const struct signature *s, const struct authres_method *m,
                        struct slice domain)
{
    const struct authres_property *selector = authres_find(m, "header", "s");
    const struct authres_property *octets = authres_find(m, "header", "b");
    const struct tag *b = taglist_find(&s->tags, "b");
    return (slice_ieq(s->domain, domain) || slice_ieq(s->ascii_domain, domain)) &&
           (!selector || slice_ieq(s->selector, selector->value)) &&
           (!octets || (b && begins(b->raw, octets->value)));
}

static bool is_there(const struct waybill_record *r, const struct authres_method *m,
                     struct slice domain)
{
    for (size_t i = 0; i < r->dkim.n; i++)
        if (is_reported(r->dkim.signatures[i], m, domain))
            return true;
    return false;
}

static void find_gone_of(const struct waybill_record *r, const struct arc_validated *chain,
                         unsigned instance, struct chain_facts *out)
{
    const struct authres *claims = arc_claims(chain, instance);
    for (size_t i = 0; claims && i < claims->n && out->n_gone < LIMIT_CLAIMS_GONE; i++) {
        const struct authres_method *m = &claims->methods[i];
        const struct authres_property *d = authres_find(m, "header", "d");
        const struct authres_property *s = authres_find(m, "header", "s");
        if (!slice_ieq(m->method, SLICE("dkim")) || !d || is_there(r, m, d->value))
            continue;
        out->gone[out->n_gone++] =
            (struct claim_gone){instance, d->value, s ? s->value : (struct slice){NULL, 0}};
    }
}

/* Fields beyond the limit were not read: whether one is there cannot be said then. */
static enum waybill_status find_gone(struct arena *arena, const struct waybill_record *r,
                                     const struct arc_validated *chain, struct chain_facts *out)
{
    out->gone = arena_array(arena, LIMIT_CLAIMS_GONE, sizeof *out->gone);
    if (!out->gone)
        return WAYBILL_NOMEM;
    for (unsigned i = 1; i <= arc_validated_sets(chain) && r->dkim.beyond == 0; i++)
        find_gone_of(r, chain, i, out);
    return WAYBILL_OK;
}

enum waybill_status facts_find(const struct waybill_policy *policy, struct evaluation *e,
                               const struct waybill_record *r, struct chain_facts *out)
{
    const struct arc_validated *chain = arc_validated(&r->arc);
    if (!chain || out->known)
        return WAYBILL_OK;
    *out = (struct chain_facts){.known = true, .first_untrusted = first_untrusted(policy, chain)};
    find_restart(r, chain, out);
    compare_client(r, arc_sealer(chain, arc_validated_sets(chain)), out);
    return find_gone(e->arena, r, chain, out);
}
