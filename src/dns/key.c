#include "dns/key.h"

#include "dns/name.h"
#include "dns/question_text.h"

static bool is_of_a_domain(enum waybill_question_kind kind)
{
    return kind == WAYBILL_DNS || kind == WAYBILL_REPUTATION;
}

static bool fold(struct slice name, struct key_room *room, struct slice *out)
{
    name = name_without_dot(name);
    if (!name_fits(name))
        return false;
    name_lower(name, room->octets);
    *out = slice_of(room->octets, name.n);
    return true;
}

bool key_of(enum waybill_question_kind kind, struct slice name, int type, struct slice detail,
            struct key_room *room, struct key *out)
{
    switch (kind) {
    case WAYBILL_DNS:
        *out = (struct key){kind, type, name, {NULL, 0}};
        break;
    case WAYBILL_REPUTATION:
    case WAYBILL_SEEN:
        *out = (struct key){kind, 0, name, detail};
        break;
    default:
        return false;
    }
    if (kind == WAYBILL_DNS && !dns_type_is_kept(type))
        return false;
    if (name.n > LIMIT_ANSWER_OCTETS || detail.n > LIMIT_ANSWER_OCTETS)
        return false;
    return !is_of_a_domain(kind) || fold(name, room, &out->name);
}

bool key_of_question(const struct waybill_question *q, struct key_room *room, struct key *out)
{
    return key_of(q->kind, slice_of(q->name, q->name_octets), (int)q->type,
                  slice_of(q->detail, q->detail ? q->detail_octets : 0), room, out);
}

enum waybill_status key_copy(struct arena *arena, const struct key *key, struct key *out)
{
    *out = *key;
    if (!arena_copy(arena, key->name, &out->name))
        return WAYBILL_NOMEM;
    if (key->kind == WAYBILL_DNS)
        return WAYBILL_OK;
    return arena_copy(arena, key->detail, &out->detail) ? WAYBILL_OK : WAYBILL_NOMEM;
}

int key_order(const struct key *a, const struct key *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int order =
        is_of_a_domain(a->kind) ? name_order(a->name, b->name) : slice_cmp(a->name, b->name);
    if (order)
        return order;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    return slice_cmp(a->detail, b->detail);
}
