/*
 * cli/verbs.h: verbs by name.
 */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "cli/report.h"

struct verb {
    const char *name;
    const char *help;                      /* one line */
    enum outcome (*run)(char **arguments); /* what follows the name, up to NULL */
};

/*
 * Runs the verb that the first argument names, or prints the help over all of them. `prefix` is
 * what stands before it on the line: "" or the name of a verb that has verbs of its own.
 */
enum outcome verbs_run(const char *prefix, const struct verb *verbs, size_t n, char **arguments);

enum outcome verify_run(char **arguments);
enum outcome sign_run(char **arguments);
enum outcome key_run(char **arguments);
enum outcome key_check_run(char **arguments);
enum outcome trust_run(char **arguments);

#endif
