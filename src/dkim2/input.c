#include "dkim2/input.h"

#include "base/cursor.h"
#include "dkim2/dkim2.h"

/* Octets on their way: runs are gathered, for a sink's call costs more than a copy. */
struct gathering {
    struct canon_sink sink;
    size_t n;
    uint8_t octets[2048];
};

static enum waybill_status flush(struct gathering *g)
{
    enum waybill_status status =
        g->n > 0 ? g->sink.take(g->sink.self, slice_of(g->octets, g->n)) : WAYBILL_OK;
    g->n = 0;
    return status;
}

static enum waybill_status add(struct gathering *g, struct slice run)
{
    enum waybill_status status = WAYBILL_OK;
    if (run.n > sizeof g->octets - g->n)
        status = flush(g);
    if (status != WAYBILL_OK || run.n > sizeof g->octets)
        return status == WAYBILL_OK ? g->sink.take(g->sink.self, run) : status;
    memcpy(g->octets + g->n, run.p, run.n);
    g->n += run.n;
    return WAYBILL_OK;
}

enum { BLOCK = 16 };

static bool is_solid(const uint8_t *p)
{
    uint8_t other = 0;
    for (size_t k = 0; k < BLOCK; k++) /* of known length, which compilers vectorise */
        other |= (uint8_t)(p[k] <= ' ');
    return other == 0;
}

/* Takes the octets up to the next that may go: white space and the ends of folded lines. */
static struct slice take_run(struct cursor *c)
{
    size_t from = c->at;
    while (c->all.n - c->at >= BLOCK && is_solid(c->all.p + c->at))
        c->at += BLOCK;
    while (!cursor_done(c) && !octet_is_fws(c->all.p[c->at]))
        c->at++;
    return cursor_since(c, from);
}

/* A value is unfolded and all its white space deleted; a CR or LF alone is neither. */
static enum waybill_status add_value(struct gathering *g, struct slice value)
{
    enum waybill_status status = WAYBILL_OK;
    for (struct cursor c = cursor_new(value); !cursor_done(&c) && status == WAYBILL_OK;) {
        status = add(g, take_run(&c));
        size_t from = c.at;
        int octet = cursor_take(&c);
        bool folds = octet == '\r' && cursor_accept(&c, '\n');
        if (!folds && (octet == '\r' || octet == '\n') && status == WAYBILL_OK)
            status = add(g, cursor_since(&c, from));
    }
    return status;
}

static enum waybill_status add_name(struct gathering *g, struct slice name)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < name.n && status == WAYBILL_OK; i++) {
        uint8_t lower = octet_lower(name.p[i]);
        status = add(g, slice_of(&lower, 1));
    }
    return status == WAYBILL_OK ? add(g, SLICE(":")) : status;
}

enum waybill_status input_field(const struct field *field, const struct slice *cuts, size_t n,
                                struct canon_sink sink)
{
    struct gathering g = {.sink = sink};
    size_t from = 0;
    enum waybill_status status = add_name(&g, field->name);
    for (size_t i = 0; i < n && status == WAYBILL_OK; i++) {
        size_t to = (size_t)(cuts[i].p - field->value.p);
        status = add_value(&g, slice_sub(field->value, from, to - from));
        from = to + cuts[i].n;
    }
    if (status == WAYBILL_OK)
        status = add_value(&g, slice_from(field->value, from));
    if (status == WAYBILL_OK)
        status = add(&g, SLICE("\r\n"));
    return status == WAYBILL_OK ? flush(&g) : status;
}

static enum waybill_status input_all(const struct dkim2_input *input, struct canon_sink sink)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < input->n && status == WAYBILL_OK; i++)
        status = input_field(input->fields[i], NULL, 0, sink);
    return status == WAYBILL_OK ? input_field(input->own, input->cuts, input->n_cuts, sink)
                                : status;
}

static enum waybill_status to_digest(void *self, struct slice run)
{
    return digest_update(self, run);
}

static enum waybill_status to_buffer(void *self, struct slice run)
{
    struct buffer *buffer = self;
    buffer_add(buffer, run);
    return buffer->status;
}

enum waybill_status dkim2_input_digest(struct crypto *crypto, const struct dkim2_input *input,
                                       enum digest_kind kind, struct digest_value *out)
{
    struct digest digest;
    enum waybill_status status = digest_start(crypto, kind, &digest);
    if (status == WAYBILL_OK)
        status = input_all(input, (struct canon_sink){to_digest, &digest});
    if (status == WAYBILL_OK)
        status = digest_final(crypto, &digest, out);
    digest_drop(crypto, &digest);
    return status;
}

enum waybill_status dkim2_input_octets(const struct dkim2_input *input, struct buffer *out)
{
    return input_all(input, (struct canon_sink){to_buffer, out});
}
