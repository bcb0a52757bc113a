/*
 * io/config.h: the configuration file of the programs, waybill.conf(5).
 */
#ifndef IO_CONFIG_H
#define IO_CONFIG_H

#include "base/arena.h"
#include "waybill/answers.h"

/*
 * A value and the line it stands on; line 0: it is left out, and `text` is its default, or NULL
 * where it has none. Every value is what its type says (config_keys.h): a path begins at the
 * working folder, not at that of the file; a domain is in A-labels and lower case.
 */
struct config_value {
    const char *text;
    size_t line;
    unsigned number; /* of a number; of a choice, its place among the choices */
};

struct config_list {
    struct config_value *values;
    size_t n;
};

struct config_rule {
    struct config_value name;
    struct config_value reported, reporter; /* in the order of waybill/policy.h */
    struct config_value alignment;          /* relaxed, strict */
    struct config_value sets_least, sets_most;
    struct config_value reputation; /* 0 where it is left out */
};

/* What a listener is for. */
enum config_preset {
    CONFIG_RECEIVER,
    CONFIG_ORIGINATOR,
    CONFIG_PROVIDER,
    CONFIG_LIST_IN,
    CONFIG_FORWARDER_IN,
    CONFIG_LIST_OUT,
    CONFIG_FORWARDER_OUT,
};

/* What a listener may do, each what is before it, too. */
enum config_mode { CONFIG_OBSERVE, CONFIG_ANNOTATE, CONFIG_ENFORCE };

/* A value that makes no sense with the preset has no text, such a list no values. */
struct config_listener {
    struct config_value name;
    struct config_value socket;      /* as config_socket_parse takes it */
    struct config_value preset;      /* enum config_preset */
    struct config_value mode;        /* enum config_mode */
    struct config_value authserv_id; /* without text, that of the top */
    struct config_list verify;       /* numbers: spf, dkim, dkim2, arc, dmarc */
    struct config_list sign;         /* numbers: dkim, dkim2 */
    struct config_list own, peers;   /* as network_parse takes them */
    struct config_list daemons;
    struct config_value domain;
    struct config_list lists; /* addresses, or domains */
    struct config_value seal; /* no, yes */
    struct config_list next_domains;
    struct config_list secret_fields;
    struct config_value literals_most; /* octets; 0: any number */
};

struct config {
    struct arena arena;
    const char *file; /* its name, for errors */
    struct config_value authserv_id;
    struct config_value trust;
    struct config_value override;
    struct config_list shadow;
    struct config_list reject, defer; /* numbers: spf, dkim, dkim2, arc, dmarc */
    struct config_value draft;        /* in the order of enum waybill_draft */
    struct config_value dkim2_aligns; /* no, yes */
    /* of waybilld alone */
    struct config_value user;
    struct config_value workers;          /* 0: one a processor, at most 8 */
    struct config_value resolver;         /* as resolver_new takes it */
    struct config_value dns_cache;        /* MB a worker */
    struct config_value dns_validate;     /* no, yes */
    struct config_value deadline;         /* seconds */
    struct config_value log;              /* stderr, syslog */
    struct config_value log_addresses;    /* no, yes */
    struct config_value results_comments; /* no, yes */
    struct config_value keys, site_key;   /* paths */
    struct config_value site_key_before;  /* a path */
    struct config_value spool;            /* a path */
    struct config_value spool_server;     /* a socket */
    struct config_value spool_password;   /* a path */
    struct config_value spool_size;       /* MB */
    struct config_value spool_age;        /* days */
    struct config_value journal;          /* a path */
    struct config_value journal_size;     /* MB a file */
    struct config_value journal_files;    /* how many */
    struct config_value metrics;          /* as config_socket_local takes it */
    struct config_value drain;            /* seconds */
    struct config_rule *rules;
    size_t n_rules;
    struct config_listener *listeners;
    size_t n_listeners;
};

/*
 * Reads the text of a configuration file. `file` is its name, copied: errors and relative paths go
 * by it. A text without a statement gives every default, and no listener. WAYBILL_SYNTAX and
 * WAYBILL_LIMIT fill *error. config_free in any case. Any number of threads, each with a
 * configuration of its own.
 */
enum waybill_status config_read(struct config *config, const char *file, struct slice text,
                                struct waybill_text_error *error);
void config_free(struct config *config);

#endif
