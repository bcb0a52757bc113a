/*
 * io/journal.h: a file of lines that only grows, up to a ceiling: when it is full it is renamed to
 * PATH.1, that to PATH.2 and so on, and the oldest goes. All files together never have more octets
 * than a file may have, times the files.
 *
 * A line is there whole or not at all: what could be written only in part, on a full disk, is taken
 * back. What a killed process left without its end stays, and has one when the next line is
 * written: no octet of a file is ever removed, so a path that names the wrong file does no harm. A
 * line that cannot be written is dropped and counted: nobody waits for a journal.
 *
 * Any number of threads of one process; a second process is refused, for as long as the first has
 * it open.
 */
#ifndef IO_JOURNAL_H
#define IO_JOURNAL_H

#include "base/slice.h"

struct journal;

/* Since it was opened. */
struct journal_counts {
    uint64_t written, dropped; /* lines */
    uint64_t rotated;          /* files that became full */
};

/* A new file has mode 0640. `files` is at least 2. NULL fills why: what is wrong: what to do. */
struct journal *journal_open(const char *path, uint64_t octets_a_file, unsigned files,
                             char why[160]);
/* What was written is on the disk then. NULL is fine. */
void journal_close(struct journal *journal);

/* Adds a line, which holds no line end; its own is added. False: it was dropped. One write, but
 * where a file became full. */
bool journal_add(struct journal *journal, struct slice line);

/* Everything written so far is on the disk when this returns; others may add lines meanwhile. Where
 * the file was moved away or removed a new one is begun. */
void journal_sync(struct journal *journal);

struct journal_counts journal_counts(struct journal *journal);

#endif
