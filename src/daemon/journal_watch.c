#include "daemon/journal_watch.h"

#include "daemon/tell.h"

#include <inttypes.h>
#include <sysexits.h>

void journal_watch(struct journal_watch *w, struct log *log, const char *path,
                   struct journal_counts now)
{
    bool lost = now.dropped > w->seen.dropped, written = now.written > w->seen.written;
    if (lost && !w->losing) {
        w->losing = true;
        w->before = w->seen.dropped;
        tell(log, EX_IOERR, path, 0,
             "lines cannot be written: make room on its disk, or let this user write it");
    } else if (w->losing && written && !lost) {
        w->losing = false;
        tell(log, 0, path, 0, "lines are written again: %" PRIu64 " were lost",
             now.dropped - w->before);
    }
    w->seen = now;
}
