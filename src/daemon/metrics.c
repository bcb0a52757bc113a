#include "daemon/metrics.h"

#include <stdatomic.h>
#include <stdio.h>

enum { METHODS = WAYBILL_METHOD_DMARC + 1, RESULTS = WAYBILL_RESULT_NOT_EVALUATED + 1 };
enum { DISPOSITIONS = WAYBILL_DEFER + 1, STATUSES = WAYBILL_TIMEOUT + 1, BUCKETS = 10 };

typedef _Atomic uint64_t counter;

/* Upper bounds of durations, as they are and as the page has them, in seconds. */
static const struct {
    unsigned ms;
    const char *text;
} bounds[BUCKETS] = {{1, "0.001"}, {5, "0.005"}, {10, "0.01"}, {25, "0.025"}, {50, "0.05"},
                     {100, "0.1"}, {500, "0.5"}, {1000, "1"},  {5000, "5"},   {20000, "20"}};

/* Each duration is in one bucket, the last for what is over all bounds; the page adds them up, so
 * that what it shows agrees with itself while others count. */
struct histogram {
    counter buckets[BUCKETS + 1], sum_ms;
};

static struct {
    counter results[METHODS][RESULTS];
    counter decisions[DISPOSITIONS];
    counter signed_by[SIGNED_AS][2];
    counter failures, protocol_errors;
    counter answers[STATUSES], answers_cached;
    counter journal[2], reloads[2];
    struct histogram message, dns;
    _Atomic int64_t connections, passages, waiting;
} all;

/* --- counting ----------------------------------------------------------------------------------
 */

static void count(counter *c)
{
    atomic_fetch_add_explicit(c, 1, memory_order_relaxed);
}

static void observe(struct histogram *h, int64_t ms)
{
    uint64_t value = ms > 0 ? (uint64_t)ms : 0;
    size_t i = 0;
    while (i < BUCKETS && value > bounds[i].ms)
        i++;
    count(&h->buckets[i]);
    atomic_fetch_add_explicit(&h->sum_ms, value, memory_order_relaxed);
}

void metrics_record(const struct waybill_record *record)
{
    for (unsigned m = 0; m < METHODS; m++)
        count(&all.results[m][waybill_record_result(record, (enum waybill_method)m)]);
    count(&all.decisions[waybill_record_disposition(record)]);
}

void metrics_signed(enum signed_as as, bool was_signed)
{
    count(&all.signed_by[as][was_signed]);
}

void metrics_failure(void)
{
    count(&all.failures);
}

void metrics_answer(const struct waybill_answer *answer)
{
    count(&all.answers[answer->status]);
    if (answer->cached == 1)
        count(&all.answers_cached);
    if (answer->ms >= 0)
        observe(&all.dns, answer->ms);
}

void metrics_duration(int64_t ms)
{
    observe(&all.message, ms);
}

void metrics_connection(int change)
{
    atomic_fetch_add(&all.connections, change);
}

void metrics_passage(int change)
{
    atomic_fetch_add(&all.passages, change);
}

void metrics_waiting(int change)
{
    atomic_fetch_add(&all.waiting, change);
}

void metrics_protocol_error(void)
{
    count(&all.protocol_errors);
}

void metrics_journal(bool written)
{
    count(&all.journal[written]);
}

void metrics_reload(bool done)
{
    count(&all.reloads[done]);
}

/* --- the page ----------------------------------------------------------------------------------
 */

static void head(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_printf(out, "# HELP waybill_%s %s\n# TYPE waybill_%s %s\n", name, help, name, type);
}

static void row(struct buffer *out, const char *name, const char *labels, uint64_t value)
{
    buffer_printf(out, "waybill_%s%s ", name, labels);
    buffer_add_number(out, value);
    buffer_add_octet(out, '\n');
}

static void labelled(struct buffer *out, const char *name, const char *label, const char *value,
                     const counter *c)
{
    char labels[128];
    snprintf(labels, sizeof labels, "{%s=\"%s\"}", label, value);
    row(out, name, labels, *c);
}

static void gauge(struct buffer *out, const char *name, const char *help, int64_t value)
{
    head(out, name, "gauge", help);
    row(out, name, "", value > 0 ? (uint64_t)value : 0);
}

static void seconds(struct buffer *out, uint64_t ms)
{
    buffer_add_number(out, ms / 1000);
    buffer_printf(out, ".%03u", (unsigned)(ms % 1000));
}

