/*
 * io/config_value.h: what the text of a value means by the type of its key.
 */
#ifndef IO_CONFIG_VALUE_H
#define IO_CONFIG_VALUE_H

#include "io/config.h"
#include "io/config_keys.h"

/* Judges value->text and gives the value the form that config.h promises. WAYBILL_SYNTAX fills
 * *error. */
enum waybill_status config_value_read(struct config *config, const struct config_key *key,
                                      struct config_value *value, struct waybill_text_error *error);

#endif
