/* The texts of a TXT answer, cut at NUL. */
#include "base/limits.h"
#include "dmarc/record.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RECORDS = 3 };

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static bool within(struct slice part, struct slice whole)
{
    return part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

/* What was kept of a URI is one itself. */
static void look_at_uris(const struct dmarc_uris *uris, struct slice text)
{
    must(uris->n <= LIMIT_DMARC_URIS);
    for (size_t i = 0; i < uris->n; i++) {
        const struct dmarc_uri *u = &uris->all[i];
        struct dmarc_uri again;
        must(within(u->text, text) && within(u->scheme, u->text) && within(u->rest, u->text));
        must(u->scheme.n > 0 && u->rest.n > 0 && u->scheme.n + 1 + u->rest.n == u->text.n);
        must(dmarc_uri_parse(u->text, &again) && slice_eq(again.text, u->text));
    }
}

static void look_at(const struct dmarc_record *r, struct slice text)
{
    const unsigned exclusive = DMARC_FO_NONE_ALIGNED | DMARC_FO_ANY_FAILED;
    must(slice_eq(r->text, text) && r->requests[DMARC_P].present);
    must(r->applies || r->why);
    for (unsigned i = 0; i < DMARC_REQUESTS; i++)
        must(r->requests[i].policy <= DMARC_REJECT && dmarc_request_text((enum dmarc_request)i));
    must(r->psd <= DMARC_PSD_NO && r->fo > 0 && r->fo < 16 && (r->fo & exclusive) != exclusive);
    must(r->requests[dmarc_record_below(r, true)].present);
    must(r->requests[dmarc_record_below(r, false)].present);
    look_at_uris(&r->rua, text);
    look_at_uris(&r->ruf, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = arena_new();
    struct waybill_datum texts[RECORDS];
    struct waybill_answer answer = WAYBILL_ANSWER(WAYBILL_ANSWERED);
    struct slice rest = slice_of(data, size);
    size_t records = 0;
    answer.data = texts;
    while (answer.n < RECORDS && (answer.n == 0 || rest.n > 0)) {
        struct slice text = slice_sub(rest, 0, slice_find(rest, 0, 0));
        struct dmarc_record r;
        enum waybill_status status = dmarc_record_parse(&arena, text, &r);
        must(status == WAYBILL_OK || status == WAYBILL_SYNTAX);
        if (status == WAYBILL_OK)
            look_at(&r, text);
        records += status == WAYBILL_OK;
        texts[answer.n++] = (struct waybill_datum){(const char *)text.p, text.n};
        rest = slice_from(rest, text.n + 1);
    }
    const struct dmarc_record *one;
    bool several;
    must(dmarc_record_find(&arena, &answer, &one, &several) == WAYBILL_OK);
    must((one != NULL) == (records == 1) && several == (records > 1));
    arena_free(&arena);
    return 0;
}
