/*
 * Each body is a stage that takes the lines of the newer one, copies some of them and puts literals
 * between; what it makes goes to its digests and to the stages that make older bodies of it. So the
 * memory is that of the recipes themselves, however many of them are applied one after the other.
 *
 * Until the next line at which any stage does something else, octets need no look at all but for
 * counting their lines once: they go down the stages as one span.
 */
#include "dkim2/bodies.h"

static const uint64_t FOREVER = UINT64_MAX;

/* A few lines: most of what is copied comes in long runs, and there are many bodies. */
enum { GATHERED_OCTETS = 512 };

struct stage {
    struct dkim2_body body; /* the first member: the caller's body is the stage */
    struct stage *next;     /* made after this one */

    /* Where lines come from and go to. */
    struct stage *newer;     /* NULL: it is the received body */
    struct stage *older;     /* the first of those that are made of it */
    struct stage *neighbour; /* the next that is made of the same */

    /* Where it stands in its recipe: so many lines are copied, or passed over, before something
     * else comes. */
    const struct recipe_list *recipe;
    size_t step;
    uint64_t line; /* lines of the newer body that are done with */
    uint64_t left;
    bool copying;

    /* Where its octets go. */
    struct crypto *crypto;
    struct canon_body *canon; /* NULL: nobody wants them */
    struct digest digests[DIGEST_KINDS];
    struct canon_sink sink; /* `take` is NULL: nobody wants them as they are */
};

struct dkim2_bodies {
    struct arena *arena;
    struct crypto *crypto;
    struct stage *first, *last; /* the first is the received body */
    bool started;
    bool cr;        /* the last octet was a CR whose LF may follow */
    bool amid_line; /* octets came since the last line end */
};

static struct stage *stage_of(const struct dkim2_body *body)
{
    return (struct stage *)(body->same ? body->same : body);
}

/* --- before the first octet ------------------------------------------------------------------- */

static struct stage *stage_new(struct dkim2_bodies *bodies)
{
    struct stage *s = arena_alloc(bodies->arena, sizeof *s);
    if (!s)
        return NULL;
    s->crypto = bodies->crypto;
    if (bodies->last)
        bodies->last->next = s;
    else
        bodies->first = s;
    bodies->last = s;
    return s;
}

enum waybill_status dkim2_bodies_new(struct arena *arena, struct crypto *crypto,
                                     struct dkim2_bodies **out, struct dkim2_body **received)
{
    struct dkim2_bodies *bodies = *out = arena_alloc(arena, sizeof *bodies);
    *received = NULL;
    if (!bodies)
        return WAYBILL_NOMEM;
    *bodies = (struct dkim2_bodies){.arena = arena, .crypto = crypto};
    struct stage *s = stage_new(bodies);
    if (!s)
        return WAYBILL_NOMEM;
    s->copying = true;
    s->left = FOREVER;
    *received = &s->body;
    return WAYBILL_OK;
}

enum waybill_status dkim2_bodies_undo(struct dkim2_bodies *bodies, const struct dkim2_body *newer,
                                      const struct recipe *recipe, struct dkim2_body **out)
{
    struct stage *from = stage_of(newer), *s = stage_new(bodies);
    *out = NULL;
    if (!s)
        return WAYBILL_NOMEM;
    *out = &s->body;
    s->body.lost = newer->lost || (recipe->has_body && recipe->null_body);
    if (!recipe->has_body)
        s->body.same = &from->body;
    if (!recipe->has_body || s->body.lost)
        return WAYBILL_OK;
    s->recipe = &recipe->body;
    s->newer = from;
    s->neighbour = from->older;
    from->older = s;
    return WAYBILL_OK;
}

