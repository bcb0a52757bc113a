#include "dmarc/walk.h"

#include "base/buffer.h"
#include "dns/name.h"

#define PREFIX "_dmarc."

/* Places by the hash of their names: a check at its limits has some hundred. */
enum { BUCKETS = 64 };

struct dmarc_walks {
    struct arena *arena;
    struct questions *questions;
    struct dmarc_walk *walks;
    struct dmarc_place *places[BUCKETS];
};

struct dmarc_walks *dmarc_walks_new(struct arena *arena, struct questions *questions)
{
    struct dmarc_walks *walks = arena_alloc(arena, sizeof *walks);
    if (walks)
        *walks = (struct dmarc_walks){.arena = arena, .questions = questions};
    return walks;
}

/* --- the names -------------------------------------------------------------------------------- */

static size_t count_labels(struct slice name)
{
    size_t n = 1;
    for (size_t i = 0; i < name.n; i++)
        n += name.p[i] == '.';
    return n;
}

/* Without its first label; empty where there is one only. */
static struct slice parent(struct slice name)
{
    return slice_from(name, slice_find(name, '.', 0) + 1);
}

/* Steps 3, 4 and 7: the second name of a long domain has seven labels. */
static size_t list_names(struct slice domain, struct slice names[LIMIT_DMARC_WALK])
{
    size_t n = 0, labels = count_labels(domain);
    names[n++] = domain;
    do {
        domain = parent(domain);
        labels--;
    } while (labels >= LIMIT_DMARC_WALK);
    for (; domain.n > 0 && n < LIMIT_DMARC_WALK; domain = parent(domain))
        names[n++] = domain;
    return n;
}

/* The name one label longer than `name`, which `domain` lies below. */
static struct slice one_below(struct slice domain, struct slice name)
{
    size_t from = domain.n - name.n - 1;
    while (from > 0 && domain.p[from - 1] != '.')
        from--;
    return slice_from(domain, from);
}

/* --- asking ----------------------------------------------------------------------------------- */

/* The place of a question; one for each that cannot be asked. */
static struct dmarc_place *find_place(struct dmarc_walks *w, struct asked *asked)
{
    struct dmarc_place **bucket = asked ? &w->places[asked->hash % BUCKETS] : NULL;
    for (struct dmarc_place *p = bucket ? *bucket : NULL; p; p = p->next)
        if (p->asked == asked)
            return p;
    struct dmarc_place *p = arena_alloc(w->arena, sizeof *p);
    if (!p)
        return NULL;
    p->asked = asked;
    if (bucket) {
        p->next = *bucket;
        *bucket = p;
    }
    return p;
}

static enum waybill_status ask(struct dmarc_walks *w, struct slice name, unsigned wave,
                               struct dmarc_place **out)
{
    uint8_t octets[sizeof PREFIX - 1 + LIMIT_NAME_OCTETS];
    struct buffer full = buffer_over(octets, sizeof octets);
    struct asked *asked = NULL;
    buffer_add_str(&full, PREFIX);
    buffer_add(&full, name);
    bool fits = full.status == WAYBILL_OK && name_fits(buffer_slice(&full));
    enum waybill_status status =
        fits ? questions_ask(w->questions, WAYBILL_DNS, buffer_slice(&full), WAYBILL_DNS_TXT,
                             (struct slice){NULL, 0}, wave, &asked)
             : WAYBILL_OK;
    if (status != WAYBILL_OK)
        return status;
    *out = find_place(w, asked);
    if (!*out)
        return WAYBILL_NOMEM;
    (*out)->refused = fits && !asked;
    return WAYBILL_OK;
}

static struct dmarc_walk *find_walk(const struct dmarc_walks *w, struct slice domain)
{
    struct dmarc_walk *walk = w->walks;
    while (walk && !slice_eq(walk->names[0], domain))
        walk = walk->next;
    return walk;
}

bool dmarc_walks_has(const struct dmarc_walks *walks, struct slice domain)
{
    return find_walk(walks, domain) != NULL;
}

