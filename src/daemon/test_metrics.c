#include "daemon/metrics.h"

#include "base/cursor.h"
#include "record/record.h"
#include "waybill/question.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* --- a strict reader of the exposition format --------------------------------------------------
 */

enum { FAMILIES = 64, SERIES = 512 };

struct family {
    struct slice name, type;
};

struct series {
    struct slice whole; /* the name with its labels */
    double value;
};

/* What a page has; its slices are the page's. */
struct page {
    struct buffer text;
    struct family families[FAMILIES];
    struct series series[SERIES];
    size_t n_families, n_series;
    double least_bucket; /* of the histogram that is read: the bucket before */
    double least_bound;
};

static bool is_name(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!octet_is_alpha(s.p[i]) && s.p[i] != '_' && !(i > 0 && octet_is_digit(s.p[i])))
            return false;
    return s.n > 0;
}

static double number_of(struct slice s)
{
    char text[64], *end;
    assert_in_range(s.n, 1, sizeof text - 1);
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    double value = strtod(text, &end);
    assert_int_equal(*end, '\0');
    return value;
}

static struct slice take_word(struct cursor *c)
{
    struct slice word = cursor_until(c, ' ');
    cursor_accept(c, ' ');
    return word;
}

/* "HELP name text" and "TYPE name type" behind each other, each family once. */
static void read_comment(struct page *p, struct slice line, struct slice *helped)
{
    struct cursor c = cursor_new(line);
    struct slice word = take_word(&c), name = take_word(&c),
                 rest = slice_from(line, word.n + name.n + 2);
    assert_true(is_name(name) && rest.n > 0);
    if (slice_eq(word, SLICE("HELP"))) {
        for (size_t i = 0; i < p->n_families; i++)
            assert_false(slice_eq(p->families[i].name, name));
        assert_true(slice_find(rest, '\\', 0) == rest.n && rest.p[rest.n - 1] == '.');
        *helped = name;
        return;
    }
    assert_true(slice_eq(word, SLICE("TYPE")) && slice_eq(name, *helped));
    assert_true(slice_eq(rest, SLICE("counter")) || slice_eq(rest, SLICE("gauge")) ||
                slice_eq(rest, SLICE("histogram")));
    assert_int_equal(slice_iends(name, SLICE("_total")), slice_eq(rest, SLICE("counter")));
    p->families[p->n_families++] = (struct family){name, rest};
    p->least_bucket = p->least_bound = -1;
}

/* '{' name '="' value '"' … '}', values without anything that is escaped. */
static void read_labels(struct slice labels)
{
    struct cursor c = cursor_new(labels);
    assert_true(cursor_accept(&c, '{'));
    do {
        assert_true(is_name(cursor_until(&c, '=')));
        assert_true(cursor_accept(&c, '=') && cursor_accept(&c, '"'));
        struct slice value = cursor_until(&c, '"');
        assert_true(value.n > 0 && slice_find(value, '\\', 0) == value.n);
        assert_true(cursor_accept(&c, '"'));
    } while (cursor_accept(&c, ','));
    assert_true(cursor_accept(&c, '}') && cursor_take(&c) == CURSOR_END);
}

/* Bounds ascend, buckets never fall, and the last is as many as are counted. */
static void read_histogram(struct page *p, struct slice suffix, struct slice labels, double value)
{
    if (slice_eq(suffix, SLICE("_bucket"))) {
        struct slice le = slice_sub(labels, strlen("{le=\""), labels.n - strlen("{le=\"\"}"));
        double bound = number_of(le);
        assert_true(bound > p->least_bound && value >= p->least_bucket);
        p->least_bound = bound;
        p->least_bucket = value;
    } else if (slice_eq(suffix, SLICE("_count"))) {
        assert_true(p->least_bound > 1e300 && value == p->least_bucket);
    } else {
        assert_true(slice_eq(suffix, SLICE("_sum")));
    }
}

static void read_series(struct page *p, struct slice line)
{
    const struct family *family = &p->families[p->n_families - 1];
    size_t brace = slice_find(line, '{', 0), end = line.n;
    while (line.p[end - 1] != ' ')
        end--;
    struct slice whole = slice_sub(line, 0, end - 1);
    struct slice name = slice_sub(whole, 0, brace), labels = slice_from(whole, name.n);
    double value = number_of(slice_from(line, end));
    assert_true(is_name(name) && slice_starts(name, family->name) && value >= 0);
    if (labels.n > 0)
        read_labels(labels);
    if (slice_eq(family->type, SLICE("histogram")))
        read_histogram(p, slice_from(name, family->name.n), labels, value);
    else
        assert_true(slice_eq(name, family->name));
    for (size_t i = 0; i < p->n_series; i++)
        assert_false(slice_eq(p->series[i].whole, whole));
    p->series[p->n_series++] = (struct series){whole, value};
}

