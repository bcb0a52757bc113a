/*
 * daemon/journal_watch.h: says when lines of the journal begin to be lost, and when that is over;
 * not each line.
 */
#ifndef DAEMON_JOURNAL_WATCH_H
#define DAEMON_JOURNAL_WATCH_H

#include "io/journal.h"
#include "io/log.h"

/* All 0 to begin with. */
struct journal_watch {
    struct journal_counts seen;
    uint64_t before; /* lines that were lost before this time */
    bool losing;
};

/* Each second. It is over when lines were written for a second and none was lost. */
void journal_watch(struct journal_watch *watch, struct log *log, const char *path,
                   struct journal_counts now);

#endif
