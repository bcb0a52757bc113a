/*
 * io/config_keys.h: the one table of what a configuration file can say.
 *
 * The reader goes by it, and the manual page and the commented example are made from it
 * (config_pages.c), so that none says anything of its own.
 */
#ifndef IO_CONFIG_KEYS_H
#define IO_CONFIG_KEYS_H

#include "base/slice.h"

enum config_type {
    CONFIG_TEXT,    /* struct config_value */
    CONFIG_CHOICE,  /* struct config_value; its number is the place among the choices */
    CONFIG_NUMBER,  /* struct config_value; from `least` to `most` */
    CONFIG_TEXTS,   /* struct config_list */
    CONFIG_CHOICES, /* struct config_list */
};

static inline bool config_type_is_list(enum config_type type)
{
    return type == CONFIG_TEXTS || type == CONFIG_CHOICES;
}

struct config_key {
    bool in_rule; /* a key of the section rule; else of the top */
    const char *name;
    enum config_type type;
    bool required;              /* in every section of its kind */
    const char *fallback;       /* its value where it is left out; NULL: none */
    const char *const *choices; /* ends with NULL */
    unsigned least, most;
    size_t member;       /* offsetof in struct config or struct config_rule */
    const char *value;   /* what the manual calls its value, where it is no choice */
    const char *example; /* as it stands in a file */
    const char *meaning; /* sentences */
};

enum { CONFIG_KEYS = 12 };

extern const struct config_key config_keys[CONFIG_KEYS];

#define CONFIG_SECTION_RULE "rule"

/* The key of this name, at the top or in a rule; NULL: none. */
const struct config_key *config_key_find(bool in_rule, struct slice name);

#endif
