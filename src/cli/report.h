/*
 * cli/report.h: how the command ends, and what it says when it could not do its work.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "base/buffer.h"
#include "io/file.h"

/* Exit statuses; from 64 on they are those of sysexits.h. */
enum outcome {
    OUTCOME_DONE = 0,
    OUTCOME_NO = 1,           /* the answer is no */
    OUTCOME_USAGE = 64,       /* the command line */
    OUTCOME_NO_MESSAGE = 65,  /* the input is no message that can be taken */
    OUTCOME_NO_FILE = 66,     /* the input is not there or cannot be read */
    OUTCOME_OURS = 70,        /* an error of ours, want of memory included */
    OUTCOME_NOT_CREATED = 73, /* an output file cannot be made */
    OUTCOME_NOT_WRITTEN = 74, /* output failed */
    OUTCOME_TEMPORARY = 75,   /* nobody could say now; later somebody may */
    OUTCOME_CONFIG = 78,      /* a file of answers, a key: what the operator prepared */
};

/* Of two answers the one that counts: no wins over nobody could say, this over done. */
static inline enum outcome outcome_of_both(enum outcome a, enum outcome b)
{
    return a == OUTCOME_NO || (a == OUTCOME_TEMPORARY && b != OUTCOME_NO) ? a : b;
}

/* What an error is about; both may be left out. */
struct place {
    const char *file;
    size_t line;
};

/*
 * Writes "waybill: FILE:LINE: what is wrong: what to do" to standard error, everything escaped,
 * and gives the outcome back, so that a caller can return it.
 */
enum outcome report(enum outcome outcome, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same prefix, no outcome: something the operator should know. */
void report_warning(struct place place, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A status of the library that has no better words of its own. */
enum outcome report_status(enum waybill_status status, const char *what);
/* What is wrong with a file; `unusable` is the outcome where it is there and not as it must be. */
enum outcome report_file(enum file_problem problem, const char *path, enum outcome unusable);

/* Octets for standard output. After the first that fails nothing more is tried. */
void output(struct slice octets);
/* Lines joined by CRLF, and the end of the last one; with LF alone where the message has it so. */
void output_lines(struct slice lines, bool lf);
/* Ends standard output: the outcome, or OUTCOME_NOT_WRITTEN where octets were lost. A reader that
 * went away is told nothing. */
enum outcome output_end(enum outcome outcome);

#endif
