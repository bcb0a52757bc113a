/*
 * io/config_keys.h: the tables of what a configuration file can say.
 *
 * The reader goes by them, and the manual page and the commented example are made from them
 * (config_pages.c), so that none says anything of its own.
 */
#ifndef IO_CONFIG_KEYS_H
#define IO_CONFIG_KEYS_H

#include "base/slice.h"

/* What a value is; a list has values of one type. */
enum config_type {
    CONFIG_TEXT,
    CONFIG_CHOICE, /* its number is the place among the choices */
    CONFIG_NUMBER, /* from `least` to `most` */
    CONFIG_PATH,   /* from the root on, or from the folder of the configuration file */
    CONFIG_DOMAIN,
    CONFIG_NETWORK, /* base/network.h */
    CONFIG_SOCKET,  /* config_socket_parse */
    CONFIG_LOCAL,   /* config_socket_local */
    CONFIG_SERVER,  /* config_socket_server */
    CONFIG_TYPES
};

/* Where a key stands: at the top, or in a section. */
enum config_place { CONFIG_TOP, CONFIG_RULE, CONFIG_LISTENER, CONFIG_PLACES };

struct config_key {
    enum config_place place;
    const char *name;
    enum config_type type;
    bool is_list;         /* struct config_list; else struct config_value */
    bool required;        /* in every section where it makes sense */
    unsigned presets;     /* of a listener: bits of the presets with which it makes sense; 0: all */
    const char *fallback; /* its value where it is left out; of a list, "A, B"; NULL: none */
    const char *const *choices; /* ends with NULL */
    unsigned least, most;
    size_t member;       /* offsetof in struct config, or in the struct of its section */
    const char *value;   /* what the manual calls its value, where it is no choice */
    const char *example; /* as it stands in a file */
    const char *meaning; /* sentences */
};

enum { CONFIG_KEYS = 51 };

/* In a section, the keys on which others hang come first. */
extern const struct config_key config_keys[CONFIG_KEYS];

struct config_section {
    const char *name;    /* NULL: the top, which is none */
    size_t most;         /* of a file */
    size_t octets;       /* of its struct, which begins with its name */
    size_t list, n;      /* offsetof in struct config */
    const char *example; /* a name of one */
    const char *heading; /* of the commented example */
    const char *meaning; /* sentences */
};

extern const struct config_section config_sections[CONFIG_PLACES];

/* In the order of enum config_preset; ends with NULL. */
extern const char *const config_presets[];

/* The key of this name in this place; NULL: none. */
const struct config_key *config_key_find(enum config_place place, struct slice name);

/* The section of this name; CONFIG_TOP: none. */
enum config_place config_section_find(struct slice name);

#endif
