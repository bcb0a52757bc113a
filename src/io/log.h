/*
 * io/log.h: where a daemon's lines go.
 *
 * A line is one write, so that those of several threads stand whole. What is in it is the caller's
 * to have escaped (base/line.h): an octet that is not [ -~] leaves as '?'. Over LIMIT_LOG_LINE
 * octets it is cut.
 */
#ifndef IO_LOG_H
#define IO_LOG_H

#include "base/slice.h"

/* The numbers of syslog. */
enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_INFO = 6 };

enum log_target {
    LOG_TARGET_STDERR, /* with "<N>" before each line where the journal of systemd reads it */
    LOG_TARGET_SYSLOG, /* with the facility mail */
};

struct log;

/* One a process, for syslog has one. NULL is out of memory. */
struct log *log_new(enum log_target target, const char *program);
void log_free(struct log *log);
/* From any thread. A line that cannot be written is lost. */
void log_line(struct log *log, enum log_level level, struct slice line);

#endif
