#include "dkim2/fields.h"

#include "mail/canon.h"

#include <stdlib.h>

static int by_name(const void *a, const void *b)
{
    const struct dkim2_named *const *one = a, *const *other = b;
    int first = (*one)->name.p[0] - (*other)->name.p[0]; /* most names differ there */
    return first ? first : slice_cmp((*one)->name, (*other)->name);
}

static enum waybill_status lower(struct arena *arena, struct slice name, struct slice *out)
{
    uint8_t *p = arena_alloc(arena, name.n);
    if (!p)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < name.n; i++)
        p[i] = octet_lower(name.p[i]);
    *out = slice_of(p, name.n);
    return WAYBILL_OK;
}

static struct dkim2_named *named_new(struct arena *arena, struct slice name, size_t n)
{
    struct dkim2_named *named = arena_alloc(arena, sizeof *named);
    if (!named)
        return NULL;
    *named = (struct dkim2_named){name, arena_array(arena, n, sizeof *named->values), 0};
    return named->values ? named : NULL;
}

/* --- of a header ------------------------------------------------------------------------------ */

/* What dkim2_fields_read fills: room for every field, got at once. */
struct reading {
    struct dkim2_named *named;
    struct dkim2_value *values;
    size_t n_values;
};

static enum waybill_status reading_new(struct arena *arena, size_t n, struct reading *out,
                                       struct dkim2_fields *fields)
{
    *out = (struct reading){arena_array(arena, n, sizeof *out->named),
                            arena_array(arena, n, sizeof *out->values), 0};
    *fields = (struct dkim2_fields){arena_array(arena, n, sizeof(struct dkim2_named *)), 0};
    return out->named && out->values && fields->all ? WAYBILL_OK : WAYBILL_NOMEM;
}

/* The fields of one name are n neighbours in the index, the topmost first. */
static enum waybill_status read_named(struct arena *arena, struct reading *reading,
                                      struct header *header, size_t first, size_t n,
                                      struct dkim2_fields *out)
{
    struct dkim2_named *named = &reading->named[out->n];
    named->values = &reading->values[reading->n_values];
    for (size_t at = first + n; at > first; at--)
        named->values[named->n++].field = header_at(header, at - 1);
    reading->n_values += n;
    out->all[out->n++] = named;
    return lower(arena, header_at(header, first)->name, &named->name);
}

enum waybill_status dkim2_fields_read(struct arena *arena, const struct dkim2_draft *draft,
                                      struct header *header, struct dkim2_fields *out)
{
    struct reading reading;
    enum waybill_status status = reading_new(arena, header->n, &reading, out);
    for (size_t first = 0, n; first < header->n && status == WAYBILL_OK; first += n) {
        struct slice name = header_at(header, first)->name;
        for (n = 1; first + n < header->n; n++)
            if (!slice_ieq(header_at(header, first + n)->name, name))
                break;
        if (!dkim2_draft_ignores(draft, name))
            status = read_named(arena, &reading, header, first, n, out);
    }
    if (status == WAYBILL_OK && out->n > 1)
        qsort(out->all, out->n, sizeof(struct dkim2_named *), by_name);
    return status;
}

static bool has_own(const struct dkim2_draft *draft, const struct header *header)
{
    for (size_t i = 0; i < draft->n_ignored; i++)
        if (header_find(header, draft->ignored[i]).n > 0)
            return true;
    return false;
}

bool dkim2_fields_agree(const struct dkim2_draft *a, const struct dkim2_draft *b,
                        const struct header *header)
{
    return a == b || (!has_own(a, header) && !has_own(b, header));
}

