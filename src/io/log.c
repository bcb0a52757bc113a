#include "io/log.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "io/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

struct log {
    enum log_target target;
    const char *program;
    bool journal; /* systemd's reads standard error */
};

/*
 * Whether systemd's journal reads standard error: JOURNAL_STREAM names its device and inode
 * (systemd.exec(5)), and a service may have sent it elsewhere since.
 */
static bool is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat there;
    char own[64];
    if (!stream || fstat(STDERR_FILENO, &there) != 0)
        return false;
    snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)there.st_dev, (uintmax_t)there.st_ino);
    return strcmp(stream, own) == 0;
}

struct log *log_new(enum log_target target, const char *program)
{
    struct log *log = calloc(1, sizeof *log);
    if (!log)
        return NULL;
    *log = (struct log){target, program, is_journal()};
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

/* With what stands before it and its end it is no longer than a pipe takes in one piece. */
static void write_line(const struct log *log, enum log_level level, struct slice line)
{
    char octets[LIMIT_LOG_LINE];
    struct buffer whole = buffer_over(octets, sizeof octets);
    if (log->journal)
        buffer_printf(&whole, "<%d>", (int)level);
    else
        buffer_printf(&whole, "%s: ", log->program);
    buffer_add(&whole, slice_sub(line, 0, sizeof octets - whole.n - 1));
    buffer_add_octet(&whole, '\n');
    file_write_all(STDERR_FILENO, buffer_slice(&whole));
}

void log_line(struct log *log, enum log_level level, struct slice line)
{
    if (log->target == LOG_TARGET_SYSLOG)
        syslog((int)level, "%.*s", SLICE_ARGS(slice_sub(line, 0, LIMIT_LOG_LINE)));
    else
        write_line(log, level, line);
}
