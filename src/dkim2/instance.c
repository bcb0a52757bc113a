#include "dkim2/instance.h"

#include "base/base64.h"
#include "dkim2/tags.h"

/* A field being read. */
struct reading {
    struct arena *arena;
    const struct dkim2_draft *draft;
    struct dkim2_instance *instance;
    const char *unfit;        /* a complaint that is no plain syntax error, */
    enum dkim2_finding wrong; /* and what it is */
};

static const char *read_m(void *self, struct slice value)
{
    struct reading *r = self;
    uint64_t m;
    if (!dkim2_number(value, &m) || m == 0)
        return "m= is no number from 1";
    r->instance->m = m < UINT32_MAX ? (unsigned)m : UINT32_MAX;
    return NULL;
}

static const char *decode(struct reading *r, struct slice text, struct slice *out)
{
    enum waybill_status status = base64_decode(r->arena, text, BASE64_FWS, out);
    if (status == WAYBILL_NOMEM)
        return dkim2_no_memory;
    return status == WAYBILL_OK && out->n > 0 ? NULL : "a hash of h= is empty or not base64";
}

static bool find_digest(struct slice name, enum digest_kind *out)
{
    for (size_t i = 0; i < DIGEST_KINDS; i++)
        if (slice_eq(name, slice_str(digest_kind_text((enum digest_kind)i)))) {
            *out = (enum digest_kind)i;
            return true;
        }
    return false;
}

/* hash-set of section 7.3. What an unknown hash has for values is its own affair. */
static const char *read_set(struct reading *r, struct slice item, struct dkim2_hashes *out)
{
    struct slice parts[3], extra;
    bool done = false;
    for (size_t i = 0; i < 3; i++)
        if (!dkim2_list_next(&item, &done, ':', &parts[i]))
            return "an item of h= has not three parts";
    if (dkim2_list_next(&item, &done, ':', &extra))
        return "an item of h= has not three parts";
    out->name = parts[0];
    if (!dkim2_is_word(out->name))
        return "an item of h= names no hash";
    out->known = find_digest(out->name, &out->kind);
    if (!out->known)
        return NULL;
    const char *why = decode(r, parts[1], &out->header);
    return why ? why : decode(r, parts[2], &out->body);
}

static bool is_repeated(const struct dkim2_instance *instance)
{
    const struct dkim2_hashes *last = &instance->hashes[instance->n_hashes - 1];
    for (const struct dkim2_hashes *h = instance->hashes; h < last; h++)
        if (slice_eq(h->name, last->name))
            return true;
    return false;
}

static const char *read_group(struct reading *r, struct slice group, unsigned number)
{
    struct dkim2_instance *instance = r->instance;
    bool done = false;
    for (struct slice item; dkim2_list_next(&group, &done, ',', &item);) {
        if (instance->n_hashes == r->draft->sets_most)
            return "h= has more hashes than are read";
        struct dkim2_hashes *hashes = &instance->hashes[instance->n_hashes];
        const char *why = read_set(r, item, hashes);
        if (why)
            return why;
        hashes->group = number;
        instance->n_hashes++;
        if (is_repeated(instance)) { /* section 7.3 */
            r->wrong = DKIM2_INSTANCE_DUPLICATE_HASH;
            return r->unfit = "a hash stands twice in h=";
        }
    }
    return NULL;
}

static const char *read_h(void *self, struct slice value)
{
    struct reading *r = self;
    struct dkim2_instance *instance = r->instance;
    size_t n = dkim2_list_count(value, ',') + dkim2_list_count(value, '|') - 1;
    bool done = false;
    if (!r->draft->groups && slice_find(value, '|', 0) < value.n)
        return "h= has a '|', which this draft does not know";
    instance->hashes = arena_array(r->arena, n < r->draft->sets_most ? n : r->draft->sets_most,
                                   sizeof *instance->hashes);
    if (!instance->hashes)
        return dkim2_no_memory;
    for (struct slice group; dkim2_list_next(&value, &done, '|', &group);) {
        const char *why = read_group(r, group, (unsigned)instance->n_groups);
        if (why)
            return why;
        instance->n_groups++;
    }
    return NULL;
}

static const char *read_r(void *self, struct slice value)
{
    struct reading *r = self;
    r->instance->recipe_text = value;
    return NULL;
}

/* Section 7; unknown tags are ignored. */
static const struct dkim2_row rows[] = {
    {SLICE_INIT("m"), read_m, true},
    {SLICE_INIT("h"), read_h, true},
    {SLICE_INIT("r"), read_r, false},
};

enum waybill_status dkim2_instance_parse(struct arena *arena, const struct dkim2_draft *draft,
                                         struct field *field, size_t position,
                                         struct dkim2_instance *out)
{
    struct dkim2_tags tags;
    const struct dkim2_row *missing;
    *out = (struct dkim2_instance){.field = field, .position = position};
    struct reading r = {.arena = arena, .draft = draft, .instance = out};
    dkim2_tags_parse(field->value, &tags);
    out->why = dkim2_tags_read(&tags, rows, sizeof rows / sizeof rows[0], &r, &missing);
    if (out->why == dkim2_no_memory)
        return WAYBILL_NOMEM;
    out->wrong = missing               ? DKIM2_INSTANCE_TAG_MISSING
                 : out->why == r.unfit ? r.wrong
                                       : DKIM2_INSTANCE_SYNTAX;
    if (missing)
        out->wrong_value = missing->name;
    if (tags.why) {
        out->why = tags.why;
        out->wrong = DKIM2_INSTANCE_SYNTAX;
    }
    return WAYBILL_OK;
}
