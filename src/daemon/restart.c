#include "daemon/restart.h"

#include <stddef.h>

/* Made once, when the daemon starts: threads, sockets, open files, what the resolver is. */
static const struct {
    const char *name;
    size_t member;
} fixed[] = {
    {"user", offsetof(struct config, user)},
    {"workers", offsetof(struct config, workers)},
    {"resolver", offsetof(struct config, resolver)},
    {"dns-cache", offsetof(struct config, dns_cache)},
    {"dns-validate", offsetof(struct config, dns_validate)},
    {"log", offsetof(struct config, log)},
    {"site-key", offsetof(struct config, site_key)},
    {"site-key-before", offsetof(struct config, site_key_before)},
    {"spool", offsetof(struct config, spool)},
    {"spool-server", offsetof(struct config, spool_server)},
    {"spool-password", offsetof(struct config, spool_password)},
    {"spool-size", offsetof(struct config, spool_size)},
    {"spool-age", offsetof(struct config, spool_age)},
    {"journal", offsetof(struct config, journal)},
    {"journal-size", offsetof(struct config, journal_size)},
    {"journal-files", offsetof(struct config, journal_files)},
    {"metrics", offsetof(struct config, metrics)},
};

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_value(const struct config *a, const struct config *b, size_t member)
{
    const struct config_value *one = (const void *)((const char *)a + member);
    const struct config_value *other = (const void *)((const char *)b + member);
    return same_text(one->text, other->text);
}

static bool same_listeners(const struct config *a, const struct config *b)
{
    if (a->n_listeners != b->n_listeners)
        return false;
    for (size_t i = 0; i < a->n_listeners; i++)
        if (!same_text(a->listeners[i].name.text, b->listeners[i].name.text) ||
            !same_text(a->listeners[i].socket.text, b->listeners[i].socket.text))
            return false;
    return true;
}

const char *restart_needed(const struct settings *now, const struct settings *next)
{
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (!same_value(&now->config, &next->config, fixed[i].member))
            return fixed[i].name;
    return same_listeners(&now->config, &next->config) ? NULL : "the listeners, or a socket,";
}
