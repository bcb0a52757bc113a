/*
 * io/config_policy.h: the policy that a configuration describes.
 */
#ifndef IO_CONFIG_POLICY_H
#define IO_CONFIG_POLICY_H

#include "io/config.h"
#include "waybill/policy.h"

/* Where and why a configuration makes no policy: in its own file, or in that of its trust. */
struct config_error {
    const char *file; /* lives as long as the configuration */
    struct waybill_text_error text;
};

/*
 * A policy as the configuration has it, its trust file read. WAYBILL_SYNTAX, WAYBILL_LIMIT and
 * WAYBILL_REFUSED fill *error; *out is NULL after any error. The policy does not need the
 * configuration any more.
 */
enum waybill_status config_policy(const struct config *config, struct waybill_policy **out,
                                  struct config_error *error);

#endif
