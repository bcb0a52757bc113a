/*
 * A message fed in pieces. The first octet says how lines end, the second how pieces are cut; the
 * rest is the message.
 */
#include "mail/message.h"
#include "waybill/engine.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static struct waybill_engine *engine;

static enum waybill_status want_digests(void *self)
{
    const struct body_digest *digest;
    struct waybill_message *m = self;
    enum waybill_status status = WAYBILL_OK;
    for (unsigned i = 0; i < 2 * CANON_FORMS && status == WAYBILL_OK; i++) {
        struct body_wish wish = {(enum canon)(i % CANON_FORMS), DIGEST_SHA256, i >= CANON_FORMS, 7};
        status = body_wish(message_body(m), wish, &digest);
    }
    return status;
}

static struct waybill_message *feed(struct slice octets, enum waybill_lines lines, size_t step,
                                    struct message_client *client)
{
    struct waybill_message *m;
    must(waybill_message_new(engine, lines, &m) == WAYBILL_OK);
    *client = (struct message_client){.self = m, .header_ended = want_digests};
    must(message_attach(m, client) == WAYBILL_OK);
    message_measure_lines(m);
    for (size_t at = 0; at < octets.n; at += step) {
        struct slice piece = slice_sub(octets, at, step);
        must(waybill_message_feed(m, piece.p, piece.n) == WAYBILL_OK);
    }
    must(waybill_message_end(m) == WAYBILL_OK);
    return m;
}

static bool within(struct slice part, struct slice whole)
{
    return part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

/* Fields lie one behind the other, with nothing between, and their parts in them. */
static void check_header(struct waybill_message *m)
{
    const struct header *header = message_header(m);
    for (size_t i = 0; i < header->n; i++) {
        struct field *f = &header->fields[i];
        struct slice relaxed;
        must(i == 0 || f->raw.p == f[-1].raw.p + f[-1].raw.n);
        must(within(f->name, f->raw) && within(f->value, f->raw));
        must(f->name.p == f->raw.p && f->name.n > 0 && f->value.p > f->name.p + f->name.n);
        must(f->value.p + f->value.n + 2 == f->raw.p + f->raw.n);
        must(canon_field(message_arena(m), f, CANON_RELAXED, &relaxed) == WAYBILL_OK);
        must(relaxed.n <= f->raw.n && slice_iends(relaxed, SLICE("\r\n")));
    }
    must(message_body_octets(m) == 0 || message_has_ended(m));
}

static void same(struct waybill_message *a, struct waybill_message *b)
{
    must(message_header(a)->n == message_header(b)->n);
    for (size_t i = 0; i < message_header(a)->n; i++)
        must(slice_eq(message_header(a)->fields[i].raw, message_header(b)->fields[i].raw));
    for (size_t o = 0; o < ODDITIES; o++)
        must(memcmp(message_oddity(a, (enum oddity)o), message_oddity(b, (enum oddity)o),
                    sizeof(struct oddity_count)) == 0);
    for (size_t f = 0; f < CANON_FORMS; f++)
        must(body_octets(message_body(a), (enum canon)f) ==
             body_octets(message_body(b), (enum canon)f));
    must(message_body_octets(a) == message_body_octets(b));
    must(message_longest_line(a) == message_longest_line(b));
    must(waybill_message_has_lf(a) == waybill_message_has_lf(b));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message_client clients[2];
    if (size < 2)
        return 0;
    if (!engine)
        must(waybill_engine_new(&engine) == WAYBILL_OK);
    enum waybill_lines lines = data[0] % 2 ? WAYBILL_LINES_DETECT : WAYBILL_LINES_CRLF;
    struct slice octets = slice_of(data + 2, size - 2);
    struct waybill_message *whole = feed(octets, lines, SIZE_MAX / 2, &clients[0]);
    struct waybill_message *pieces = feed(octets, lines, data[1] ? data[1] : 1, &clients[1]);
    check_header(whole);
    same(whole, pieces);
    waybill_message_free(whole);
    waybill_message_free(pieces);
    return 0;
}
