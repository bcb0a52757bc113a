#include "daemon/tell.h"

#include "base/limits.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

static void write_line(struct log *log, int end, const char *text)
{
    struct buffer line = buffer_new(LIMIT_LOG_LINE);
    if (log) {
        buffer_add_str(&line, text);
        log_line(log, end ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, buffer_slice(&line));
    } else {
        buffer_printf(&line, "waybilld: %s\n", text);
        file_write_all(STDERR_FILENO, buffer_slice(&line));
    }
    buffer_free(&line);
}

int tell(struct log *log, int end, const char *file, size_t line, const char *format, ...)
{
    char text[1024];
    int n = 0;
    va_list arguments;
    if (file)
        n = line ? snprintf(text, sizeof text, "%s:%zu: ", file, line)
                 : snprintf(text, sizeof text, "%s: ", file);
    if (n < 0 || (size_t)n >= sizeof text)
        n = 0;
    va_start(arguments, format);
    vsnprintf(text + n, sizeof text - (size_t)n, format, arguments);
    va_end(arguments);
    for (char *c = text; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    write_line(log, end, text);
    return end;
}

int tell_file(struct log *log, int end, const char *file, enum file_problem problem)
{
    switch (problem) {
    case FILE_MISSING:
        return tell(log, end, file, 0, "there is no such file: correct the name");
    case FILE_DIRECTORY:
        return tell(log, end, file, 0, "a directory: name a file");
    case FILE_TOO_LARGE:
        return tell(log, end, file, 0, "too large: name the right file");
    case FILE_SHARED:
        return tell(log, end, file, 0, "others than its owner may read it: chmod 600");
    case FILE_NOMEM:
        return tell(log, EX_OSERR, file, 0, "out of memory");
    default:
        return tell(log, end, file, 0, "cannot be read (%s): let this user read it",
                    strerror(errno));
    }
}

int tell_settings(struct log *log, enum waybill_status status, const struct settings_error *error)
{
    if (status == WAYBILL_SYNTAX || status == WAYBILL_LIMIT || status == WAYBILL_REFUSED)
        return tell(log, EX_CONFIG, error->file, error->text.line, "%s", error->text.what);
    return tell(log, EX_SOFTWARE, NULL, 0, "%s", waybill_status_text(status));
}
