/*
 * io/config_listeners.h: what the keys of a listener say together.
 */
#ifndef IO_CONFIG_LISTENERS_H
#define IO_CONFIG_LISTENERS_H

#include "io/config.h"

/* Judges the last listener of the configuration, all of whose keys are read, beside those before
 * it. WAYBILL_SYNTAX fills *error. */
enum waybill_status config_listeners_check(const struct config *config,
                                           struct waybill_text_error *error);

#endif
