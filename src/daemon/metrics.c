#include "daemon/metrics.h"

#include "daemon/metrics_table.h"

enum { METHODS = WAYBILL_METHOD_DMARC + 1, RESULTS = WAYBILL_RESULT_NOT_EVALUATED + 1 };
enum { DISPOSITIONS = WAYBILL_DEFER + 1, STATUSES = WAYBILL_TIMEOUT + 1, OUTCOMES = 2 };

_Static_assert(METHODS *RESULTS <= METRIC_CELLS, "results have cells");
_Static_assert((unsigned)METRIC_SUM < (unsigned)METRIC_CELLS, "durations have cells");

_Atomic uint64_t metric_cells[METRICS][METRIC_CELLS];

/* From what is at hand to beyond the patience of an MTA. */
const struct metric_bound metric_bounds[METRIC_BOUNDS] = {
    {1, "0.001"}, {5, "0.005"},  {10, "0.01"}, {25, "0.025"}, {50, "0.05"},
    {100, "0.1"}, {250, "0.25"}, {500, "0.5"}, {1000, "1"},   {2500, "2.5"},
    {5000, "5"},  {10000, "10"}, {30000, "30"}};

/* --- words of labels ---------------------------------------------------------------------------
 */

static const char *method(unsigned value)
{
    return waybill_method_text((enum waybill_method)value);
}

static const char *result(unsigned value)
{
    return waybill_result_text((enum waybill_result)value);
}

static const char *decision(unsigned value)
{
    return waybill_disposition_text((enum waybill_disposition)value);
}

static const char *signature(unsigned value)
{
    return method(value == SIGNED_AS_DKIM ? WAYBILL_METHOD_DKIM : WAYBILL_METHOD_DKIM2);
}

static const char *status(unsigned value)
{
    return waybill_answer_status_text((enum waybill_answer_status)value);
}

static const char *reloaded(unsigned value)
{
    return value ? "done" : "failed";
}

static const char *kept(unsigned value)
{
    return value ? "kept" : "lost";
}

static const char *made(unsigned value)
{
    return value ? "made" : "refused";
}

static const char *written(unsigned value)
{
    return value ? "written" : "dropped";
}

/* --- the table ---------------------------------------------------------------------------------
 */

const struct metric_row metric_rows[METRICS] = {
    [METRIC_RESULTS] = {"waybill_results_total",
                        "Results of checked messages.",
                        METRIC_COUNTER,
                        {{"method", method, METHODS}, {"result", result, RESULTS}}},
    [METRIC_DECISIONS] = {"waybill_decisions_total",
                          "What the policy came to for checked messages.",
                          METRIC_COUNTER,
                          {{"decision", decision, DISPOSITIONS}}},
    [METRIC_SIGNED] = {"waybill_signed_total",
                       "Messages that were signed.",
                       METRIC_COUNTER,
                       {{"method", signature, SIGNED_AS}}},
    [METRIC_UNSIGNED] = {"waybill_unsigned_total",
                         "Messages at a signing listener that were not signed; the log says why.",
                         METRIC_COUNTER,
                         {{"method", signature, SIGNED_AS}}},
    [METRIC_ARRIVALS] = {"waybill_arrivals_total",
                         "Messages that were to be kept until they leave; the log says why not.",
                         METRIC_COUNTER,
                         {{"outcome", kept, OUTCOMES}}},
    [METRIC_RECIPES] = {"waybill_recipes_total",
                        "Differences that a hop of DKIM2 was to undo, each for all copies alike.",
                        METRIC_COUNTER,
                        {{"outcome", made, OUTCOMES}}},
    [METRIC_FAILURES] = {"waybill_failures_total",
                         "Messages neither checked nor signed for a reason of ours.",
                         METRIC_COUNTER,
                         {{NULL}}},
    [METRIC_MESSAGE_DURATION] = {"waybill_message_duration_seconds",
                                 "From MAIL to the answer to the end of a message.",
                                 METRIC_HISTOGRAM,
                                 {{NULL}}},
    [METRIC_DNS_QUESTIONS] = {"waybill_dns_questions_total",
                              "Questions that were answered.",
                              METRIC_COUNTER,
                              {{"status", status, STATUSES}}},
    [METRIC_DNS_CACHED] = {"waybill_dns_cached_total",
                           "Questions whose answer was at hand.",
                           METRIC_COUNTER,
                           {{NULL}}},
    [METRIC_DNS_DURATION] = {"waybill_dns_duration_seconds",
                             "From a question to its answer.",
                             METRIC_HISTOGRAM,
                             {{NULL}}},
    [METRIC_OPEN_CONNECTIONS] = {"waybill_open_connections",
                                 "Connections of mail servers.",
                                 METRIC_GAUGE,
                                 {{NULL}}},
    [METRIC_OPEN_MESSAGES] = {"waybill_open_messages",
                              "Messages between MAIL and the answer to their end.",
                              METRIC_GAUGE,
                              {{NULL}}},
    [METRIC_WAITING_MESSAGES] = {"waybill_waiting_messages",
                                 "Messages whose end waits for the DNS or the disk.",
                                 METRIC_GAUGE,
                                 {{NULL}}},
    [METRIC_PROTOCOL_ERRORS] = {"waybill_protocol_errors_total",
                                "Connections that broke the milter protocol.",
                                METRIC_COUNTER,
                                {{NULL}}},
    [METRIC_JOURNAL_LINES] = {"waybill_journal_lines_total",
                              "Lines for the journal.",
                              METRIC_COUNTER,
                              {{"outcome", written, OUTCOMES}}},
    [METRIC_JOURNAL_ROTATIONS] = {"waybill_journal_rotations_total",
                                  "Files of the journal that became full.",
                                  METRIC_COUNTER,
                                  {{NULL}}},
    [METRIC_RELOADS] = {"waybill_reloads_total",
                        "Reloads of the configuration.",
                        METRIC_COUNTER,
                        {{"outcome", reloaded, OUTCOMES}}},
    [METRIC_START_TIME] = {"waybill_start_time_seconds",
                           "When the process began, since 1970 UTC.",
                           METRIC_GAUGE,
                           {{NULL}}},
};

