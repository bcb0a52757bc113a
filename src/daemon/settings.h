/*
 * daemon/settings.h: what the configuration says, in the form in which messages need it.
 *
 * Every worker has settings of its own, made of the same files; only the key table is shared, and
 * never changes. A message keeps the settings it began with.
 */
#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

#include "base/network.h"
#include "daemon/preset.h"
#include "io/config_policy.h"
#include "io/config_socket.h"
#include "policy/keys.h"
#include "waybill/dkim2.h"

struct signing_keys;

struct networks {
    struct network *all;
    size_t n;
};

struct listener {
    const char *name;
    struct config_socket socket;
    const struct preset *preset;
    enum config_mode mode;
    const char *authserv_id;
    unsigned verify; /* 1u << enum waybill_method */
    unsigned sign;   /* enum key_use */
    struct networks own, peers;
    const struct config_list *daemons;
    const char *domain; /* a provider's own; else NULL */
    const struct config_list *lists;
    bool seal;
    const struct config_list *next_domains;
    struct waybill_revise_rules recipes; /* what they must not reveal */
};

/* The text of the key file, understood; of all workers. */
struct key_file;

struct settings {
    size_t users; /* the worker, and its messages */
    struct config config;
    struct waybill_policy *policy;
    struct key_file *key_file;
    const struct key_table *keys;      /* of the key file; NULL: none */
    struct signing_keys *signing_keys; /* that were opened; the worker's */
    struct listener *listeners;
    size_t n_listeners;
    enum waybill_draft draft;
    bool dkim2_aligns, comments, log_addresses;
    int64_t deadline_ms;
};

/* Where and why files make no settings. */
struct settings_error {
    char file[512];
    struct waybill_text_error text;
};

/*
 * Settings for `n` workers from the text of a configuration file; `file` is its name. Where no
 * listener is configured there is one receiver at SETTINGS_SOCKET. All of them, or none and *error
 * says why: WAYBILL_SYNTAX, WAYBILL_LIMIT, WAYBILL_REFUSED.
 */
#define SETTINGS_SOCKET "unix:/run/waybill/receiver.sock"
enum waybill_status settings_load(const char *file, struct slice text, size_t n,
                                  struct settings **out, struct settings_error *error);

/* The last user frees. NULL is fine. */
void settings_release(struct settings *settings);

#endif