static void add_histogram(struct buffer *out, const char *name, const char *help,
                          const struct histogram *h)
{
    uint64_t n = 0;
    head(out, name, "histogram", help);
    for (size_t i = 0; i <= BUCKETS; i++) {
        n += h->buckets[i];
        buffer_printf(out, "waybill_%s_bucket{le=\"%s\"} ", name,
                      i < BUCKETS ? bounds[i].text : "+Inf");
        buffer_add_number(out, n);
        buffer_add_octet(out, '\n');
    }
    buffer_printf(out, "waybill_%s_sum ", name);
    seconds(out, h->sum_ms);
    buffer_printf(out, "\nwaybill_%s_count ", name);
    buffer_add_number(out, n);
    buffer_add_octet(out, '\n');
}

static void add_results(struct buffer *out)
{
    head(out, "results_total", "counter", "Results of checked messages, by method.");
    for (unsigned m = 0; m < METHODS; m++)
        for (unsigned r = 0; r < RESULTS; r++) {
            char labels[128];
            snprintf(labels, sizeof labels, "{method=\"%s\",result=\"%s\"}",
                     waybill_method_text((enum waybill_method)m),
                     waybill_result_text((enum waybill_result)r));
            row(out, "results_total", labels, all.results[m][r]);
        }
    head(out, "decisions_total", "counter", "What the policy came to.");
    for (unsigned d = 0; d < DISPOSITIONS; d++)
        labelled(out, "decisions_total", "decision",
                 waybill_disposition_text((enum waybill_disposition)d), &all.decisions[d]);
}

static void add_signed(struct buffer *out)
{
    static const char *const methods[SIGNED_AS] = {"dkim", "dkim2"};
    head(out, "signed_total", "counter", "Messages that were signed.");
    for (size_t i = 0; i < SIGNED_AS; i++)
        labelled(out, "signed_total", "method", methods[i], &all.signed_by[i][1]);
    head(out, "unsigned_total", "counter", "Messages of a signer that were not signed.");
    for (size_t i = 0; i < SIGNED_AS; i++)
        labelled(out, "unsigned_total", "method", methods[i], &all.signed_by[i][0]);
}

static void add_answers(struct buffer *out)
{
    head(out, "dns_answers_total", "counter", "Questions that were answered, by status.");
    for (unsigned s = 0; s < STATUSES; s++)
        labelled(out, "dns_answers_total", "status",
                 waybill_answer_status_text((enum waybill_answer_status)s), &all.answers[s]);
    head(out, "dns_answers_cached_total", "counter", "Of them, those that were at hand.");
    row(out, "dns_answers_cached_total", "", all.answers_cached);
    add_histogram(out, "dns_duration_seconds", "From a question to its answer.", &all.dns);
}

static void add_daemon(struct buffer *out)
{
    static const char *const outcomes[2] = {"failed", "done"};
    head(out, "failures_total", "counter",
         "Messages neither checked nor signed for a reason of ours.");
    row(out, "failures_total", "", all.failures);
    head(out, "protocol_errors_total", "counter", "Connections that broke the milter protocol.");
    row(out, "protocol_errors_total", "", all.protocol_errors);
    head(out, "reloads_total", "counter", "Reloads, by outcome.");
    for (size_t i = 0; i < 2; i++)
        labelled(out, "reloads_total", "outcome", outcomes[i], &all.reloads[i]);
    head(out, "journal_lines_total", "counter", "Lines for the journal, by outcome.");
    for (size_t i = 0; i < 2; i++)
        labelled(out, "journal_lines_total", "outcome", i ? "written" : "dropped", &all.journal[i]);
    gauge(out, "open_connections", "Connections of MTAs.", all.connections);
    gauge(out, "open_messages", "Messages between MAIL and their answer.", all.passages);
    gauge(out, "waiting_messages", "Messages whose end waits for answers.", all.waiting);
    head(out, "build_info", "gauge", "The version.");
    row(out, "build_info", "{version=\"" WAYBILL_VERSION "\"}", 1);
}

void metrics_page(struct buffer *out)
{
    add_results(out);
    add_signed(out);
    add_histogram(out, "message_duration_seconds", "From MAIL to the answer to the end.",
                  &all.message);
    add_answers(out);
    add_daemon(out);
}
