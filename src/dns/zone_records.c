#include "dns/zone_records.h"

#include "base/text_error.h"
#include "dns/name.h"
#include "dns/question_text.h"

#include <stdlib.h>

static bool grow(struct zone_records *z)
{
    size_t capacity = z->capacity ? z->capacity * 2 : 64;
    struct zone_record *all = arena_array(z->arena, capacity, sizeof *all);
    if (!all)
        return false;
    if (z->n)
        memcpy(all, z->all, z->n * sizeof *all);
    z->all = all;
    z->capacity = capacity;
    return true;
}

enum waybill_status zone_records_add(struct zone_records *z, struct zone_record record)
{
    if (z->n == z->capacity && !grow(z))
        return WAYBILL_NOMEM;
    record.position = z->n;
    z->all[z->n++] = record;
    return WAYBILL_OK;
}

static int by_set(const struct zone_record *a, const struct zone_record *b)
{
    int order = name_order(a->name, b->name);
    return order ? order : (a->type > b->type) - (a->type < b->type);
}

static int by_position(const void *left, const void *right)
{
    const struct zone_record *a = left, *b = right;
    int order = by_set(a, b);
    return order ? order : (a->position > b->position) - (a->position < b->position);
}

static int by_data(const void *left, const void *right)
{
    const struct zone_record *a = left, *b = right;
    int order = by_set(a, b);
    if (order == 0)
        order = slice_cmp(a->data, b->data);
    return order ? order : (a->position > b->position) - (a->position < b->position);
}

static bool is_same(const struct zone_record *a, const struct zone_record *b)
{
    return by_set(a, b) == 0 && slice_eq(a->data, b->data);
}

/* RFC 2181 section 5: a record that stands twice is one. */
static void sort(struct zone_records *z)
{
    size_t kept = 0;
    if (z->n == 0)
        return;
    qsort(z->all, z->n, sizeof z->all[0], by_data);
    for (size_t i = 0; i < z->n; i++) {
        if (kept == 0 || !is_same(&z->all[kept - 1], &z->all[i]))
            z->all[kept++] = z->all[i];
    }
    z->n = kept;
    qsort(z->all, z->n, sizeof z->all[0], by_position);
}

/* RFC 1034 section 3.6.2: an alias is one, and has nothing beside it that is asked for. */
static bool contradict(const struct zone_record *a, const struct zone_record *b)
{
    return a->type != TYPE_OTHER && (a->type == DNS_CNAME || b->type == DNS_CNAME) &&
           slice_eq(a->name, b->name);
}

static enum waybill_status judge(const struct zone_records *z, struct waybill_text_error *error)
{
    enum { SHOWN_OCTETS = 60 };
    for (size_t i = 1; i < z->n; i++) {
        const struct zone_record *a = &z->all[i - 1], *b = &z->all[i];
        if (contradict(a, b))
            return text_error(error, a->line > b->line ? a->line : b->line,
                              "%.*s has a CNAME and another record: keep one of them",
                              SLICE_ARGS(slice_sub(a->name, 0, SHOWN_OCTETS)));
    }
    return WAYBILL_OK;
}

static enum waybill_status put(struct zone_records *z, struct waybill_answers *set,
                               const struct zone_record *first, size_t n)
{
    struct key key = {.kind = WAYBILL_DNS, .type = first->type, .name = first->name};
    struct waybill_answer answer = WAYBILL_ANSWER(WAYBILL_ANSWERED);
    struct waybill_datum *data = arena_array(z->arena, n, sizeof *data);
    if (!data)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < n; i++)
        data[i] = (struct waybill_datum){(const char *)first[i].data.p, first[i].data.n};
    answer.data = data;
    answer.n = n;
    return answers_put(set, &key, &answer);
}

/* A name of which nothing is kept is one that has no TXT, which says as much. */
static enum waybill_status put_name(struct waybill_answers *set, struct slice name)
{
    struct key key = {.kind = WAYBILL_DNS, .type = WAYBILL_DNS_TXT, .name = name};
    struct waybill_answer answer = WAYBILL_ANSWER(WAYBILL_NODATA);
    return answers_put(set, &key, &answer);
}

enum waybill_status zone_records_put(struct zone_records *z, struct waybill_answers *set,
                                     struct waybill_text_error *error)
{
    sort(z);
    enum waybill_status status = judge(z, error);
    for (size_t i = 0, next; i < z->n && status == WAYBILL_OK; i = next) {
        const struct zone_record *r = &z->all[i];
        for (next = i + 1; next < z->n && by_set(r, &z->all[next]) == 0;)
            next++;
        bool has_more = next < z->n && slice_eq(r->name, z->all[next].name);
        if (r->type != TYPE_OTHER)
            status = put(z, set, r, next - i);
        else if (!has_more)
            status = put_name(set, r->name);
        if (status == WAYBILL_LIMIT)
            text_error(error, r->line, "%zu records of one name and type: leave %zu at most",
                       next - i, LIMIT_ANSWER_RECORDS);
    }
    return status;
}
