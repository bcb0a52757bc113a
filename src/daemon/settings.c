#include "daemon/settings.h"

#include "base/limits.h"
#include "base/path.h"
#include "base/text_error.h"
#include "daemon/signing_keys.h"
#include "io/host_name.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* In the order of the choices of the configuration. */
static const enum waybill_method methods[] = {WAYBILL_METHOD_SPF, WAYBILL_METHOD_DKIM,
                                              WAYBILL_METHOD_DKIM2, WAYBILL_METHOD_ARC,
                                              WAYBILL_METHOD_DMARC};
static const unsigned uses[] = {KEY_DKIM, KEY_DKIM2};

struct key_file {
    atomic_size_t users;
    struct key_table *table;
};

/* --- the key file ------------------------------------------------------------------------------
 */

static void key_file_release(struct key_file *file)
{
    if (!file || atomic_fetch_sub(&file->users, 1) > 1)
        return;
    key_table_free(file->table);
    free(file);
}

static enum waybill_status read_keys(const struct config *config, struct key_table **out,
                                     struct config_error *error)
{
    const struct config_value *path = &config->keys;
    struct buffer text = buffer_new(LIMIT_KEYS_TEXT);
    enum waybill_status status = config_file_read(config, "keys", path, &text, error);
    if (status == WAYBILL_OK) {
        error->file = path->text;
        status = key_table_new(buffer_slice(&text), path_folder(slice_str(path->text)), out,
                               &error->text);
    }
    buffer_free(&text);
    return status;
}

static enum waybill_status key_file_new(const struct config *config, struct key_file **out,
                                        struct config_error *error)
{
    *out = NULL;
    if (!config->keys.text)
        return WAYBILL_OK;
    struct key_file *file = calloc(1, sizeof *file);
    enum waybill_status status = file ? read_keys(config, &file->table, error) : WAYBILL_NOMEM;
    if (status != WAYBILL_OK) {
        free(file);
        return status;
    }
    atomic_init(&file->users, 1);
    *out = file;
    return WAYBILL_OK;
}

/* --- listeners ---------------------------------------------------------------------------------
 */

/* The reader of the configuration has seen that each is one. */
static enum waybill_status make_networks(struct arena *arena, const struct config_list *list,
                                         struct networks *out)
{
    out->all = arena_array(arena, list->n, sizeof *out->all);
    if (!out->all)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < list->n; i++)
        out->n += network_parse(slice_str(list->values[i].text), &out->all[out->n]);
    return WAYBILL_OK;
}

static enum waybill_status make_secrets(struct arena *arena, const struct config_list *list,
                                        struct waybill_revise_rules *out)
{
    const char **names = arena_array(arena, list->n, sizeof *names);
    if (!names)
        return WAYBILL_NOMEM;
    for (size_t i = 0; i < list->n; i++)
        names[i] = list->values[i].text;
    out->secret_fields = names;
    out->n_secret_fields = list->n;
    return WAYBILL_OK;
}

static unsigned flags_of(const struct config_list *list, const unsigned *flags)
{
    unsigned all = 0;
    for (size_t i = 0; i < list->n; i++)
        all |= flags[list->values[i].number];
    return all;
}

static unsigned methods_of(const struct config_list *list)
{
    unsigned all = 0;
    for (size_t i = 0; i < list->n; i++)
        all |= 1u << methods[list->values[i].number];
    return all;
}

static enum waybill_status make_listener(struct settings *s, const struct config_listener *from,
                                         struct listener *out)
{
    struct arena *arena = &s->config.arena;
    const char *why;
    *out = (struct listener){.name = from->name.text,
                             .preset = &presets[from->preset.number],
                             .mode = (enum config_mode)from->mode.number,
                             .verify = methods_of(&from->verify),
                             .sign = flags_of(&from->sign, uses),
                             .daemons = &from->daemons,
                             .domain = from->domain.text,
                             .lists = &from->lists,
                             .seal = from->seal.number != 0,
                             .next_domains = &from->next_domains,
                             .recipes = {.literals_most = from->literals_most.number}};
    out->authserv_id = authserv_id(arena, from->authserv_id.text ? from->authserv_id.text
                                                                 : s->config.authserv_id.text);
    if (!out->authserv_id || !config_socket_parse(slice_str(from->socket.text), &out->socket, &why))
        return WAYBILL_NOMEM;
    enum waybill_status status = make_secrets(arena, &from->secret_fields, &out->recipes);
    if (status == WAYBILL_OK)
        status = make_networks(arena, &from->own, &out->own);
    return status == WAYBILL_OK ? make_networks(arena, &from->peers, &out->peers) : status;
}