static void read_page(struct page *p)
{
    *p = (struct page){.text = buffer_new(1 << 20)};
    metrics_page(&p->text);
    assert_int_equal(p->text.status, WAYBILL_OK);
    struct cursor c = cursor_new(buffer_slice(&p->text));
    struct slice helped = {NULL, 0};
    while (cursor_peek(&c) != CURSOR_END) {
        struct slice line = cursor_until(&c, '\n');
        assert_true(cursor_accept(&c, '\n'));
        if (slice_starts(line, SLICE("# ")))
            read_comment(p, slice_from(line, 2), &helped);
        else
            read_series(p, line);
    }
    assert_in_range(p->n_families, 10, FAMILIES);
}

/* --- numbers -----------------------------------------------------------------------------------
 */

static double value_of(const struct page *p, const char *series)
{
    for (size_t i = 0; i < p->n_series; i++)
        if (slice_eq(p->series[i].whole, slice_str(series)))
            return p->series[i].value;
    fail_msg("there is no %s", series);
    return -1;
}

static const struct {
    const char *series;
    double value;
} numbers[] = {
    {"waybill_results_total{method=\"spf\",result=\"pass\"}", 2},
    {"waybill_results_total{method=\"dkim\",result=\"not evaluated\"}", 2},
    {"waybill_decisions_total{decision=\"reject\"}", 2},
    {"waybill_decisions_total{decision=\"deliver\"}", 0},
    {"waybill_signed_total{method=\"dkim\"}", 1},
    {"waybill_unsigned_total{method=\"dkim2\"}", 1},
    {"waybill_signed_total{method=\"dkim2\"}", 0},
    {"waybill_failures_total", 1},
    {"waybill_protocol_errors_total", 1},
    {"waybill_reloads_total{outcome=\"done\"}", 1},
    {"waybill_reloads_total{outcome=\"failed\"}", 1},
    {"waybill_journal_lines_total{outcome=\"written\"}", 2},
    {"waybill_journal_lines_total{outcome=\"dropped\"}", 1},
    {"waybill_open_connections", 2},
    {"waybill_open_messages", 1},
    {"waybill_waiting_messages", 0},
    {"waybill_dns_answers_total{status=\"answered\"}", 1},
    {"waybill_dns_answers_total{status=\"timeout\"}", 1},
    {"waybill_dns_answers_cached_total", 1},
    {"waybill_dns_duration_seconds_count", 1},
    {"waybill_message_duration_seconds_bucket{le=\"0.001\"}", 3},
    {"waybill_message_duration_seconds_bucket{le=\"0.005\"}", 4},
    {"waybill_message_duration_seconds_bucket{le=\"1\"}", 5},
    {"waybill_message_duration_seconds_bucket{le=\"20\"}", 6},
    {"waybill_message_duration_seconds_bucket{le=\"+Inf\"}", 7},
    {"waybill_message_duration_seconds_count", 7},
    {"waybill_message_duration_seconds_sum", 5000041.003},
    {"waybill_build_info{version=\"" WAYBILL_VERSION "\"}", 1},
};

static void count_some(void)
{
    struct waybill_record record = {.methods = 1u << WAYBILL_METHOD_SPF};
    struct waybill_answer answered = WAYBILL_ANSWER(WAYBILL_ANSWERED);
    struct waybill_answer late = WAYBILL_ANSWER(WAYBILL_TIMEOUT);
    static const int64_t durations[] = {-5, 0, 1, 2, 1000, 20000, 5000020000};
    record.spf.of[SPF_MAIL_FROM].verdict.result = WAYBILL_RESULT_PASS;
    record.decision.disposition = WAYBILL_REJECT;
    metrics_record(&record);
    metrics_record(&record);
    metrics_signed(SIGNED_AS_DKIM, true);
    metrics_signed(SIGNED_AS_DKIM2, false);
    metrics_failure();
    metrics_protocol_error();
    metrics_reload(true);
    metrics_reload(false);
    metrics_journal(true);
    metrics_journal(true);
    metrics_journal(false);
    metrics_connection(+1);
    metrics_connection(+1);
    metrics_passage(+1);
    metrics_waiting(+1);
    metrics_waiting(-1);
    answered.cached = 1;
    answered.ms = 3;
    metrics_answer(&answered);
    metrics_answer(&late);
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++)
        metrics_duration(durations[i]);
}

static void counts(void **state)
{
    static struct page page;
    (void)state;
    count_some();
    read_page(&page);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (value_of(&page, numbers[i].series) != numbers[i].value)
            fail_msg("%s is %.3f", numbers[i].series, value_of(&page, numbers[i].series));
    buffer_free(&page.text);
}

/* --- while others count ------------------------------------------------------------------------
 */

static atomic_bool over;

static void *keep_counting(void *self)
{
    (void)self;
    for (int64_t ms = 0; !over; ms = (ms + 7) % 30000)
        metrics_duration(ms);
    return NULL;
}

static void agrees_with_itself(void **state)
{
    static struct page page;
    pthread_t thread;
    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, keep_counting, NULL), 0);
    for (int i = 0; i < 300; i++) {
        read_page(&page);
        buffer_free(&page.text);
    }
    over = true;
    pthread_join(thread, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),
        cmocka_unit_test(agrees_with_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
