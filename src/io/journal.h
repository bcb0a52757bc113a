/*
 * io/journal.h: a file of lines that only grows, up to a ceiling: when it is full it is renamed to
 * PATH.1, that to PATH.2 and so on, and the oldest goes.
 *
 * A line is there whole or not at all: what could be written only in part, on a full disk, is taken
 * back; what a killed process left without its end is ended before the next line. A line that
 * cannot be written is dropped and counted: nobody waits for a journal. Where a full file cannot be
 * renamed lines are dropped too, for the ceiling is the disk's. Any number of threads.
 */
#ifndef IO_JOURNAL_H
#define IO_JOURNAL_H

#include "base/slice.h"

struct journal;

/* A new file has mode 0640. `files` is at least 2. NULL fills why: what is wrong: what to do. */
struct journal *journal_open(const char *path, uint64_t octets_a_file, unsigned files,
                             char why[160]);
/* NULL is fine. */
void journal_close(struct journal *journal);

/* Adds a line; its end is added. One that is longer than a file may be has a file of its own.
 * False: it was dropped. */
bool journal_add(struct journal *journal, struct slice line);

/* Everything written so far is on the disk when this returns. Where the file was moved away or
 * removed a new one is begun. */
void journal_sync(struct journal *journal);

/* What became of the lines so far; `error` is the errno of the last one that was dropped. */
struct journal_counts {
    uint64_t written, dropped;
    int error;
};

struct journal_counts journal_count(struct journal *journal);

#endif