static enum waybill_status make_listeners(struct settings *s)
{
    const struct config *config = &s->config;
    enum waybill_status status = WAYBILL_OK;
    s->listeners = arena_array(&s->config.arena, config->n_listeners, sizeof *s->listeners);
    if (!s->listeners)
        return WAYBILL_NOMEM;
    for (; s->n_listeners < config->n_listeners && status == WAYBILL_OK; s->n_listeners++)
        status =
            make_listener(s, &config->listeners[s->n_listeners], &s->listeners[s->n_listeners]);
    return status;
}

static enum waybill_status check_spool(const struct config *c, struct waybill_text_error *error)
{
    if (c->spool.text && c->spool_server.text)
        return text_error(error, c->spool_server.line,
                          "spool-server beside spool: leave out one of them");
    if (c->spool_password.text && !c->spool_server.text)
        return text_error(error, c->spool_password.line,
                          "spool-password without spool-server: leave it out");
    return WAYBILL_OK;
}

/* Custody rests on a secret of the site, and on what was kept. */
static enum waybill_status check_custody(const struct settings *s, struct waybill_text_error *error)
{
    for (size_t i = 0; i < s->n_listeners; i++) {
        const struct preset *preset = s->listeners[i].preset;
        size_t line = s->config.listeners[i].preset.line;
        if (preset->keeps == KEEPS_NOTHING && preset->role != &role_custodian)
            continue;
        if (!s->config.site_key.text)
            return text_error(error, line,
                              "preset = %s: site-key is missing: set it to a file with a secret",
                              preset->name);
        if (!s->config.spool.text && !s->config.spool_server.text)
            return text_error(error, line,
                              "preset = %s: spool is missing: set it to the folder of arrivals, or "
                              "spool-server",
                              preset->name);
    }
    return check_spool(&s->config, error);
}

/* --- all ---------------------------------------------------------------------------------------
 */

void settings_release(struct settings *s)
{
    if (!s || --s->users > 0)
        return;
    signing_keys_free(s->signing_keys);
    key_file_release(s->key_file);
    waybill_policy_free(s->policy);
    config_free(&s->config);
    free(s);
}

static const char default_listener[] =
    "\nlistener receiver { socket = \"" SETTINGS_SOCKET "\" preset = receiver }\n";

static enum waybill_status read_config(struct config *config, const char *file, struct slice text,
                                       struct waybill_text_error *error)
{
    enum waybill_status status = config_read(config, file, text, error);
    if (status != WAYBILL_OK || config->n_listeners > 0)
        return status;
    struct buffer whole = buffer_new(text.n + sizeof default_listener);
    buffer_add(&whole, text);
    buffer_add_str(&whole, default_listener);
    config_free(config);
    status = whole.status == WAYBILL_OK ? config_read(config, file, buffer_slice(&whole), error)
                                        : whole.status;
    buffer_free(&whole);
    if (status == WAYBILL_OK)
        config->listeners[0].socket.line = 0; /* no line of the file says it */
    return status;
}

static enum waybill_status make_one(const char *file, struct slice text, struct key_file *keys,
                                    struct settings **out, struct config_error *error)
{
    struct settings *s = *out = calloc(1, sizeof *s);
    if (!s)
        return WAYBILL_NOMEM;
    s->users = 1;
    *error = (struct config_error){.file = file};
    enum waybill_status status = read_config(&s->config, file, text, &error->text);
    if (status == WAYBILL_OK)
        status = config_policy(&s->config, &s->policy, error);
    if (status == WAYBILL_OK)
        status = make_listeners(s);
    if (status == WAYBILL_OK)
        status = check_custody(s, &error->text);
    if (status == WAYBILL_OK && !keys)
        status = key_file_new(&s->config, &s->key_file, error);
    else if (status == WAYBILL_OK)
        atomic_fetch_add(&(s->key_file = keys)->users, 1);
    s->keys = s->key_file ? s->key_file->table : NULL;
    s->draft = (enum waybill_draft)s->config.draft.number;
    s->dkim2_aligns = s->config.dkim2_aligns.number != 0;
    s->comments = s->config.results_comments.number != 0;
    s->log_addresses = s->config.log_addresses.number != 0;
    s->deadline_ms = (int64_t)s->config.deadline.number * 1000;
    return status;
}

enum waybill_status settings_load(const char *file, struct slice text, size_t n,
                                  struct settings **out, struct settings_error *error)
{
    enum waybill_status status = WAYBILL_OK;
    struct config_error why = {.file = file};
    for (size_t i = 0; i < n; i++)
        out[i] = NULL;
    for (size_t i = 0; i < n && status == WAYBILL_OK; i++)
        status = make_one(file, text, i ? out[0]->key_file : NULL, &out[i], &why);
    snprintf(error->file, sizeof error->file, "%s", why.file); /* it may be the configuration's */
    error->text = why.text;
    for (size_t i = 0; i < n && status != WAYBILL_OK; i++) {
        settings_release(out[i]);
        out[i] = NULL;
    }
    return status;
}
