#include "dkim2/input.h"

#include "base/cursor.h"
#include "dkim2/dkim2.h"

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
static enum waybill_status add_value(struct canon_sink sink, struct slice value)
{
    enum waybill_status status = WAYBILL_OK;
    for (struct cursor c = cursor_new(value); !cursor_done(&c) && status == WAYBILL_OK;) {
        status = sink.take(sink.self, take_run(&c));
        size_t from = c.at;
        int octet = cursor_take(&c);
        bool folds = octet == '\r' && cursor_accept(&c, '\n');
        if (!folds && (octet == '\r' || octet == '\n') && status == WAYBILL_OK)
            status = sink.take(sink.self, cursor_since(&c, from));
    }
    return status;
}

/* In lower case, a part at a time. */
static enum waybill_status add_name(struct canon_sink sink, struct slice name)
{
    enum waybill_status status = WAYBILL_OK;
    uint8_t lower[32];
    while (name.n > 0 && status == WAYBILL_OK) {
        size_t n = name.n < sizeof lower ? name.n : sizeof lower;
        for (size_t i = 0; i < n; i++)
            lower[i] = octet_lower(name.p[i]);
        status = sink.take(sink.self, slice_of(lower, n));
        name = slice_from(name, n);
    }
    return status == WAYBILL_OK ? sink.take(sink.self, SLICE(":")) : status;
}

enum waybill_status input_field(const struct field *field, const struct slice *cuts, size_t n,
                                struct canon_sink sink)
{
    size_t from = 0;
    enum waybill_status status = add_name(sink, field->name);
    for (size_t i = 0; i < n && status == WAYBILL_OK; i++) {
        size_t to = (size_t)(cuts[i].p - field->value.p);
        status = add_value(sink, slice_sub(field->value, from, to - from));
        from = to + cuts[i].n;
    }
    if (status == WAYBILL_OK)
        status = add_value(sink, slice_from(field->value, from));
    return status == WAYBILL_OK ? sink.take(sink.self, SLICE("\r\n")) : status;
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
