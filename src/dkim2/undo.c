/*
 * The header is written when it is complete: recipes make the lists of values of each name, and
 * where the values of a name are no longer those that were received they take their places among
 * them. The body is written while it arrives.
 */
#include "base/limits.h"
#include "crypto/engine.h"
#include "dkim2/bodies.h"
#include "dkim2/fields.h"
#include "dkim2/tags.h"
#include "mail/message.h"

#include <stdlib.h>

struct waybill_undo {
    struct arena arena;
    struct waybill_message *message;
    struct message_client client;
    const struct dkim2_draft *draft;
    unsigned m;
    waybill_sink *sink;
    void *self;
    enum waybill_status status; /* not OK: it has come to its end */
    const char *failed;         /* in words; NULL: nothing has */

    unsigned newest;
    struct slice texts[LIMIT_DKIM2_HOPS + 1]; /* r= by m=, p is NULL where there is none */
    bool seen[LIMIT_DKIM2_HOPS + 1];
    struct recipe *recipes; /* by m= */
    struct dkim2_fields received, made;
    struct dkim2_bodies *bodies;
    struct dkim2_body **made_bodies; /* by m= */
};

/* What cannot be made; NULL is out of memory. Nothing more is written. */
static enum waybill_status fail(struct waybill_undo *u, const char *why)
{
    u->failed = why;
    return why ? WAYBILL_REFUSED : WAYBILL_NOMEM;
}

/* --- instances -------------------------------------------------------------------------------- */

/* m= of one of DKIM2's own fields; 0: it has none that can be used. */
static uint64_t number_of(const struct field *field, struct slice *recipe)
{
    struct dkim2_tags tags;
    uint64_t m = 0;
    dkim2_tags_parse(field->value, &tags);
    const struct dkim2_tag *tag = dkim2_tags_find(&tags, SLICE("m")),
                           *r = dkim2_tags_find(&tags, SLICE("r"));
    *recipe = r ? r->value : slice_of(NULL, 0);
    return tag && dkim2_number(tag->value, &m) ? m : 0;
}

static enum waybill_status find_instances(struct waybill_undo *u, const struct header *header)
{
    struct names_range range = header_find(header, SLICE("Message-Instance"));
    for (size_t i = 0; i < range.n; i++) {
        struct slice text;
        uint64_t m = number_of(header_at(header, range.first + i), &text);
        if (m > LIMIT_DKIM2_HOPS)
            return fail(u, "more instances than are undone");
        if (m == 0)
            continue;
        if (u->seen[m] && m > u->m)
            return fail(u,
                        arena_printf(&u->arena, "Message-Instance m=%u stands twice", (unsigned)m));
        u->seen[m] = true;
        u->texts[m] = text;
        u->newest = m > u->newest ? (unsigned)m : u->newest;
    }
    for (unsigned m = u->m; m <= u->newest; m++)
        if (!u->seen[m])
            return fail(u, arena_printf(&u->arena, "there is no Message-Instance m=%u", m));
    if (u->m > u->newest)
        return fail(u, arena_printf(&u->arena, "there is no instance %u: the newest is %u", u->m,
                                    u->newest));
    return WAYBILL_OK;
}

/* --- the states before ------------------------------------------------------------------------ */

/* From instance m to the one before it. */
static enum waybill_status undo_one(struct waybill_undo *u, unsigned m)
{
    struct recipe *recipe = &u->recipes[m];
    struct dkim2_fields older;
    const char *why = NULL;
    bool applies = true;
    enum waybill_status status = WAYBILL_OK;
    if (u->texts[m].p)
        status = recipe_parse(&u->arena, u->draft, u->texts[m], recipe, &why);
    if (status == WAYBILL_SYNTAX)
        return fail(u, arena_printf(&u->arena, "the recipe of Message-Instance m=%u: %s", m, why));
    if (status == WAYBILL_OK)
        status = dkim2_fields_undo(&u->arena, u->draft, &u->made, recipe, &older, &applies);
    if (status == WAYBILL_OK && !applies)
        return fail(u, arena_printf(&u->arena,
                                    "the recipe of Message-Instance m=%u copies fields that are "
                                    "not there",
                                    m));
    u->made = older;
    if (status == WAYBILL_OK)
        status = dkim2_bodies_undo(u->bodies, u->made_bodies[m], recipe, &u->made_bodies[m - 1]);
    if (status == WAYBILL_OK && u->made_bodies[m - 1]->lost)
        return fail(u,
                    arena_printf(&u->arena,
                                 "the body before Message-Instance m=%u cannot be recreated", m));
    return status;
}

