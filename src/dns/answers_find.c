#include "dns/answer_set.h"
#include "dns/name.h"
#include "dns/question_text.h"

/* RFC 2308 section 2.1: "nxdomain" says that the name is not there. */
static bool is_there(const struct listed *l)
{
    return l->key.kind == WAYBILL_DNS && l->answer.status != WAYBILL_NXDOMAIN;
}

static void make_index(struct waybill_answers *set)
{
    set->n = answers_sort(set->all, set->n);
    set->n_owners = 0;
    for (size_t i = 0; i < set->n; i++) {
        struct slice name = set->all[i]->key.name;
        if (is_there(set->all[i]) &&
            (set->n_owners == 0 || !slice_eq(set->owners[set->n_owners - 1], name)))
            set->owners[set->n_owners++] = name;
    }
    set->indexed = true;
}

/* The first answer whose key is not before this one, or n. */
static size_t first_from(const struct waybill_answers *set, const struct key *key)
{
    size_t low = 0, high = set->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (key_order(&set->all[middle]->key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct listed *exact(const struct waybill_answers *set, const struct key *key)
{
    size_t i = first_from(set, key);
    return i < set->n && key_order(&set->all[i]->key, key) == 0 ? set->all[i] : NULL;
}

static const struct listed *exact_dns(const struct waybill_answers *set, struct slice name,
                                      int type)
{
    return exact(set, &(struct key){.kind = WAYBILL_DNS, .type = type, .name = name});
}

/* Whether the name is listed with any type, "nxdomain" too. */
static bool is_listed(const struct waybill_answers *set, struct slice name)
{
    size_t i = first_from(set, &(struct key){.kind = WAYBILL_DNS, .name = name});
    return i < set->n && set->all[i]->key.kind == WAYBILL_DNS &&
           slice_eq(set->all[i]->key.name, name);
}

/* The first owner that is not before the name, or n_owners. */
static size_t owner_from(const struct waybill_answers *set, struct slice name)
{
    size_t low = 0, high = set->n_owners;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (name_order(set->owners[middle], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Whether the name owns something or names below it do (RFC 8020 section 2). In name_order these
 * follow it at once. */
static bool exists(const struct waybill_answers *set, struct slice name)
{
    size_t i = owner_from(set, name);
    return i < set->n_owners && name_common(set->owners[i], name).n == name.n;
}

/*
 * RFC 4592 section 3.3.1: the source of synthesis is "*" below the closest encloser. In name_order
 * the names that have most in common with a name are its neighbours.
 */
static struct slice wildcard_for(const struct waybill_answers *set, struct slice name,
                                 struct key_room *room)
{
    size_t i = owner_from(set, name);
    struct slice encloser = slice_from(name, name.n);
    for (size_t side = 0; side < 2; side++) {
        if (i < side || i - side >= set->n_owners)
            continue;
        struct slice common = name_common(name, set->owners[i - side]);
        if (common.n > encloser.n)
            encloser = common;
    }
    memcpy(room->octets, "*.", 2);
    memcpy(room->octets + 2, encloser.p, encloser.n);
    return slice_of(room->octets, encloser.n ? encloser.n + 2 : 1);
}

/* The name whose answers hold for a name: itself, or a wildcard where there is neither it nor
 * anything below it. */
static struct slice owner_for(const struct waybill_answers *set, struct slice name,
                              struct key_room *room)
{
    if (exists(set, name) || is_listed(set, name))
        return name;
    struct slice wildcard = wildcard_for(set, name, room);
    return exists(set, wildcard) ? wildcard : name;
}

static struct waybill_answer without_data(enum waybill_answer_status status)
{
    return (struct waybill_answer)WAYBILL_ANSWER(status);
}

static struct waybill_answer not_of_type(const struct waybill_answers *set, struct slice owner)
{
    if (exists(set, owner))
        return without_data(WAYBILL_NODATA);
    return without_data(is_listed(set, owner) ? WAYBILL_NXDOMAIN : set->missing);
}

static struct waybill_answer find_dns(const struct waybill_answers *set, struct slice name,
                                      int type)
{
    for (size_t aliases = 0; aliases <= LIMIT_ALIASES; aliases++) {
        struct key_room room;
        struct slice owner = owner_for(set, name, &room);
        const struct listed *found = exact_dns(set, owner, type);
        const struct listed *alias = found ? NULL : exact_dns(set, owner, DNS_CNAME);
        if (!alias || alias->answer.n == 0) {
            struct waybill_answer a = found ? found->answer : not_of_type(set, owner);
            /* "nxdomain" speaks of the name asked for, and that one is there. */
            if (aliases > 0 && a.status == WAYBILL_NXDOMAIN)
                a.status = WAYBILL_NODATA;
            return a;
        }
        name = slice_of(alias->answer.data[0].octets, alias->answer.data[0].n);
    }
    return without_data(WAYBILL_SERVFAIL);
}

enum waybill_status waybill_answers_find(struct waybill_answers *set,
                                         const struct waybill_question *question,
                                         struct waybill_answer *out)
{
    struct key_room room;
    struct key key;
    if (!key_of_question(question, &room, &key))
        return WAYBILL_MISUSE;
    if (!set->indexed)
        make_index(set);
    if (key.kind == WAYBILL_DNS) {
        *out = find_dns(set, key.name, key.type);
        return WAYBILL_OK;
    }
    const struct listed *found = exact(set, &key);
    *out = found ? found->answer : without_data(set->missing);
    return WAYBILL_OK;
}
