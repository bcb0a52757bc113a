/* DMARC alone. */
#include "alloc.h"
#include "base/limits.h"

/* Two authors, one record with reports, walks that are asked for in a second wave. */
static const struct dns_row dmarc_rows[] = {
    {"_dmarc.xn--bcher-kva.example",
     WAYBILL_ANSWERED,
     {"v=DMARC1; p=reject; rua=mailto:a@b.example,https://c.example/!1m; ruf=x:y; fo=1:d"}},
    {"_dmarc.example", WAYBILL_ANSWERED, {"v=DMARC1; p=none; np=reject; psd=y"}},
    {"_dmarc.d.example", WAYBILL_ANSWERED, {"v=DMARC1", "v=DMARC1"}},
    {"_dmarc.e.example", WAYBILL_SERVFAIL, {NULL}},
};

static void note_dmarc(struct result *r, const struct dmarc *d)
{
    alloc_note(r, slice_str(waybill_result_text(d->verdict.result)));
    for (size_t i = 0; i < d->n; i++) {
        alloc_note(r, d->authors[i].domain);
        alloc_note(r, slice_str(waybill_result_text(d->authors[i].verdict.result)));
        alloc_note(r, slice_str(dmarc_policy_text(d->authors[i].published)));
        alloc_note(r, d->authors[i].organisation);
    }
}

static enum waybill_status answer_dmarc(struct questions *q, size_t *n)
{
    const struct waybill_question *open;
    enum waybill_status status = questions_open(q, &open, n);
    for (size_t i = 0; i < *n && status == WAYBILL_OK; i++) {
        struct waybill_datum room[DNS_ROW_TEXTS];
        struct waybill_answer answer = lab_answer(
            &alloc_lab, dmarc_rows, sizeof dmarc_rows / sizeof dmarc_rows[0], &open[i], room);
        status = questions_answer(q, &open[i], &answer);
    }
    return status;
}

static enum waybill_status run_dmarc(struct arena *arena, struct result *out)
{
    static const struct dmarc_identifier domains[] = {
        {DMARC_BY_SPF, {(const uint8_t *)"m.xn--bcher-kva.example", 23}, DMARC_UNCERTAIN},
        {DMARC_BY_DKIM, {(const uint8_t *)"e.example", 9}, DMARC_PASSED},
        {DMARC_BY_DKIM, {(const uint8_t *)"x.d.example", 11}, DMARC_PASSED}};
    struct dmarc_identifier identifiers[LIMIT_DMARC_WALKS_AHEAD + 3];
    struct questions questions = questions_new(arena);
    struct mailboxes from;
    struct dmarc dmarc;
    size_t n = sizeof identifiers / sizeof identifiers[0], open = 1;
    for (size_t i = 0; i < n; i++)
        identifiers[i] = domains[i < n - 2 ? 0 : i - (n - 3)];
    enum waybill_status status =
        address_parse_list(arena,
                           SLICE("a@b\xC3\xBC"
                                 "cher.example, b@d.example, c@[192.0.2.1]"),
                           &from);
    if (status == WAYBILL_OK)
        status = dmarc_plan(arena, &questions, &from, identifiers, n, &dmarc);
    while (status == WAYBILL_OK && open > 0) {
        status = dmarc_evaluate(&dmarc);
        if (status == WAYBILL_OK)
            status = answer_dmarc(&questions, &open);
    }
    if (status == WAYBILL_OK)
        note_dmarc(out, &dmarc);
    return status;
}

size_t alloc_arena_taken;

enum waybill_status alloc_dmarc(struct result *out)
{
    struct arena arena = arena_new();
    enum waybill_status status = WAYBILL_OK;
    for (size_t taken = 0; taken < alloc_arena_taken && status == WAYBILL_OK; taken += ARENA_STEP)
        status = arena_alloc(&arena, ARENA_STEP) ? WAYBILL_OK : WAYBILL_NOMEM;
    if (status == WAYBILL_OK)
        status = run_dmarc(&arena, out);
    arena_free(&arena);
    return status;
}
