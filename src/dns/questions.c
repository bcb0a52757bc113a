#include "dns/questions.h"

#include "base/limits.h"
#include "dns/data.h"
#include "dns/key.h"

struct questions questions_new(struct arena *arena)
{
    return (struct questions){.arena = arena};
}

void questions_restart(struct questions *q)
{
    for (size_t i = 0; i < q->n; i++)
        q->all[i]->used = false;
}

static bool is_asked(const struct asked *a, const struct key *key)
{
    const struct waybill_question *q = &a->question;
    return q->kind == key->kind && (int)q->type == key->type &&
           slice_eq(slice_of(q->name, q->name_octets), key->name) &&
           slice_eq(slice_of(q->detail, q->detail_octets), key->detail);
}

static struct asked *find(const struct questions *q, const struct key *key)
{
    uint32_t hash = slice_ihash(key->name);
    for (size_t i = 0; i < q->n; i++) {
        if (q->all[i]->hash == hash && is_asked(q->all[i], key))
            return q->all[i];
    }
    return NULL;
}

static bool grow(struct questions *q)
{
    size_t capacity = q->capacity ? q->capacity * 2 : 16;
    struct asked **all = arena_array(q->arena, capacity, sizeof *all);
    struct waybill_question *open = arena_array(q->arena, capacity, sizeof *open);
    if (!all || !open)
        return false;
    if (q->n)
        memcpy(all, q->all, q->n * sizeof *all);
    q->all = all;
    q->open = open;
    q->capacity = capacity;
    return true;
}

static enum waybill_status add(struct questions *q, const struct key *key, unsigned wave,
                               struct asked **out)
{
    struct key own;
    struct asked *a = arena_alloc(q->arena, sizeof *a);
    if (!a || key_copy(q->arena, key, &own) != WAYBILL_OK)
        return WAYBILL_NOMEM;
    if (q->n == q->capacity && !grow(q))
        return WAYBILL_NOMEM;
    a->question = (struct waybill_question){.kind = own.kind,
                                            .name = (const char *)own.name.p,
                                            .name_octets = own.name.n,
                                            .type = (enum waybill_dns_type)own.type,
                                            .detail = (const char *)own.detail.p,
                                            .detail_octets = own.detail.n,
                                            .wave = wave};
    a->hash = slice_ihash(own.name);
    *out = q->all[q->n++] = a;
    return WAYBILL_OK;
}

enum waybill_status questions_ask(struct questions *q, enum waybill_question_kind kind,
                                  struct slice name, enum waybill_dns_type type,
                                  struct slice detail, unsigned wave, struct asked **out)
{
    struct key_room room;
    struct key key;
    *out = NULL;
    if (!key_of(kind, name, (int)type, detail, &room, &key))
        return WAYBILL_OK;
    *out = find(q, &key);
    if (*out) {
        if (wave < (*out)->question.wave)
            (*out)->question.wave = wave;
        return WAYBILL_OK;
    }
    if (q->n >= LIMIT_QUESTIONS || wave > LIMIT_WAVES) {
        q->refused = true;
        return WAYBILL_OK;
    }
    return add(q, &key, wave, out);
}

enum waybill_status questions_dns(struct questions *q, struct slice name,
                                  enum waybill_dns_type type, unsigned wave, struct asked **out)
{
    enum waybill_status status =
        questions_ask(q, WAYBILL_DNS, name, type, (struct slice){NULL, 0}, wave, out);
    if (*out && (*out)->answered)
        (*out)->used = true;
    return status;
}

enum waybill_status questions_answer(struct questions *q, const struct waybill_question *question,
                                     const struct waybill_answer *answer)
{
    struct key_room room;
    struct key key;
    struct asked *a = key_of_question(question, &room, &key) ? find(q, &key) : NULL;
    if (!a)
        return WAYBILL_MISUSE;
    if (a->answered)
        return WAYBILL_OK;
    enum waybill_status status = answer_copy(q->arena, answer, &a->answer);
    a->answered = status == WAYBILL_OK;
    return status;
}

enum waybill_status questions_open(struct questions *q, const struct waybill_question **out,
                                   size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < q->n; i++) {
        if (!q->all[i]->answered)
            q->open[(*n)++] = q->all[i]->question;
    }
    *out = q->open;
    return WAYBILL_OK;
}
