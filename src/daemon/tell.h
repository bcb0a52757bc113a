/*
 * daemon/tell.h: what the operator has to know of the daemon itself: "waybilld: FILE:LINE: what is
 * wrong: what to do".
 */
#ifndef DAEMON_TELL_H
#define DAEMON_TELL_H

#include "daemon/settings.h"
#include "io/file.h"
#include "io/log.h"

/*
 * Writes the line to the log, to standard error where log is NULL, as an error unless `end` is 0.
 * file may be NULL, line 0. All that is not printable is made '?'. Returns end, a status of
 * sysexits.h.
 */
int tell(struct log *log, int end, const char *file, size_t line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* What is wrong with a file. */
int tell_file(struct log *log, int end, const char *file, enum file_problem problem);
/* Why there are no settings. */
int tell_settings(struct log *log, enum waybill_status status, const struct settings_error *error);

#endif
