#include "mail/body.h"

/* The running digest of one kind over one canonical form. */
struct running {
    bool wanted;
    struct digest digest;
    struct body_digest
        *limited;              /* in ascending order of their limits; those passed are taken out */
    struct body_digest *whole; /* NULL or the one without a limit */
};

struct body_stream {
    struct crypto *crypto;
    struct canon_body canon;
    uint8_t gathered[4096];
    uint64_t octets; /* given out by the canonical form so far */
    struct running running[DIGEST_KINDS];
};

static enum waybill_status pass_limits(struct body_stream *stream, struct running *r,
                                       struct slice *run, uint64_t *at)
{
    while (r->limited && r->limited->wish.limit - *at <= run->n) {
        struct body_digest *done = r->limited;
        struct slice before = slice_sub(*run, 0, (size_t)(done->wish.limit - *at));
        struct digest copy = {NULL, r->digest.kind, 0};
        enum waybill_status status = digest_update(&r->digest, before);
        if (status == WAYBILL_OK)
            status = digest_fork(stream->crypto, &r->digest, &copy);
        if (status == WAYBILL_OK)
            status = digest_final(stream->crypto, &copy, &done->value);
        if (status != WAYBILL_OK)
            return status;
        done->met = true;
        r->limited = done->next;
        *run = slice_from(*run, before.n);
        *at += before.n;
    }
    return WAYBILL_OK;
}

static enum waybill_status take(void *self, struct slice run)
{
    struct body_stream *stream = self;
    for (size_t k = 0; k < DIGEST_KINDS; k++) {
        struct running *r = &stream->running[k];
        struct slice rest = run;
        uint64_t at = stream->octets;
        if (!r->wanted)
            continue;
        enum waybill_status status = pass_limits(stream, r, &rest, &at);
        /* Behind the last limit nobody needs the octets unless somebody wants all. */
        if (status == WAYBILL_OK && (r->whole || r->limited))
            status = digest_update(&r->digest, rest);
        if (status != WAYBILL_OK)
            return status;
    }
    stream->octets += run.n;
    return WAYBILL_OK;
}

static struct body_stream *stream_of(struct body *body, enum canon form)
{
    struct body_stream *stream = body->streams[form];
    if (!stream && (stream = arena_alloc(body->arena, sizeof *stream))) {
        stream->crypto = body->crypto;
        stream->canon = (struct canon_body){.form = form,
                                            .sink = {take, stream},
                                            .gathered = stream->gathered,
                                            .room = sizeof stream->gathered};
        body->streams[form] = stream;
    }
    return stream;
}

/* Where a wish stands or belongs in the list of its running digest. */
static struct body_digest **place_of(struct running *r, const struct body_wish *wish)
{
    struct body_digest **place = wish->limited ? &r->limited : &r->whole;
    while (wish->limited && *place && (*place)->wish.limit < wish->limit)
        place = &(*place)->next;
    return place;
}

enum waybill_status body_wish(struct body *body, struct body_wish wish,
                              const struct body_digest **out)
{
    struct body_stream *stream = stream_of(body, wish.canon);
    if (!stream)
        return WAYBILL_NOMEM;
    struct running *r = &stream->running[wish.digest];
    if (!r->wanted) {
        enum waybill_status status = digest_start(body->crypto, wish.digest, &r->digest);
        if (status != WAYBILL_OK)
            return status;
        r->wanted = true;
    }
    struct body_digest **place = place_of(r, &wish);
    if (!*place || (wish.limited && (*place)->wish.limit != wish.limit)) {
        struct body_digest *d = arena_alloc(body->arena, sizeof *d);
        if (!d)
            return WAYBILL_NOMEM;
        d->wish = wish;
        d->next = *place;
        *place = d;
    }
    *out = *place;
    return WAYBILL_OK;
}

enum waybill_status body_update(struct body *body, struct slice octets)
{
    for (size_t f = 0; f < CANON_FORMS; f++) {
        if (!body->streams[f])
            continue;
        enum waybill_status status = canon_body_update(&body->streams[f]->canon, octets);
        if (status != WAYBILL_OK)
            return status;
    }
    return WAYBILL_OK;
}

static enum waybill_status finish(struct body_stream *stream)
{
    enum waybill_status status = canon_body_final(&stream->canon);
    for (size_t k = 0; k < DIGEST_KINDS && status == WAYBILL_OK; k++) {
        struct running *r = &stream->running[k];
        struct slice none = {NULL, 0};
        uint64_t at = stream->octets;
        if (!r->wanted)
            continue;
        status = pass_limits(stream, r, &none, &at); /* a limit that is the very length */
        if (status != WAYBILL_OK || !r->whole)
            continue;
        status = digest_final(stream->crypto, &r->digest, &r->whole->value);
        r->whole->met = status == WAYBILL_OK;
    }
    return status;
}

enum waybill_status body_final(struct body *body)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t f = 0; f < CANON_FORMS && status == WAYBILL_OK; f++)
        if (body->streams[f])
            status = finish(body->streams[f]);
    return status;
}

void body_drop(struct body *body)
{
    for (size_t f = 0; f < CANON_FORMS; f++)
        for (size_t k = 0; body->streams[f] && k < DIGEST_KINDS; k++)
            digest_drop(body->crypto, &body->streams[f]->running[k].digest);
}

uint64_t body_octets(const struct body *body, enum canon form)
{
    return body->streams[form] ? body->streams[form]->octets : 0;
}
