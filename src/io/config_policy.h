/*
 * io/config_policy.h: the policy that a configuration describes.
 */
#ifndef IO_CONFIG_POLICY_H
#define IO_CONFIG_POLICY_H

#include "io/config_file.h"
#include "waybill/policy.h"

/*
 * A policy as the configuration has it, its trust file read. WAYBILL_SYNTAX, WAYBILL_LIMIT and
 * WAYBILL_REFUSED fill *error; *out is NULL after any error. The policy does not need the
 * configuration any more.
 */
enum waybill_status config_policy(const struct config *config, struct waybill_policy **out,
                                  struct config_error *error);

#endif
