/*
 * cli/options.h: a command line, by tables.
 *
 * A table describes the options of a verb: the parser fills the members the rows point at, the
 * help is printed from the same rows. `--name VALUE` and `--name=VALUE` are the same, of an option
 * that stands twice the last one holds, `--` ends the options.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/arena.h"
#include "cli/report.h"

enum option_kind {
    OPTION_FLAG,   /* bool */
    OPTION_TEXT,   /* const char * */
    OPTION_LIST,   /* struct option_list: may stand several times */
    OPTION_NUMBER, /* int64_t, from `least` to `most` */
    OPTION_CHOICE, /* size_t, the place among `choices` */
};

struct option_list {
    const char **values;
    size_t n;
};

struct option {
    const char *name;  /* without the two hyphens */
    const char *value; /* what the help calls its value; NULL for a flag */
    const char *help;
    enum option_kind kind;
    size_t member; /* offsetof in the struct of its table */
    int64_t least, most;
    const char *const *choices; /* ends with NULL */
};

/* Rows, and the struct they fill, which holds the defaults before. */
struct option_table {
    const struct option *rows;
    size_t n;
    void *into;
};

/* What a verb's line looks like. */
struct usage {
    const char *verb;     /* "verify", "key new" */
    const char *operands; /* "[FILE]"; "" where there are none */
    const char *summary;  /* a sentence or some lines, for the help */
    size_t least, most;   /* number of operands */
    const struct option_table *tables;
    size_t n;
};

enum options_answer {
    OPTIONS_FINE,
    OPTIONS_HELP, /* --help was there and the help is printed */
    OPTIONS_BAD,  /* the error is reported: OUTCOME_USAGE */
};

/* Arguments after the verb's name. Operands go to *operands. Lists are in the arena. */
enum options_answer options_parse(const struct usage *usage, struct arena *arena, char **arguments,
                                  struct option_list *operands);

#endif