static enum waybill_status give(void *self, struct slice run)
{
    struct waybill_undo *u = self;
    return u->sink(u->self, run.p, run.n);
}

static enum waybill_status undo_all(struct waybill_undo *u, struct header *header)
{
    u->recipes = arena_array(&u->arena, u->newest + 1, sizeof *u->recipes);
    u->made_bodies = arena_array(&u->arena, u->newest + 1, sizeof(struct dkim2_body *));
    if (!u->recipes || !u->made_bodies)
        return WAYBILL_NOMEM;
    enum waybill_status status = dkim2_fields_read(&u->arena, u->draft, header, &u->received);
    u->made = u->received;
    if (status == WAYBILL_OK)
        status = dkim2_bodies_new(&u->arena, message_engine(u->message)->crypto, &u->bodies,
                                  &u->made_bodies[u->newest]);
    for (unsigned m = u->newest; m > u->m && status == WAYBILL_OK; m--)
        status = undo_one(u, m);
    if (status == WAYBILL_OK)
        status = dkim2_bodies_give(u->bodies, u->made_bodies[u->m], (struct canon_sink){give, u});
    return status;
}

/* --- the header ------------------------------------------------------------------------------- */

static enum waybill_status write_slice(struct waybill_undo *u, struct slice s)
{
    return s.n ? u->sink(u->self, s.p, s.n) : WAYBILL_OK;
}

static enum waybill_status write_recreated(struct waybill_undo *u, struct slice name,
                                           struct slice literal)
{
    bool spaced = literal.n == 0 || octet_is_wsp(literal.p[0]);
    const struct slice parts[] = {name, spaced ? SLICE(":") : SLICE(": "), literal, SLICE("\r\n")};
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && status == WAYBILL_OK; i++)
        status = write_slice(u, parts[i]);
    return status;
}

/* The values of a name that are still to be written, the topmost last: those that were recreated,
 * up to one that was received. */
static enum waybill_status write_recreated_all(struct waybill_undo *u, struct slice name,
                                               struct dkim2_named *left)
{
    enum waybill_status status = WAYBILL_OK;
    for (; left->n > 0 && !left->values[left->n - 1].field && status == WAYBILL_OK; left->n--)
        status = write_recreated(u, name, left->values[left->n - 1].literal);
    return status;
}

/* A received field of a name whose values changed. */
static enum waybill_status write_changed(struct waybill_undo *u, struct field *field,
                                         struct dkim2_named *left)
{
    enum waybill_status status = write_recreated_all(u, field->name, left);
    if (status != WAYBILL_OK || left->n == 0 || left->values[left->n - 1].field != field)
        return status;
    left->n--;
    status = write_slice(u, field->raw);
    return status == WAYBILL_OK ? write_recreated_all(u, field->name, left) : status;
}

/* DKIM2's own fields that came with a later instance. */
static bool is_later(const struct waybill_undo *u, const struct field *field)
{
    struct slice recipe;
    return (slice_ieq(field->name, SLICE("Message-Instance")) ||
            slice_ieq(field->name, SLICE("DKIM2-Signature"))) &&
           number_of(field, &recipe) > u->m;
}

/* Copies, since what is left to write of them is counted there. */
static enum waybill_status changed_names(struct waybill_undo *u, struct dkim2_fields *out)
{
    *out =
        (struct dkim2_fields){arena_array(&u->arena, u->made.n, sizeof(struct dkim2_named *)), 0};
    struct dkim2_named *copies = arena_array(&u->arena, u->made.n, sizeof *copies);
    if (!out->all || !copies)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < u->made.n; i++) {
        struct dkim2_named *named = u->made.all[i];
        if (dkim2_fields_find(&u->received, named->name) == named)
            continue;
        copies[i] = *named;
        out->all[out->n++] = &copies[i];
    }
    return WAYBILL_OK;
}

