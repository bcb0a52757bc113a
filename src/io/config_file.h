/*
 * io/config_file.h: files that a configuration names.
 */
#ifndef IO_CONFIG_FILE_H
#define IO_CONFIG_FILE_H

#include "base/buffer.h"
#include "io/config.h"

/* Where and why a configuration cannot be followed: in its own file, or in one that it names. */
struct config_error {
    const char *file; /* lives as long as the configuration */
    struct waybill_text_error text;
};

/*
 * Appends the file that the value of `key` names; the buffer's ceiling is the most it may have.
 * WAYBILL_SYNTAX: it cannot be had, and the error is on the line that names it.
 */
enum waybill_status config_file_read(const struct config *config, const char *key,
                                     const struct config_value *path, struct buffer *out,
                                     struct config_error *error);

#endif
