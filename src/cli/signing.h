/*
 * cli/signing.h: a run that puts new fields on top of a message: what `sign` and `revise` share.
 */
#ifndef CLI_SIGNING_H
#define CLI_SIGNING_H

#include "cli/drive.h"
#include "cli/hop.h"

struct signing_settings {
    bool dkim, arc, dkim2;
    struct option_list keys;
    const char *domain, *headers, *results, *authserv_id;
    int64_t expires;
    size_t draft; /* an enum waybill_draft */
    struct hop_settings hop;
    const char *before; /* of a revision: the message as it arrived; NULL: it is unchanged */
    struct option_list secret_fields;
    int64_t literals_most;
};

enum { SIGNING_OPTIONS = 8 };

/* The rows for a table over struct signing_settings; those of its hop are cli/hop.h. */
extern const struct option signing_options[SIGNING_OPTIONS];

/* The message of `path` (NULL: standard input) with its new fields to standard output. */
enum outcome signing_run(const struct signing_settings *settings,
                         const struct drive_settings *drive, const char *path);

#endif