/* Canonical octets of a body. */
static enum waybill_status take(void *self, struct slice run)
{
    struct stage *s = self;
    enum waybill_status status = WAYBILL_OK;
    for (size_t k = 0; k < DIGEST_KINDS && status == WAYBILL_OK; k++) {
        if (!s->digests[k].context)
            continue;
        status = digest_update(&s->digests[k], run);
        s->body.octets += run.n;
    }
    if (status == WAYBILL_OK && s->sink.take)
        status = s->sink.take(s->sink.self, run);
    return status;
}

static bool has_canon(struct dkim2_bodies *bodies, struct stage *s)
{
    if (s->canon)
        return true;
    uint8_t *gathered = arena_alloc(bodies->arena, GATHERED_OCTETS);
    struct canon_body *canon = arena_alloc(bodies->arena, sizeof *canon);
    if (!gathered || !canon)
        return false;
    *canon = (struct canon_body){
        .form = CANON_SIMPLE, .sink = {take, s}, .gathered = gathered, .room = GATHERED_OCTETS};
    s->canon = canon;
    return true;
}

enum waybill_status dkim2_bodies_want(struct dkim2_bodies *bodies, struct dkim2_body *body,
                                      enum digest_kind kind)
{
    struct stage *s = stage_of(body);
    body->wanted[kind] = true;
    if (s->body.lost || s->digests[kind].context)
        return WAYBILL_OK;
    if (!has_canon(bodies, s))
        return WAYBILL_NOMEM;
    s->body.wanted[kind] = true;
    return digest_start(bodies->crypto, kind, &s->digests[kind]);
}

enum waybill_status dkim2_bodies_give(struct dkim2_bodies *bodies, struct dkim2_body *body,
                                      struct canon_sink sink)
{
    struct stage *s = stage_of(body);
    if (!has_canon(bodies, s))
        return WAYBILL_NOMEM;
    s->sink = sink;
    return WAYBILL_OK;
}

/* --- lines ------------------------------------------------------------------------------------ */

static enum waybill_status go_on(struct stage *s);

/* Octets of the body of a stage, to its digests and to older ones. */
static enum waybill_status emit(struct stage *s, struct slice octets, uint64_t lines)
{
    enum waybill_status status = s->canon ? canon_body_update(s->canon, octets) : WAYBILL_OK;
    for (struct stage *o = s->older; o && status == WAYBILL_OK; o = o->neighbour) {
        if (o->copying)
            status = emit(o, octets, lines);
        o->line += lines;
        if (o->left != FOREVER && (o->left -= lines) == 0 && status == WAYBILL_OK)
            status = go_on(o);
    }
    return status;
}

static enum waybill_status emit_literals(struct stage *s, const struct recipe_step *step)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < step->n && status == WAYBILL_OK; i++) {
        status = emit(s, step->literals[i], 0);
        if (status == WAYBILL_OK)
            status = emit(s, SLICE("\r\n"), 1);
    }
    return status;
}

/* To the next lines that are copied or passed over; writes the literals before them. */
static enum waybill_status go_on(struct stage *s)
{
    enum waybill_status status = WAYBILL_OK;
    s->copying = false;
    for (; s->step < s->recipe->n && status == WAYBILL_OK; s->step++) {
        const struct recipe_step *step = &s->recipe->steps[s->step];
        if (!step->copies) {
            status = emit_literals(s, step);
            continue;
        }
        s->copying = step->first == s->line + 1;
        s->left = s->copying ? step->last - s->line : step->first - 1 - s->line;
        s->step += s->copying;
        return WAYBILL_OK;
    }
    s->left = FOREVER;
    return status;
}

/* Lines of the body of a stage after which an older one does something else. */
static uint64_t distance(const struct stage *s)
{
    uint64_t least = FOREVER;
    for (const struct stage *o = s->older; o; o = o->neighbour) {
        uint64_t own = o->copying ? distance(o) : FOREVER;
        if (o->left < own)
            own = o->left;
        if (own < least)
            least = own;
    }
    return least;
}

