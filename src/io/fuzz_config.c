/* A configuration file: any line or value that is not in the text, or not of its type, is a find.
 */
#include "base/network.h"
#include "base/text_error.h"
#include "io/config.h"
#include "io/config_keys.h"
#include "io/config_socket.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

/* The line of that number, from 1. */
static struct slice line_at(struct slice text, size_t line)
{
    size_t from = 0;
    while (--line > 0)
        from = slice_find(text, '\n', from) + 1;
    return slice_sub(text, from, slice_find(text, '\n', from) - from);
}

static bool has(struct slice whole, struct slice part)
{
    for (size_t at = 0; at + part.n <= whole.n; at++) {
        if (slice_eq(slice_sub(whole, at, part.n), part))
            return true;
    }
    return false;
}

/* A value stands on the line that it says, but for what a backslash makes plain and a domain, which
 * is lowered; and it is what its type says. */
static void check_value(struct slice text, const struct config_key *key,
                        const struct config_value *value)
{
    struct slice line = line_at(text, value->line ? value->line : 1);
    must(value->text || value->line == 0);
    must(value->line == 0 || key->type == CONFIG_DOMAIN || slice_find(line, '\\', 0) < line.n ||
         has(line, slice_str(value->text)));
    if (key->type == CONFIG_NUMBER && value->text)
        must(value->number >= key->least && value->number <= key->most);
    if (key->type == CONFIG_CHOICE && value->text)
        must(strcmp(value->text, key->choices[value->number]) == 0);
}

static void check_key(struct slice text, const struct config_key *key, const void *members)
{
    const void *member = (const char *)members + key->member;
    if (!key->is_list) {
        check_value(text, key, member);
        return;
    }
    const struct config_list *list = member;
    for (size_t i = 0; i < list->n; i++)
        check_value(text, key, &list->values[i]);
}

static void check_place(struct slice text, enum config_place place, const void *members)
{
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        if (config_keys[i].place == place)
            check_key(text, &config_keys[i], members);
    }
}

static void check_listener(struct slice text, const struct config_listener *listener)
{
    bool receives = listener->preset.number == CONFIG_RECEIVER;
    struct config_socket socket;
    const char *why;
    must(has(line_at(text, listener->name.line), SLICE("listener")));
    must(config_socket_parse(slice_str(listener->socket.text), &socket, &why));
    must(!config_socket_is_open(&socket) || listener->peers.n > 0);
    must(receives ? listener->sign.n == 0 : listener->verify.n == 0);
    must(!listener->domain.text == (listener->preset.number != CONFIG_PROVIDER));
    for (size_t i = 0; i < listener->own.n; i++) {
        struct network network;
        must(network_parse(slice_str(listener->own.values[i].text), &network));
    }
    check_place(text, CONFIG_LISTENER, listener);
}

static void check_config(struct slice text, const struct config *config)
{
    check_place(text, CONFIG_TOP, config);
    for (size_t i = 0; i < config->n_rules; i++) {
        must(has(line_at(text, config->rules[i].name.line), SLICE("rule")));
        must(config->rules[i].reported.line > 0);
        check_place(text, CONFIG_RULE, &config->rules[i]);
    }
    for (size_t i = 0; i < config->n_listeners; i++)
        check_listener(text, &config->listeners[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config config;
    struct waybill_text_error error;
    struct slice text = slice_of(data, size);
    enum waybill_status status = config_read(&config, "file", text, &error);
    must(status == WAYBILL_OK || status == WAYBILL_SYNTAX || status == WAYBILL_LIMIT);
    must((status == WAYBILL_OK) == (error.what[0] == '\0'));
    if (status == WAYBILL_OK)
        check_config(text, &config);
    config_free(&config);
    return 0;
}
