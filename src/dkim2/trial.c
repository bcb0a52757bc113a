#include "dkim2/trial.h"

#include "dkim2/bodies.h"
#include "mail/whole.h"

enum waybill_status whole_of(struct arena *arena, const struct dkim2_draft *draft,
                             struct slice message, struct whole *out)
{
    enum waybill_status status = whole_read(arena, message, &out->header, &out->body);
    /* Section 6.1: empty lines at the end are not hashed. A recipe that copies them would fail
     * where somebody drops them. */
    while (out->body.n >= 2 && out->body.p[out->body.n - 1] == '\n' &&
           out->body.p[out->body.n - 2] == '\r')
        out->body.n -= 2;
    if (status != WAYBILL_OK)
        return status;
    return dkim2_fields_read(arena, draft, &out->header, &out->fields);
}

static enum waybill_status same_values(struct arena *arena, const struct dkim2_named *a,
                                       const struct dkim2_named *b, bool *same)
{
    enum waybill_status status = WAYBILL_OK;
    *same = a->n == b->n && slice_eq(a->name, b->name);
    for (size_t i = 0; i < a->n && *same && status == WAYBILL_OK; i++) {
        struct slice one, other;
        status = dkim2_value_canonical(arena, a->name, &a->values[i], &one);
        if (status == WAYBILL_OK)
            status = dkim2_value_canonical(arena, b->name, &b->values[i], &other);
        *same = status == WAYBILL_OK && slice_eq(one, other);
    }
    return status;
}

static enum waybill_status try_fields(struct arena *arena, const struct dkim2_draft *draft,
                                      const struct recipe *recipe, const struct whole *before,
                                      const struct whole *after, bool *same)
{
    struct dkim2_fields made;
    enum waybill_status status =
        dkim2_fields_undo(arena, draft, &after->fields, recipe, &made, same);
    *same = *same && status == WAYBILL_OK && made.n == before->fields.n;
    for (size_t i = 0; *same && i < made.n; i++)
        status = same_values(arena, made.all[i], before->fields.all[i], same);
    return status;
}

/* What is to come of a body. */
struct expected {
    struct slice rest, line_end;
    bool same;
};

static struct slice cut_equal(struct slice run, struct slice *from, bool *same)
{
    struct slice part = slice_sub(*from, 0, run.n);
    *same = *same && slice_eq(slice_sub(run, 0, part.n), part);
    *from = slice_from(*from, part.n);
    return slice_from(run, part.n);
}

static enum waybill_status compare(void *self, struct slice run)
{
    struct expected *e = self;
    run = cut_equal(run, &e->rest, &e->same);
    run = cut_equal(run, &e->line_end, &e->same);
    e->same = e->same && run.n == 0;
    return WAYBILL_OK;
}

static enum waybill_status try_body(struct arena *arena, const struct recipe *recipe,
                                    const struct whole *before, const struct whole *after,
                                    bool *same)
{
    struct dkim2_bodies *bodies;
    struct dkim2_body *received, *made;
    struct expected e = {before->body, before->body.n ? SLICE("\r\n") : SLICE(""), true};
    enum waybill_status status = dkim2_bodies_new(arena, NULL, &bodies, &received);
    if (status == WAYBILL_OK)
        status = dkim2_bodies_undo(bodies, received, recipe, &made);
    if (status == WAYBILL_OK)
        status = dkim2_bodies_give(bodies, made, (struct canon_sink){compare, &e});
    if (status == WAYBILL_OK)
        status = dkim2_bodies_update(bodies, after->body);
    if (status == WAYBILL_OK)
        status = dkim2_bodies_final(bodies);
    *same = status == WAYBILL_OK && made->applies && e.same && e.rest.n + e.line_end.n == 0;
    return status;
}

enum waybill_status trial_of_recipe(struct arena *arena, const struct dkim2_draft *draft,
                                    const struct recipe *recipe, const struct whole *before,
                                    const struct whole *after, bool *same)
{
    enum waybill_status status = try_fields(arena, draft, recipe, before, after, same);
    return status == WAYBILL_OK && *same ? try_body(arena, recipe, before, after, same) : status;
}