/* Older ones first: what they have before their first line comes before any line. */
static enum waybill_status start(struct stage *s)
{
    enum waybill_status status = WAYBILL_OK;
    for (struct stage *o = s->older; o && status == WAYBILL_OK; o = o->neighbour)
        status = start(o);
    return status == WAYBILL_OK && s->recipe ? go_on(s) : status;
}

/* --- the received body ------------------------------------------------------------------------ */

/* The octets up to the end of the `most`th line, or all; *lines is how many end in them. */
static struct slice span_of(const struct dkim2_bodies *bodies, struct slice octets, uint64_t most,
                            uint64_t *lines)
{
    size_t at = 0;
    for (*lines = 0; *lines < most;) {
        size_t lf = slice_find(octets, '\n', at);
        if (lf == octets.n)
            return octets;
        *lines += lf > 0 ? octets.p[lf - 1] == '\r' : bodies->cr;
        at = lf + 1;
    }
    return slice_sub(octets, 0, at);
}

/* Whether the octets end at the end of a line, and whether in a CR. */
static void note_end(struct dkim2_bodies *bodies, struct slice octets)
{
    uint8_t last = octets.p[octets.n - 1];
    bool cr = octets.n > 1 ? octets.p[octets.n - 2] == '\r' : bodies->cr;
    bodies->amid_line = !(last == '\n' && cr);
    bodies->cr = last == '\r';
}

static enum waybill_status begin(struct dkim2_bodies *bodies)
{
    if (bodies->started)
        return WAYBILL_OK;
    bodies->started = true;
    return start(bodies->first);
}

enum waybill_status dkim2_bodies_update(struct dkim2_bodies *bodies, struct slice octets)
{
    enum waybill_status status = begin(bodies);
    while (octets.n > 0 && status == WAYBILL_OK) {
        uint64_t most = distance(bodies->first), lines = 0;
        struct slice span = most == FOREVER ? octets : span_of(bodies, octets, most, &lines);
        status = emit(bodies->first, span, lines);
        note_end(bodies, span);
        octets = slice_from(octets, span.n);
    }
    return status;
}

static enum waybill_status finish(struct stage *s)
{
    /* The one line end as which an empty body is hashed (section 6.1) is no line of it. */
    if (s->canon && !s->canon->any)
        s->sink.take = NULL;
    enum waybill_status status = s->canon ? canon_body_final(s->canon) : WAYBILL_OK;
    for (size_t k = 0; k < DIGEST_KINDS && status == WAYBILL_OK; k++)
        if (s->digests[k].context)
            status = digest_final(s->crypto, &s->digests[k], &s->body.values[k]);
    return status;
}

/* What the end shows of a body; the newer one is judged already. */
static void judge(struct stage *s)
{
    struct dkim2_body *body = &s->body;
    const struct dkim2_body *newer = s->newer ? &s->newer->body : NULL;
    if (body->same) {
        body->lost = body->same->lost;
        body->applies = body->same->applies;
        memcpy(body->values, body->same->values, sizeof body->values);
        return;
    }
    if (newer && (newer->lost || !newer->applies))
        body->lost = true;
    /* Still to copy, or to come to a line that is copied: those lines were not there. */
    body->applies = !body->lost && (!s->recipe || s->left == FOREVER);
}

enum waybill_status dkim2_bodies_final(struct dkim2_bodies *bodies)
{
    enum waybill_status status = begin(bodies);
    /* A last line without an end is a line, and has one where it is copied (section 5.2). */
    if (status == WAYBILL_OK && bodies->amid_line)
        status = emit(bodies->first, SLICE("\r\n"), 1);
    for (struct stage *s = bodies->first; s && status == WAYBILL_OK; s = s->next) {
        status = finish(s);
        judge(s);
    }
    return status;
}

void dkim2_bodies_drop(struct dkim2_bodies *bodies)
{
    for (struct stage *s = bodies ? bodies->first : NULL; s; s = s->next)
        for (size_t k = 0; k < DIGEST_KINDS; k++)
            digest_drop(s->crypto, &s->digests[k]);
}
