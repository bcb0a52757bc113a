/* The text format of Prometheus, version 0.0.4. */
#include "daemon/metrics.h"
#include "daemon/metrics_table.h"

#include <inttypes.h>

static uint64_t cell(enum metric metric, unsigned i)
{
    return atomic_load_explicit(&metric_cells[metric][i], memory_order_relaxed);
}

static void add_head(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Names and words of labels are ours: nothing in them needs an escape. */
static void add_labels(struct buffer *out, const struct metric_row *row, unsigned i)
{
    const struct metric_label *first = &row->labels[0], *second = &row->labels[1];
    if (!first->name)
        return;
    unsigned n = second->name ? second->n : 1;
    buffer_printf(out, "{%s=\"%s\"", first->name, first->text(i / n));
    if (second->name)
        buffer_printf(out, ",%s=\"%s\"", second->name, second->text(i % n));
    buffer_add_octet(out, '}');
}

static void add_numbers(struct buffer *out, enum metric metric)
{
    const struct metric_row *row = &metric_rows[metric];
    unsigned n = 1;
    for (size_t i = 0; i < METRIC_LABELS && row->labels[i].name; i++)
        n *= row->labels[i].n;
    for (unsigned i = 0; i < n; i++) {
        buffer_add_str(out, row->name);
        add_labels(out, row, i);
        if (row->kind == METRIC_GAUGE)
            buffer_printf(out, " %" PRId64 "\n", (int64_t)cell(metric, i));
        else
            buffer_printf(out, " %" PRIu64 "\n", cell(metric, i));
    }
}

/* The count is that of the buckets, each read once: they agree, whatever is counted meanwhile. */
static void add_histogram(struct buffer *out, enum metric metric)
{
    const char *name = metric_rows[metric].name;
    uint64_t sum = cell(metric, METRIC_SUM), count = 0;
    for (unsigned i = 0; i < METRIC_BOUNDS; i++) {
        count += cell(metric, i);
        buffer_printf(out, "%s_bucket{le=\"%s\"} %" PRIu64 "\n", name, metric_bounds[i].seconds,
                      count);
    }
    count += cell(metric, METRIC_ABOVE);
    buffer_printf(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, count);
    buffer_printf(out, "%s_sum %" PRIu64 ".%03u\n", name, sum / 1000, (unsigned)(sum % 1000));
    buffer_printf(out, "%s_count %" PRIu64 "\n", name, count);
}

void metrics_page(struct buffer *out)
{
    static const char *const types[] = {
        [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"};
    for (unsigned i = 0; i < METRICS; i++) {
        const struct metric_row *row = &metric_rows[i];
        add_head(out, row->name, types[row->kind], row->help);
        if (row->kind == METRIC_HISTOGRAM)
            add_histogram(out, (enum metric)i);
        else
            add_numbers(out, (enum metric)i);
    }
    add_head(out, "waybill_build_info", "gauge", "The version that runs.");
    buffer_add_str(out, "waybill_build_info{version=\"" WAYBILL_VERSION "\"} 1\n");
}