static enum waybill_status write_field(struct waybill_undo *u, struct field *field,
                                       const struct dkim2_fields *changed)
{
    const struct dkim2_named *was = dkim2_fields_find(&u->received, field->name);
    struct dkim2_named *left = (struct dkim2_named *)dkim2_fields_find(changed, field->name);
    if (left)
        return write_changed(u, field, left);
    bool removed = was && !dkim2_fields_find(&u->made, field->name);
    return removed || is_later(u, field) ? WAYBILL_OK : write_slice(u, field->raw);
}

static enum waybill_status write_header(struct waybill_undo *u, struct header *header)
{
    struct dkim2_fields changed;
    enum waybill_status status = changed_names(u, &changed);
    for (size_t i = 0; i < header->n && status == WAYBILL_OK; i++)
        status = write_field(u, &header->fields[i], &changed);
    /* Of these no field was received. */
    for (size_t i = 0; i < changed.n && status == WAYBILL_OK; i++)
        status = write_recreated_all(u, changed.all[i]->name, changed.all[i]);
    return status == WAYBILL_OK ? write_slice(u, SLICE("\r\n")) : status;
}

/* --- as a client of the message --------------------------------------------------------------- */

/* What cannot be made is no concern of the message's others; the rest is. */
static enum waybill_status settle(struct waybill_undo *u, enum waybill_status status)
{
    u->status = status;
    return u->failed ? WAYBILL_OK : status;
}

static enum waybill_status header_ended(void *self)
{
    struct waybill_undo *u = self;
    struct header *header = message_header(u->message);
    enum waybill_status status = find_instances(u, header);
    if (status == WAYBILL_OK)
        status = undo_all(u, header);
    if (status == WAYBILL_OK)
        status = write_header(u, header);
    return settle(u, status);
}

static enum waybill_status body(void *self, struct slice octets)
{
    struct waybill_undo *u = self;
    if (u->status != WAYBILL_OK)
        return WAYBILL_OK;
    return settle(u, dkim2_bodies_update(u->bodies, octets));
}

static enum waybill_status body_ended(void *self)
{
    struct waybill_undo *u = self;
    if (u->status != WAYBILL_OK)
        return WAYBILL_OK;
    enum waybill_status status = dkim2_bodies_final(u->bodies);
    for (unsigned m = u->newest; m > u->m && status == WAYBILL_OK; m--)
        if (!u->made_bodies[m - 1]->applies)
            status = fail(u, arena_printf(&u->arena,
                                          "the recipe of Message-Instance m=%u copies lines that "
                                          "are not there",
                                          m));
    return settle(u, status);
}

enum waybill_status waybill_undo_new(struct waybill_message *message, enum waybill_draft draft,
                                     unsigned m, waybill_sink *sink, void *self,
                                     struct waybill_undo **out)
{
    *out = NULL;
    if (m == 0 || message_has_started(message))
        return WAYBILL_MISUSE;
    struct waybill_undo *u = calloc(1, sizeof *u);
    if (!u)
        return WAYBILL_NOMEM;
    u->arena = arena_new();
    u->message = message;
    u->draft = dkim2_draft_of(draft);
    u->m = m;
    u->sink = sink;
    u->self = self;
    u->client = (struct message_client){
        .self = u, .header_ended = header_ended, .body = body, .body_ended = body_ended};
    *out = u;
    return message_attach(message, &u->client);
}

const char *waybill_undo_failed(const struct waybill_undo *u)
{
    if (u->failed)
        return u->failed;
    if (u->status != WAYBILL_OK)
        return waybill_status_text(u->status);
    if (message_status(u->message) != WAYBILL_OK)
        return waybill_status_text(message_status(u->message));
    return message_has_ended(u->message) ? NULL : "the message has not ended";
}

void waybill_undo_free(struct waybill_undo *u)
{
    if (!u)
        return;
    message_detach(u->message, &u->client);
    dkim2_bodies_drop(u->bodies);
    arena_free(&u->arena);
    free(u);
}
