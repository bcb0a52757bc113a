/*
 * cli/configured.h: the configuration of a verb, and the policy it describes.
 */
#ifndef CLI_CONFIGURED_H
#define CLI_CONFIGURED_H

#include "cli/options.h"
#include "io/config.h"
#include "waybill/policy.h"

/* What is read where --config names nothing. */
#define CONFIGURED_FILE "/etc/waybill/waybill.conf"

/* Filled by configured_options. */
struct configured_settings {
    const char *config; /* --config; NULL: CONFIGURED_FILE, if it is there */
};

enum { CONFIGURED_OPTIONS = 1 };

/* The rows for a table over struct configured_settings. */
extern const struct option configured_options[CONFIGURED_OPTIONS];

struct configured {
    bool found; /* false: there is no CONFIGURED_FILE, and all is as an empty one would have it */
    struct config config;
    struct waybill_policy *policy;
};

/* Reads the file and its trust file; what is wrong with them is reported. configured_free in any
 * case, after the checks that the policy serves. */
enum outcome configured_new(const struct configured_settings *settings, struct configured *out);
/* One that is all zero is fine, too. */
void configured_free(struct configured *configured);

#endif
