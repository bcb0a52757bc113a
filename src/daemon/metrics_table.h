/*
 * daemon/metrics_table.h: the metrics, what they are called and where they are counted.
 *
 * For metrics.c, which counts, and metrics_page.c, which shows.
 */
#ifndef DAEMON_METRICS_TABLE_H
#define DAEMON_METRICS_TABLE_H

#include <stdatomic.h>
#include <stdint.h>

enum metric {
    METRIC_RESULTS,
    METRIC_DECISIONS,
    METRIC_SIGNED,
    METRIC_UNSIGNED,
    METRIC_ARRIVALS,
    METRIC_RECIPES,
    METRIC_FAILURES,
    METRIC_MESSAGE_DURATION,
    METRIC_DNS_QUESTIONS,
    METRIC_DNS_CACHED,
    METRIC_DNS_DURATION,
    METRIC_OPEN_CONNECTIONS,
    METRIC_OPEN_MESSAGES,
    METRIC_WAITING_MESSAGES,
    METRIC_PROTOCOL_ERRORS,
    METRIC_JOURNAL_LINES,
    METRIC_JOURNAL_ROTATIONS,
    METRIC_RELOADS,
    METRIC_START_TIME,
    METRICS,
};

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/* Values of a label are numbers from 0 to n - 1, and their words. */
struct metric_label {
    const char *name; /* NULL: there is none */
    const char *(*text)(unsigned value);
    unsigned n;
};

enum { METRIC_LABELS = 2, METRIC_CELLS = 48 };

struct metric_row {
    const char *name, *help;
    enum metric_kind kind;
    struct metric_label labels[METRIC_LABELS];
};

extern const struct metric_row metric_rows[METRICS];

/* The numbers of a metric: a cell for each pair of labels, the last label's values side by side; of
 * a histogram a cell for each of METRIC_BOUNDS, one for what is above them, and the sum in
 * milliseconds. A gauge that falls below 0 wraps, as two's complement has it. */
extern _Atomic uint64_t metric_cells[METRICS][METRIC_CELLS];

/* Up to which a duration counts, each with the words of its label. */
struct metric_bound {
    unsigned ms;
    const char *seconds;
};

enum { METRIC_BOUNDS = 13, METRIC_ABOVE = METRIC_BOUNDS, METRIC_SUM };

extern const struct metric_bound metric_bounds[METRIC_BOUNDS];

#endif
