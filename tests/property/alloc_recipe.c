/* Recipes made, read and undone. */
#include "alloc.h"
#include "support/recipes.h"
#include "waybill/dkim2.h"

static const char before[] = "From: a@x.example\r\nSubject: Bread\r\nComments: 2\r\nComments: 1\r\n"
                             "\r\nflour\r\nwater\r\nsalt that is\r\nnot \xFF here\r\ntime\r\n";
static const char after[] = "Message-Instance: m=1; h=sha256:eA==:eA==;\r\n"
                            "List-Id: <l.example>\r\nFrom: a@x.example\r\nSubject: [l] Bread\r\n"
                            "Comments: 1\r\n\r\nfirst\r\nflour\r\nwater\r\nsalt that is\r\ntime\r\n"
                            "footer\r\n";

enum waybill_status alloc_revise(struct waybill_engine *engine, struct result *out)
{
    static const char *const secret[] = {"Reply-To"};
    const struct waybill_revise_rules rules = {secret, 1, 0};
    struct waybill_recipe *recipe;
    const struct waybill_recipe_part *parts;
    char why[200];
    size_t n;
    enum waybill_status status =
        waybill_recipe_make(engine, WAYBILL_DRAFT_09, before, sizeof before - 1, after,
                            sizeof after - 1, &rules, &recipe, why);
    if (status != WAYBILL_OK)
        return status;
    const char *json = waybill_recipe_json(recipe, &n);
    alloc_note(out, slice_of(json, n));
    n = waybill_recipe_parts(recipe, &parts);
    for (size_t i = 0; i < n; i++)
        alloc_note(out, slice_of(parts[i].octets, parts[i].n_octets));
    waybill_recipe_free(recipe);
    return WAYBILL_OK;
}

static enum waybill_status note(void *self, const void *octets, size_t n)
{
    alloc_note(self, slice_of(octets, n));
    return WAYBILL_OK;
}

static enum waybill_status feed(struct waybill_message *message)
{
    static const char instance[] =
        "Message-Instance: m=2; r=eyJoIjp7InN1YmplY3QiOlt7ImQiOlsiQnJlYWQ"
        "iXX1dLCJsaXN0LWlkIjpbXX0sImIiOlt7ImMiOlsyLDRdfSx7InUiOlsiL3c9PSJ"
        "dfSx7ImMiOls1LDVdfV19;\r\n";
    enum waybill_status status = waybill_message_feed(message, instance, sizeof instance - 1);
    if (status == WAYBILL_OK)
        status = waybill_message_feed(message, after, sizeof after - 1);
    return status == WAYBILL_OK ? waybill_message_end(message) : status;
}

enum waybill_status alloc_undo(struct waybill_engine *engine, struct result *out)
{
    struct waybill_message *message;
    struct waybill_undo *undo = NULL;
    enum waybill_status status = waybill_message_new(engine, WAYBILL_LINES_CRLF, &message);
    if (status == WAYBILL_OK)
        status = waybill_undo_new(message, WAYBILL_DRAFT_09, 1, note, out, &undo);
    if (status == WAYBILL_OK)
        status = feed(message);
    if (status == WAYBILL_OK)
        alloc_note(out, slice_str(waybill_undo_failed(undo) ? "failed" : "made"));
    waybill_undo_free(undo);
    waybill_message_free(message);
    return status;
}
