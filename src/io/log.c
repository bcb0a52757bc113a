#include "io/log.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "io/file.h"

#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

struct log {
    enum log_target target;
    const char *program;
    bool journal; /* systemd's reads standard error */
};

struct log *log_new(enum log_target target, const char *program)
{
    struct log *log = calloc(1, sizeof *log);
    if (!log)
        return NULL;
    *log = (struct log){target, program, getenv("JOURNAL_STREAM") != NULL};
    if (target == LOG_TARGET_SYSLOG)
        openlog(program, LOG_PID | LOG_NDELAY, LOG_MAIL);
    return log;
}

void log_free(struct log *log)
{
    if (log && log->target == LOG_TARGET_SYSLOG)
        closelog();
    free(log);
}

void log_line(struct log *log, enum log_level level, struct slice line)
{
    line = slice_sub(line, 0, LIMIT_LOG_LINE);
    if (log->target == LOG_TARGET_SYSLOG) {
        syslog((int)level, "%.*s", SLICE_ARGS(line));
        return;
    }
    struct buffer whole = buffer_new(LIMIT_LOG_LINE + 64);
    if (log->journal)
        buffer_printf(&whole, "<%d>", (int)level);
    else
        buffer_printf(&whole, "%s: ", log->program);
    buffer_add(&whole, line);
    buffer_add_octet(&whole, '\n');
    file_write_all(STDERR_FILENO, buffer_slice(&whole));
    buffer_free(&whole);
}
