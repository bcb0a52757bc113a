/* A key file, read and asked. */
#include "alloc.h"
#include "policy/keys.h"

static void note_keys(struct result *out, const struct key_table *table, struct slice domain)
{
    const struct key_line *lines;
    size_t n;
    key_table_find(table, domain, &lines, &n);
    for (size_t i = 0; i < n; i++) {
        alloc_note(out, slice_str(lines[i].selector));
        alloc_note(out, slice_str(lines[i].file));
        alloc_note(out, slice_of(&lines[i].line, sizeof lines[i].line));
    }
}

/* More patterns than are sorted one by one. */
enum waybill_status alloc_keys(struct result *out)
{
    static char text[4096];
    struct buffer b = buffer_over(text, sizeof text);
    struct key_table *table;
    struct waybill_text_error error;
    for (size_t i = 0; i < 80; i++)
        buffer_printf(&b, "d%zu.example s%zu k%zu.pem\n", i % 70, i, i);
    buffer_add_str(&b, "*.b\xC3\xBC"
                       "cher.example S /k dkim2\n");
    enum waybill_status status =
        key_table_new(buffer_slice(&b), SLICE("/etc/waybill/"), &table, &error);
    if (status != WAYBILL_OK)
        return status;
    note_keys(out, table, SLICE("d1.example"));
    note_keys(out, table, SLICE("a.xn--bcher-kva.example"));
    key_table_free(table);
    return WAYBILL_OK;
}