const struct dkim2_named *dkim2_fields_find(const struct dkim2_fields *fields, struct slice name)
{
    size_t from = 0, to = fields->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = slice_casecmp(fields->all[middle]->name, name);
        if (order == 0)
            return fields->all[middle];
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

/* --- of the instance before ------------------------------------------------------------------- */

static size_t most_values(const struct recipe_list *list, const struct dkim2_named *newer)
{
    size_t n = newer ? newer->n : 0; /* copies ascend: no value is copied twice */
    for (size_t i = 0; i < list->n; i++)
        n += list->steps[i].copies ? 0 : list->steps[i].n;
    return n;
}

static enum waybill_status recreate(struct arena *arena, struct slice name, struct slice literal,
                                    struct dkim2_value *out)
{
    struct field field = {.name = name, .value = literal};
    *out = (struct dkim2_value){.literal = literal};
    enum waybill_status status = canon_field(arena, &field, CANON_RELAXED, &out->canonical);
    out->canonical = slice_sub(out->canonical, name.n + 1, out->canonical.n - name.n - 3);
    return status;
}

static bool copy_values(struct dkim2_named *named, const struct recipe_step *step,
                        const struct dkim2_named *newer)
{
    if (!newer || step->last > newer->n)
        return false;
    for (uint64_t at = step->first; at <= step->last; at++)
        named->values[named->n++] = newer->values[at - 1];
    return true;
}

/* Section 5.1: numbered and emitted bottom up. *out is NULL where none is left. */
static enum waybill_status undo_named(struct arena *arena, const struct recipe_field *recipe,
                                      const struct dkim2_named *newer, struct dkim2_named **out,
                                      bool *applies)
{
    struct dkim2_named *named = named_new(arena, recipe->name, most_values(&recipe->list, newer));
    enum waybill_status status = named ? WAYBILL_OK : WAYBILL_NOMEM;
    for (size_t i = 0; i < recipe->list.n && status == WAYBILL_OK; i++) {
        const struct recipe_step *step = &recipe->list.steps[i];
        if (step->copies && !copy_values(named, step, newer))
            *applies = false;
        for (size_t k = 0; !step->copies && k < step->n && status == WAYBILL_OK; k++)
            status = recreate(arena, recipe->name, step->literals[k], &named->values[named->n++]);
    }
    *out = named && named->n ? named : NULL;
    return status;
}

enum waybill_status dkim2_fields_undo(struct arena *arena, const struct dkim2_draft *draft,
                                      const struct dkim2_fields *fields,
                                      const struct recipe *recipe, struct dkim2_fields *out,
                                      bool *applies)
{
    size_t most = fields->n + recipe->n_fields;
    *out = (struct dkim2_fields){arena_array(arena, most, sizeof(struct dkim2_named *)), 0};
    *applies = true;
    enum waybill_status status = out->all ? WAYBILL_OK : WAYBILL_NOMEM;
    size_t at = 0;
    for (size_t i = 0; i < recipe->n_fields && status == WAYBILL_OK; i++) {
        const struct recipe_field *own = &recipe->fields[i];
        struct dkim2_named *older = NULL, *newer = NULL;
        while (at < fields->n && slice_cmp(fields->all[at]->name, own->name) < 0)
            out->all[out->n++] = fields->all[at++];
        /* A field that is not signed has no state to go back to. */
        if (dkim2_draft_ignores(draft, own->name))
            continue;
        if (at < fields->n && slice_eq(fields->all[at]->name, own->name))
            newer = fields->all[at++];
        status = undo_named(arena, own, newer, &older, applies);
        if (older)
            out->all[out->n++] = older;
    }
    while (at < fields->n && status == WAYBILL_OK)
        out->all[out->n++] = fields->all[at++];
    return status;
}

bool dkim2_fields_undo_alike(const struct dkim2_draft *a, const struct dkim2_draft *b,
                             const struct recipe *recipe)
{
    for (size_t i = 0; i < recipe->n_fields; i++) {
        struct slice name = recipe->fields[i].name;
        if (dkim2_draft_ignores(a, name) != dkim2_draft_ignores(b, name))
            return false;
    }
    return true;
}

/* --- what is hashed --------------------------------------------------------------------------- */

enum waybill_status dkim2_value_canonical(struct arena *arena, struct slice name,
                                          const struct dkim2_value *value, struct slice *out)
{
    if (!value->field) {
        *out = value->canonical;
        return WAYBILL_OK;
    }
    enum waybill_status status = canon_field(arena, value->field, CANON_RELAXED, out);
    if (status == WAYBILL_OK)
        *out = slice_sub(*out, name.n + 1, out->n - name.n - 3);
    return status;
}

static enum waybill_status hash_value(struct arena *arena, struct slice name,
                                      const struct dkim2_value *value, struct digest *digest)
{
    struct slice text;
    if (value->field) {
        enum waybill_status status = canon_field(arena, value->field, CANON_RELAXED, &text);
        return status == WAYBILL_OK ? digest_update(digest, text) : status;
    }
    const struct slice parts[] = {name, SLICE(":"), value->canonical, SLICE("\r\n")};
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && status == WAYBILL_OK; i++)
        status = digest_update(digest, parts[i]);
    return status;
}

enum waybill_status dkim2_fields_hash(struct arena *arena, struct crypto *crypto,
                                      const struct dkim2_fields *fields, enum digest_kind kind,
                                      struct digest_value *out, uint64_t *octets)
{
    struct digest digest;
    enum waybill_status status = digest_start(crypto, kind, &digest);
    if (status != WAYBILL_OK)
        return status;
    for (size_t i = 0; i < fields->n && status == WAYBILL_OK; i++) {
        const struct dkim2_named *named = fields->all[i];
        for (size_t k = 0; k < named->n && status == WAYBILL_OK; k++)
            status = hash_value(arena, named->name, &named->values[k], &digest);
    }
    *octets += digest.octets;
    if (status == WAYBILL_OK)
        return digest_final(crypto, &digest, out);
    digest_drop(crypto, &digest);
    return status;
}
