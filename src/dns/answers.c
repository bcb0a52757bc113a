#include "dns/answer_set.h"

#include "base/text_error.h"
#include "dns/data.h"

#include <stdlib.h>

struct waybill_answers *waybill_answers_new(enum waybill_answer_status missing)
{
    struct waybill_answers *set = calloc(1, sizeof *set);
    if (set)
        set->missing = missing;
    return set;
}

void waybill_answers_free(struct waybill_answers *set)
{
    if (!set)
        return;
    arena_free(&set->arena);
    free(set);
}

static bool grow(struct waybill_answers *set)
{
    size_t capacity = set->capacity ? set->capacity * 2 : 64;
    struct listed **all = arena_array(&set->arena, capacity, sizeof *all);
    struct slice *owners = arena_array(&set->arena, capacity, sizeof *owners);
    if (!all || !owners)
        return false;
    if (set->n)
        memcpy(all, set->all, set->n * sizeof *all);
    set->all = all;
    set->owners = owners;
    set->capacity = capacity;
    return true;
}

enum waybill_status answers_put(struct waybill_answers *set, const struct key *key,
                                const struct waybill_answer *answer)
{
    if (set->n == set->capacity && !grow(set))
        return WAYBILL_NOMEM;
    struct listed *l = arena_alloc(&set->arena, sizeof *l);
    if (!l)
        return WAYBILL_NOMEM;
    enum waybill_status status = key_copy(&set->arena, key, &l->key);
    if (status == WAYBILL_OK)
        status = answer_copy(&set->arena, answer, &l->answer);
    if (status != WAYBILL_OK)
        return status;
    l->added = set->added++;
    set->all[set->n++] = l;
    set->indexed = false;
    return WAYBILL_OK;
}

/* What a driver says is made like what a file says, so that a set reads back as it was. */
static enum waybill_status normalised(struct arena *arena, int type,
                                      const struct waybill_answer *answer,
                                      struct waybill_answer *out)
{
    struct waybill_datum *data = arena_array(arena, answer->n, sizeof *data);
    if (!data)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < answer->n; i++) {
        struct slice datum;
        enum waybill_status status = data_normalise(
            arena, type, slice_of(answer->data[i].octets, answer->data[i].n), &datum);
        if (status != WAYBILL_OK)
            return status == WAYBILL_SYNTAX ? WAYBILL_MISUSE : status;
        data[i] = (struct waybill_datum){(const char *)datum.p, datum.n};
    }
    *out = *answer;
    out->data = data;
    return WAYBILL_OK;
}

enum waybill_status waybill_answers_add(struct waybill_answers *set,
                                        const struct waybill_question *question,
                                        const struct waybill_answer *answer)
{
    struct key_room room;
    struct key key;
    struct waybill_answer normal = *answer;
    if (!key_of_question(question, &room, &key))
        return WAYBILL_MISUSE;
    if (answer->n > LIMIT_ANSWER_RECORDS)
        return WAYBILL_LIMIT;
    struct arena arena = arena_new();
    enum waybill_status status = WAYBILL_OK;
    if (key.kind == WAYBILL_DNS)
        status = normalised(&arena, key.type, answer, &normal);
    if (status == WAYBILL_OK)
        status = answers_put(set, &key, &normal);
    arena_free(&arena);
    return status;
}

static int by_key(const void *left, const void *right)
{
    const struct listed *a = *(struct listed *const *)left, *b = *(struct listed *const *)right;
    int order = key_order(&a->key, &b->key);
    return order ? order : (a->added > b->added) - (a->added < b->added);
}

size_t answers_sort(struct listed **all, size_t n)
{
    if (n > 1)
        qsort(all, n, sizeof *all, by_key);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || key_order(&all[kept - 1]->key, &all[i]->key) != 0)
            all[kept++] = all[i];
    }
    return kept;
}

enum waybill_status waybill_answers_read(struct waybill_answers *set, const void *text, size_t n,
                                         struct waybill_text_error *error)
{
    struct slice octets = slice_of(text, n);
    *error = (struct waybill_text_error){0, ""};
    if (n > LIMIT_ANSWER_FILE_OCTETS) {
        text_error(error, 0, "a file of over %zu octets: split it", LIMIT_ANSWER_FILE_OCTETS);
        return WAYBILL_LIMIT;
    }
    bool is_json = slice_starts(slice_trim(octets), SLICE("{"));
    return is_json ? answers_json_read(set, octets, error) : zone_read(set, octets, error);
}
