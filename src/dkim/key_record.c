#include "dkim/key_record.h"

/* Whether a colon-separated value has the element. */
static bool has_element(struct slice value, struct slice wanted)
{
    bool done = false;
    for (struct slice element; taglist_element(&value, &done, &element);)
        if (slice_eq(element, wanted))
            return true;
    return false;
}

static const char *read_tags(const struct taglist *tags, struct key_record *out)
{
    const struct tag *v = taglist_find(tags, "v"), *k = taglist_find(tags, "k");
    const struct tag *p = taglist_find(tags, "p"), *t = taglist_find(tags, "t");
    const struct tag *s = taglist_find(tags, "s"), *h = taglist_find(tags, "h");
    if (v && (v != tags->tags || !slice_eq(v->value, SLICE("DKIM1"))))
        return "key record: v= is not DKIM1 or not the first tag";
    if (!p)
        return "key record: no p=";
    out->key = p->value;
    out->kind = KEY_RSA; /* the default of k= */
    out->known_kind = !k || key_kind_find(k->value, &out->kind);
    out->testing = t && has_element(t->value, SLICE("y"));
    out->strict = t && has_element(t->value, SLICE("s"));
    out->email = !s || has_element(s->value, SLICE("*")) || has_element(s->value, SLICE("email"));
    if (h)
        out->hashes = h->value;
    return NULL;
}

enum waybill_status key_record_parse(struct arena *arena, struct slice text, struct key_record *out)
{
    struct taglist tags;
    *out = (struct key_record){0};
    enum waybill_status status = taglist_parse(arena, text, &tags);
    if (status == WAYBILL_SYNTAX) {
        out->why = "key record: not a tag list";
        return WAYBILL_OK;
    }
    if (status == WAYBILL_OK)
        out->why = read_tags(&tags, out);
    return status;
}

/* How well a record serves: of the wanted kind, of any kind, not at all. */
enum rank { RANK_BAD, RANK_GOOD, RANK_WANTED };

static enum rank rank(const struct key_record *record, const enum key_kind *wanted)
{
    if (record->why)
        return RANK_BAD;
    return !wanted || (record->known_kind && record->kind == *wanted) ? RANK_WANTED : RANK_GOOD;
}

/* The first of those that serve best; two that serve are one too many. */
static enum waybill_status choose(struct arena *arena, const struct waybill_answer *answer,
                                  const enum key_kind *wanted, struct key_record *out)
{
    size_t serving = 0;
    *out = (struct key_record){.why = "key record: there is none"};
    for (size_t i = 0; i < answer->n; i++) {
        struct key_record record;
        enum waybill_status status =
            key_record_parse(arena, slice_of(answer->data[i].octets, answer->data[i].n), &record);
        if (status != WAYBILL_OK)
            return status;
        serving += rank(&record, wanted) == RANK_WANTED;
        if (i == 0 || rank(&record, wanted) > rank(out, wanted))
            *out = record;
    }
    if (serving > 1)
        out->why = "several key records";
    return WAYBILL_OK;
}

enum waybill_status key_record_choose(struct arena *arena, const struct waybill_answer *answer,
                                      struct key_record *out)
{
    return choose(arena, answer, NULL, out);
}

enum waybill_status key_record_find(struct arena *arena, const struct waybill_answer *answer,
                                    enum key_kind kind, struct key_record *out)
{
    return choose(arena, answer, &kind, out);
}

bool key_record_admits(const struct key_record *record, enum digest_kind digest)
{
    return !record->hashes.p || has_element(record->hashes, slice_str(digest_kind_text(digest)));
}
