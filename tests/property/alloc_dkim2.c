/* DKIM2 alone. */
#include "alloc.h"
#include "dkim2/also.h"
#include "support/custody.h"
#include "support/custody_forge.h"

/* An instance's recipe undoes fields and body; a hop has two keys; two things are wrong. */
static const struct forged_step steps[] = {
    {.domain = "a.example",
     .mail_from = "<a@a.example>",
     .rcpt_to = {"<l@l.example>", "<m@l.example>"},
     .keys = {LAB_RSA, LAB_ED25519},
     .n_keys = 2},
    {.find = "Subject: Bread\r\n\r\nFlour",
     .put = "Subject: [l] Bread\r\nList-Id: l\r\n\r\nWater",
     .recipe = "{\"h\":{\"subject\":[{\"d\":[\"Bread\"]}],\"list-id\":[]},"
               "\"b\":[{\"d\":[\"Flour\"]},{\"c\":[2,2]}]}",
     .domain = "l.example",
     .mail_from = "<b@l.example>",
     .rcpt_to = {"<r@b\xC3\xBC"
                 "cher.example>"}},
    {.domain = "x.example", .next_domain = "y.example", .keys = {LAB_RSA}, .n_keys = 1},
};

static struct buffer message;

void alloc_dkim2_make(void)
{
    message = forge_journey(&alloc_lab,
                            "From: Al <a@a.example>\r\nSubject: Bread\r\n\r\nFlour\r\nsalt\r\n",
                            steps, sizeof steps / sizeof steps[0]);
}

void alloc_dkim2_free(void)
{
    buffer_free(&message);
}

static void note(struct result *out, const struct dkim2 *dkim2)
{
    alloc_note(out, slice_str(waybill_result_text(dkim2->verdict.result)));
    alloc_note(out, slice_str(waybill_result_text(dkim2->also->verdict.result)));
    for (size_t k = 0; k < dkim2->n_found; k++)
        alloc_note(out, slice_str(dkim2->found[k].text));
    for (size_t m = 0; m < dkim2->n_instances; m++)
        for (size_t k = 0; k < dkim2->instances[m]->n_changes; k++)
            alloc_note(out, slice_str(dkim2_change_text(dkim2->instances[m]->changes[k].what)));
}

enum waybill_status alloc_dkim2(struct waybill_engine *engine, struct result *out)
{
    static const char *const rcpt_to[] = {"r@x.example"};
    static const struct dns_row none = {NULL, WAYBILL_NODATA, {NULL}};
    struct custody_rows rows = {&alloc_lab, &none, 0};
    struct custody_input in = {.message = buffer_slice(&message),
                               .draft = WAYBILL_DRAFT_09,
                               .mail_from = "a@a.example",
                               .rcpt_to = rcpt_to,
                               .rcpts = 1,
                               .answer = custody_by_rows,
                               .self = &rows};
    struct custody c;
    enum waybill_status status = custody_run(engine, &in, &c);
    if (status == WAYBILL_OK)
        note(out, &c.dkim2);
    custody_free(&c);
    return status;
}
