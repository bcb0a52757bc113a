/* A configuration of many values, lists and sections. */
#include "alloc.h"
#include "io/config.h"

static void note_list(struct result *out, const struct config_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        alloc_note(out, slice_str(list->values[i].text));
}

static void note_config(struct result *out, const struct config *config)
{
    alloc_note(out, slice_str(config->trust.text));
    note_list(out, &config->shadow);
    for (size_t i = 0; i < config->n_rules; i++)
        alloc_note(out, slice_str(config->rules[i].name.text));
    for (size_t i = 0; i < config->n_listeners; i++) {
        alloc_note(out, slice_str(config->listeners[i].domain.text));
        note_list(out, &config->listeners[i].own);
    }
}

static void write_config(struct buffer *out)
{
    buffer_add_str(out, "trust = \"trust\"\nshadow = { a, b, c, d, e }\n");
    for (size_t i = 0; i < 20; i++)
        buffer_printf(out, "rule \"r%zu\" { reported = dkim }\n", i);
    for (size_t i = 0; i < 20; i++)
        buffer_printf(out,
                      "listener \"l%zu\" { socket = \"unix:/%zu\" preset = provider domain = "
                      "\"B\xC3\x9C"
                      "CHER%zu.example\" }\n",
                      i, i, i);
}

enum waybill_status alloc_config(struct result *out)
{
    static char text[8192];
    struct buffer b = buffer_over(text, sizeof text);
    struct config config;
    struct waybill_text_error error;
    write_config(&b);
    enum waybill_status status =
        config_read(&config, "/etc/waybill/waybill.conf", buffer_slice(&b), &error);
    if (status == WAYBILL_OK)
        note_config(out, &config);
    config_free(&config);
    return status;
}
