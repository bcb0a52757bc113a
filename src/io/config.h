/*
 * io/config.h: the configuration file of the programs, waybill.conf(5).
 */
#ifndef IO_CONFIG_H
#define IO_CONFIG_H

#include "base/arena.h"
#include "waybill/answers.h"

/* A value and the line it stands on; line 0: it is left out, and `text` is its default, or NULL
 * where it has none. */
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

struct config {
    struct arena arena;
    const char *file; /* its name, for errors */
    struct config_value authserv_id;
    struct config_value trust; /* a path from here, not from the folder of the file */
    struct config_value override;
    struct config_list shadow;
    struct config_list reject, defer; /* numbers: spf, dkim, arc, dmarc */
    struct config_rule *rules;
    size_t n_rules;
};

/*
 * Reads the text of a configuration file. `file` is its name, copied: errors and a relative path of
 * the trust file go by it. WAYBILL_SYNTAX and WAYBILL_LIMIT fill *error. config_free in any case.
 * One thread at a time: libconfuse has one scanner a process.
 */
enum waybill_status config_read(struct config *config, const char *file, struct slice text,
                                struct waybill_text_error *error);
void config_free(struct config *config);

#endif
