/* Who may see whom (RFC 5322 section 3.6.3): rt= shows every recipient to every other. */
#include "base/names.h"
#include "dns/name.h"
#include "mail/address.h"
#include "sign/dkim2_signing.h"

static const char *const visible_names[] = {"To", "Cc"};

/* The addresses of all To and Cc fields. */
struct visible {
    struct slice *all; /* "local@domain", the domain in A-labels */
    size_t n, room;
    struct names index;
};

static enum waybill_status address_key(struct arena *arena, struct slice local_part,
                                       struct slice domain, struct slice *out)
{
    const struct slice parts[] = {local_part, SLICE("@"), domain};
    return arena_join(arena, parts, 3, out) ? WAYBILL_OK : WAYBILL_NOMEM;
}

static bool make_room(struct arena *arena, struct visible *v, size_t n)
{
    if (v->n + n <= v->room)
        return true;
    size_t room = 2 * (v->n + n);
    struct slice *more = arena_array(arena, room, sizeof *more);
    for (size_t i = 0; i < v->n && more; i++)
        more[i] = v->all[i];
    v->all = more ? more : v->all;
    v->room = more ? room : v->room;
    return more != NULL;
}

/* What is no domain nobody is sent to. */
static enum waybill_status add_mailboxes(struct arena *arena, struct visible *v,
                                         const struct mailboxes *list)
{
    if (!make_room(arena, v, list->n))
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < list->n; i++) {
        struct slice domain;
        enum waybill_status status = name_to_ascii(arena, list->all[i].domain, &domain);
        if (status == WAYBILL_OK)
            status = address_key(arena, list->all[i].local_part, domain, &v->all[v->n++]);
        if (status == WAYBILL_NOMEM)
            return status;
    }
    return WAYBILL_OK;
}

/* Of a field that does not parse, what stands before the error. Who is not found is sent a copy of
 * his own: an error here reveals nobody. */
static enum waybill_status read_visible(struct arena *arena, const struct header *header,
                                        struct visible *v)
{
    for (size_t k = 0; k < sizeof visible_names / sizeof *visible_names; k++) {
        struct names_range range = header_find(header, slice_str(visible_names[k]));
        for (size_t i = 0; i < range.n; i++) {
            struct mailboxes list;
            enum waybill_status status =
                address_parse_list(arena, header_at(header, range.first + i)->value, &list);
            if (status != WAYBILL_NOMEM)
                status = add_mailboxes(arena, v, &list);
            if (status != WAYBILL_OK)
                return status;
        }
    }
    return names_make(arena, v->all, sizeof *v->all, v->n, &v->index);
}

/* The index knows no case; local parts do (RFC 5321 section 2.4). */
static enum waybill_status is_visible(struct arena *arena, const struct visible *v,
                                      const struct dkim2_path *path, bool *out)
{
    struct slice key;
    *out = false;
    if (address_key(arena, path->local_part, path->domain, &key) != WAYBILL_OK)
        return WAYBILL_NOMEM;
    struct names_range range = names_find(&v->index, key);
    for (size_t i = 0; i < range.n && !*out; i++)
        *out = slice_eq(v->all[v->index.entries[range.first + i].position], key);
    return WAYBILL_OK;
}

enum waybill_status dkim2_split(struct arena *arena, const struct header *header,
                                const struct dkim2_path *rcpt_to, size_t rcpts, size_t *group)
{
    struct visible v = {0};
    size_t groups = 0, together = 0;
    bool any = false;
    enum waybill_status status = read_visible(arena, header, &v);
    for (size_t i = 0; i < rcpts && status == WAYBILL_OK; i++) {
        bool seen;
        status = is_visible(arena, &v, &rcpt_to[i], &seen);
        if (seen && !any)
            together = groups++;
        group[i] = seen ? together : groups++;
        any = any || seen;
    }
    return status;
}

enum waybill_status waybill_dkim2_split(struct waybill_message *message, const char *const *rcpt_to,
                                        size_t rcpts, size_t *group)
{
    if (!waybill_message_has_header(message))
        return WAYBILL_MISUSE;
    struct arena arena = arena_new();
    struct dkim2_path *paths = arena_array(&arena, rcpts, sizeof *paths);
    enum waybill_status status = paths ? WAYBILL_OK : WAYBILL_NOMEM;
    for (size_t i = 0; i < rcpts && status == WAYBILL_OK; i++)
        status = dkim2_path_of(&arena, rcpt_to[i], &paths[i]);
    if (status == WAYBILL_OK)
        status = dkim2_split(&arena, message_header(message), paths, rcpts, group);
    arena_free(&arena);
    return status;
}
