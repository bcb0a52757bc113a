#include "cli/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The longest message, with a file name in it; a longer one is cut. */
enum { MESSAGE_OCTETS = 4096 };

/* errno of the first write that failed; 0 while all is well. */
static int output_error;

__attribute__((format(printf, 2, 0))) static void say(struct place place, const char *format,
                                                      va_list args)
{
    char text[MESSAGE_OCTETS];
    vsnprintf(text, sizeof text, format, args);
    struct buffer line = buffer_new(8 * (size_t)MESSAGE_OCTETS);
    buffer_add_str(&line, "waybill: ");
    if (place.file) {
        buffer_add_escaped(&line, slice_str(place.file));
        if (place.line)
            buffer_printf(&line, ":%zu", place.line);
        buffer_add_str(&line, ": ");
    }
    buffer_add_escaped(&line, slice_str(text));
    buffer_add_octet(&line, '\n');
    file_write_all(STDERR_FILENO, buffer_slice(&line));
    buffer_free(&line);
}

enum outcome report(enum outcome outcome, struct place place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(place, format, args);
    va_end(args);
    return outcome;
}

void report_warning(struct place place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(place, format, args);
    va_end(args);
}

enum outcome report_status(enum waybill_status status, const char *what)
{
    return report(OUTCOME_OURS, (struct place){0}, "%s: %s", what, waybill_status_text(status));
}

enum outcome report_file(enum file_problem problem, const char *path, enum outcome unusable)
{
    static const struct {
        enum file_problem problem;
        enum outcome outcome; /* OUTCOME_DONE: the caller's `unusable` */
        const char *what;
        bool says_errno;
    } known[] = {
        {FILE_MISSING, OUTCOME_NO_FILE, "no such file: check the name", false},
        {FILE_DIRECTORY, OUTCOME_NO_FILE, "is a directory: name a file", false},
        {FILE_UNREADABLE, OUTCOME_NO_FILE, "cannot be read", true},
        {FILE_TOO_LARGE, OUTCOME_DONE, "is too large: name the right file", false},
        {FILE_UNCREATED, OUTCOME_NOT_CREATED, "cannot be created", true},
        {FILE_UNWRITTEN, OUTCOME_NOT_WRITTEN, "could not be written", true},
    };
    const char *system = strerror(errno);
    struct place place = {.file = path && strcmp(path, "-") != 0 ? path : "standard input"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].problem == problem)
            return report(known[i].outcome ? known[i].outcome : unusable, place, "%s%s%s",
                          known[i].what, known[i].says_errno ? ": " : "",
                          known[i].says_errno ? system : "");
    return report_status(WAYBILL_NOMEM, place.file);
}

void output(struct slice octets)
{
    if (!output_error && fwrite(octets.p, 1, octets.n, stdout) < octets.n)
        output_error = errno;
}

void output_lines(struct slice lines, bool lf)
{
    for (size_t at = 0; at < lines.n;) {
        size_t end = lf ? slice_find(lines, '\r', at) : lines.n;
        output(slice_sub(lines, at, end - at));
        at = end + 1;
    }
    output(lf ? SLICE("\n") : SLICE("\r\n"));
}

enum outcome output_end(enum outcome outcome)
{
    if (!output_error && fflush(stdout) != 0)
        output_error = errno;
    if (!output_error)
        return outcome;
    if (output_error == EPIPE)
        return OUTCOME_NOT_WRITTEN;
    return report(OUTCOME_NOT_WRITTEN, (struct place){.file = "standard output"},
                  "could not be written: %s", strerror(output_error));
}