static enum waybill_status ask_all(struct dmarc_walks *w, struct dmarc_walk *walk, unsigned wave)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < walk->n && status == WAYBILL_OK; i++)
        status = ask(w, walk->names[i], wave, &walk->places[i]);
    walk->wave = wave;
    return status;
}

enum waybill_status dmarc_walks_ask(struct dmarc_walks *walks, struct slice domain, unsigned wave,
                                    struct dmarc_walk **out)
{
    struct dmarc_walk *walk = *out = find_walk(walks, domain);
    if (walk)
        return wave < walk->wave ? ask_all(walks, walk, wave) : WAYBILL_OK;
    walk = arena_alloc(walks->arena, sizeof *walk);
    if (!walk || !arena_copy(walks->arena, domain, &domain))
        return WAYBILL_NOMEM;
    walk->n = list_names(domain, walk->names);
    enum waybill_status status = ask_all(walks, walk, wave);
    if (status != WAYBILL_OK)
        return status;
    walk->next = walks->walks;
    *out = walks->walks = walk;
    return WAYBILL_OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

static const char *trouble_of(const struct dmarc_place *p)
{
    if (p->refused)
        return "DMARC record not available: too many questions";
    if (p->asked && p->asked->answer.status == WAYBILL_SERVFAIL)
        return "DMARC record not available: the DNS failed";
    if (p->asked && p->asked->answer.status == WAYBILL_TIMEOUT)
        return "DMARC record not available: no answer in time";
    return NULL;
}

/* Reads what stands at the walk's i-th name, if that is known: out->state says, out->record has it.
 */
static enum waybill_status look(struct dmarc_walks *w, struct dmarc_walk *walk, size_t i,
                                struct dmarc_finding *out)
{
    struct dmarc_place *p = walk->places[i];
    out->state = DMARC_FOUND_OPEN;
    out->record = NULL;
    if (p->asked && !p->asked->answered)
        return WAYBILL_OK;
    if (p->asked)
        p->asked->used = true;
    out->why = trouble_of(p);
    out->state = out->why ? DMARC_FOUND_TEMPERROR : DMARC_FOUND_ALL;
    if (out->why)
        return WAYBILL_OK;
    enum waybill_status status = WAYBILL_OK;
    if (p->asked && !p->read)
        status = dmarc_record_find(w->arena, &p->asked->answer, &p->record, &p->several);
    p->read = status == WAYBILL_OK;
    out->record = p->record;
    out->several |= p->several;
    return status;
}

enum waybill_status dmarc_walk_first(struct dmarc_walks *walks, struct dmarc_walk *walk,
                                     struct dmarc_finding *out)
{
    *out = (struct dmarc_finding){.at = walk->names[0]};
    return look(walks, walk, 0, out);
}

/* Section 4.10.2, with the record found at the i-th name; whether the walk stops there (4.10, steps
 * 2 and 6). What out has is of longer names. */
static bool take_record(const struct dmarc_walk *walk, size_t i, const struct dmarc_record *record,
                        struct dmarc_finding *out)
{
    out->organisation = walk->names[i];
    if (record->psd == DMARC_PSD_YES && i > 0) {
        out->organisation = one_below(walk->names[0], walk->names[i]);
        if (out->record && slice_eq(out->at, out->organisation))
            return true; /* a PSD speaks only for organisations that are silent (4.10.1) */
    }
    out->record = record;
    out->at = walk->names[i];
    return record->psd != DMARC_PSD_UNKNOWN;
}

enum waybill_status dmarc_walk_all(struct dmarc_walks *walks, struct dmarc_walk *walk,
                                   struct dmarc_finding *out)
{
    struct dmarc_finding here = {0};
    bool stops = false;
    *out = (struct dmarc_finding){.state = DMARC_FOUND_ALL, .organisation = walk->names[0]};
    for (size_t i = 0; i < walk->n && !stops; i++) {
        enum waybill_status status = look(walks, walk, i, &here);
        if (status != WAYBILL_OK || here.state != DMARC_FOUND_ALL) {
            *out = here;
            return status;
        }
        stops = here.record && take_record(walk, i, here.record, out);
    }
    out->several = here.several;
    return WAYBILL_OK;
}