/* --- counting ----------------------------------------------------------------------------------
 */

static void add(enum metric metric, unsigned cell, uint64_t n)
{
    atomic_fetch_add_explicit(&metric_cells[metric][cell], n, memory_order_relaxed);
}

static void set(enum metric metric, unsigned cell, uint64_t n)
{
    atomic_store_explicit(&metric_cells[metric][cell], n, memory_order_relaxed);
}

static void observe(enum metric metric, int64_t ms)
{
    uint64_t value = ms > 0 ? (uint64_t)ms : 0;
    unsigned bound = 0;
    while (bound < METRIC_BOUNDS && value > metric_bounds[bound].ms)
        bound++;
    add(metric, bound, 1);
    add(metric, METRIC_SUM, value);
}

void metrics_record(const struct waybill_record *record)
{
    for (unsigned m = 0; m < METHODS; m++)
        add(METRIC_RESULTS,
            m * RESULTS + (unsigned)waybill_record_result(record, (enum waybill_method)m), 1);
    add(METRIC_DECISIONS, waybill_record_disposition(record), 1);
}

void metrics_signed(enum signed_as as, bool was_signed)
{
    add(was_signed ? METRIC_SIGNED : METRIC_UNSIGNED, as, 1);
}

void metrics_arrival(bool was_kept)
{
    add(METRIC_ARRIVALS, was_kept, 1);
}

void metrics_recipe(bool was_made)
{
    add(METRIC_RECIPES, was_made, 1);
}

void metrics_failure(void)
{
    add(METRIC_FAILURES, 0, 1);
}

void metrics_answer(const struct waybill_answer *answer)
{
    add(METRIC_DNS_QUESTIONS, answer->status, 1);
    if (answer->cached == 1)
        add(METRIC_DNS_CACHED, 0, 1);
    if (answer->ms >= 0)
        observe(METRIC_DNS_DURATION, answer->ms);
}

void metrics_duration(int64_t ms)
{
    observe(METRIC_MESSAGE_DURATION, ms);
}

void metrics_connection(int change)
{
    add(METRIC_OPEN_CONNECTIONS, 0, (uint64_t)change);
}

void metrics_passage(int change)
{
    add(METRIC_OPEN_MESSAGES, 0, (uint64_t)change);
}

void metrics_waiting(int change)
{
    add(METRIC_WAITING_MESSAGES, 0, (uint64_t)change);
}

void metrics_protocol_error(void)
{
    add(METRIC_PROTOCOL_ERRORS, 0, 1);
}

void metrics_reload(bool done)
{
    add(METRIC_RELOADS, done, 1);
}

void metrics_journal(const struct journal_counts *counts)
{
    set(METRIC_JOURNAL_LINES, 0, counts->dropped);
    set(METRIC_JOURNAL_LINES, 1, counts->written);
    set(METRIC_JOURNAL_ROTATIONS, 0, counts->rotated);
}

void metrics_started(int64_t now)
{
    set(METRIC_START_TIME, 0, now > 0 ? (uint64_t)now : 0);
}
