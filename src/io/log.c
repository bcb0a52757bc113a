#include "io/log.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "io/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

/* Of "<N>", or "PROGRAM: ". */
enum { PREFIX_MOST = 64 };

struct log {
    enum log_target target;
    const char *program;
    bool journal; /* systemd's reads standard error */
};

/* systemd.exec(5): JOURNAL_STREAM names device and inode of what the journal reads. Whoever
 * inherited the variable may have a standard error of its own. */
static bool is_of_journal(int fd)
{
    char own[64];
    struct stat there;
    const char *stream = getenv("JOURNAL_STREAM");
    if (!stream || fstat(fd, &there) != 0)
        return false;
    snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)there.st_dev, (uintmax_t)there.st_ino);
    return strcmp(stream, own) == 0;
}

struct log *log_new(enum log_target target, const char *program)
{
    struct log *log = calloc(1, sizeof *log);
    if (!log)
        return NULL;
    *log = (struct log){target, program, is_of_journal(STDERR_FILENO)};
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

/* The last door: a line that somebody forgot to escape is one line all the same. */
static void add_printable(struct buffer *out, struct slice line)
{
    line = slice_sub(line, 0, LIMIT_LOG_LINE);
    for (size_t i = 0; i < line.n; i++)
        buffer_add_octet(out, line.p[i] >= ' ' && line.p[i] <= '~' ? line.p[i] : '?');
}

/* Nothing is allocated: that memory ran out can be said. */
void log_line(struct log *log, enum log_level level, struct slice line)
{
    char octets[PREFIX_MOST + LIMIT_LOG_LINE + 1];
    struct buffer whole = buffer_over(octets, sizeof octets);
    if (log->target == LOG_TARGET_SYSLOG) {
        add_printable(&whole, line);
        syslog((int)level, "%.*s", SLICE_ARGS(buffer_slice(&whole)));
        return;
    }
    if (log->journal)
        buffer_printf(&whole, "<%d>", (int)level);
    else
        buffer_printf(&whole, "%.*s: ", PREFIX_MOST - 2, log->program);
    add_printable(&whole, line);
    buffer_add_octet(&whole, '\n');
    file_write_all(STDERR_FILENO, buffer_slice(&whole));
}
