#include "base/cursor.h"
#include "daemon/metrics.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* --- the text format, read to the letter --------------------------------------------------------
 *
 * Families in one piece: # HELP, # TYPE, then samples of that name; each name once, each sample
 * once, a number and a line end behind it.
 */

enum { FAMILIES_MOST = 64, SAMPLES_MOST = 512 };

struct page {
    struct slice families[FAMILIES_MOST];
    size_t n_families;
    struct slice samples[SAMPLES_MOST]; /* name and labels, as they stand */
    struct slice values[SAMPLES_MOST];
    size_t n_samples;
};

static bool is_of_name(uint8_t c)
{
    return octet_is_alpha(c) || octet_is_digit(c) || c == '_';
}

static bool is_of_number(uint8_t c)
{
    return octet_is_digit(c) || c == '.';
}

static bool is_of_label(uint8_t c)
{
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

static bool takes(struct cursor *c, const char *text)
{
    if (!slice_starts(cursor_rest(c), slice_str(text)))
        return false;
    c->at += strlen(text);
    return true;
}

/* "# HELP NAME text\n# TYPE NAME type\n" */
static void read_family(struct cursor *c, struct page *page, struct slice *type)
{
    assert_true(takes(c, "# HELP "));
    struct slice name = cursor_while(c, is_of_name);
    assert_true(takes(c, " ") && slice_starts(name, SLICE("waybill_")));
    assert_true(cursor_until(c, '\n').n > 10);
    assert_true(takes(c, "\n# TYPE "));
    assert_true(slice_eq(cursor_while(c, is_of_name), name));
    assert_true(takes(c, " "));
    *type = cursor_until(c, '\n');
    assert_true(takes(c, "\n"));
    for (size_t i = 0; i < page->n_families; i++)
        assert_false(slice_eq(page->families[i], name));
    assert_true(page->n_families < FAMILIES_MOST);
    page->families[page->n_families++] = name;
}

static void read_labels(struct cursor *c)
{
    if (!takes(c, "{"))
        return;
    do {
        assert_true(cursor_while(c, is_of_name).n > 0 && takes(c, "=\""));
        cursor_while(c, is_of_label);
        assert_true(takes(c, "\""));
    } while (takes(c, ","));
    assert_true(takes(c, "}"));
}

static const char *const histogram_ends[] = {"_bucket", "_sum", "_count"};

static bool belongs(struct slice name, struct slice family, struct slice type)
{
    if (!slice_eq(type, SLICE("histogram")))
        return slice_eq(name, family);
    for (size_t i = 0; i < sizeof histogram_ends / sizeof histogram_ends[0]; i++)
        if (slice_starts(name, family) &&
            slice_eq(slice_from(name, family.n), slice_str(histogram_ends[i])))
            return true;
    return false;
}

static void read_sample(struct cursor *c, struct page *page, struct slice type)
{
    size_t from = c->at;
    struct slice name = cursor_while(c, is_of_name);
    assert_true(belongs(name, page->families[page->n_families - 1], type));
    read_labels(c);
    struct slice sample = cursor_since(c, from);
    for (size_t i = 0; i < page->n_samples; i++)
        assert_false(slice_eq(page->samples[i], sample));
    assert_true(takes(c, " "));
    struct slice value = cursor_while(c, is_of_number);
    assert_true(value.n > 0 && takes(c, "\n"));
    assert_true(page->n_samples < SAMPLES_MOST);
    page->values[page->n_samples] = value;
    page->samples[page->n_samples++] = sample;
}

static void read_page(struct slice text, struct page *page)
{
    struct cursor c = cursor_new(text);
    *page = (struct page){.n_families = 0};
    while (!cursor_done(&c)) {
        struct slice type;
        read_family(&c, page, &type);
        size_t n = page->n_samples;
        while (!cursor_done(&c) && cursor_peek(&c) != '#')
            read_sample(&c, page, type);
        assert_true(page->n_samples > n);
    }
}

/* The page, as long as `out` lives. */
static struct page page_now(struct buffer *out)
{
    struct page page;
    *out = buffer_new((size_t)1 << 20);
    metrics_page(out);
    assert_int_equal(out->status, WAYBILL_OK);
    read_page(buffer_slice(out), &page);
    return page;
}

static struct slice value_of(const struct page *page, const char *sample)
{
    for (size_t i = 0; i < page->n_samples; i++)
        if (slice_eq(page->samples[i], slice_str(sample)))
            return page->values[i];
    fail_msg("%s is not there", sample);
    return SLICE("");
}

static uint64_t number_of(const struct page *page, const char *sample)
{
    uint64_t number = 0;
    assert_true(slice_number(value_of(page, sample), 19, &number));
    return number;
}

/* --- what counts -------------------------------------------------------------------------------
 */

static void signed_messages(void)
{
    metrics_signed(SIGNED_AS_DKIM2, true);
}

static void unsigned_messages(void)
{
    metrics_signed(SIGNED_AS_DKIM, false);
}

static void recipes(void)
{
    metrics_recipe(true);
}

static void refused_recipes(void)
{
    metrics_recipe(false);
}

static void answers(void)
{
    const struct waybill_answer none = WAYBILL_ANSWER(WAYBILL_NXDOMAIN);
    metrics_answer(&none);
}

static void answers_at_hand(void)
{
    struct waybill_answer none = WAYBILL_ANSWER(WAYBILL_NODATA);
    none.cached = 1;
    metrics_answer(&none);
}

static void reloads(void)
{
    metrics_reload(true);
}

static void failed_reloads(void)
{
    metrics_reload(false);
}

static const struct count_case {
    void (*count)(void);
    const char *sample;
} count_cases[] = {
    {signed_messages, "waybill_signed_total{method=\"dkim2\"}"},
    {unsigned_messages, "waybill_unsigned_total{method=\"dkim\"}"},
    {recipes, "waybill_recipes_total{outcome=\"made\"}"},
    {refused_recipes, "waybill_recipes_total{outcome=\"refused\"}"},
    {answers, "waybill_dns_questions_total{status=\"nxdomain\"}"},
    {answers_at_hand, "waybill_dns_cached_total"},
    {metrics_failure, "waybill_failures_total"},
    {metrics_protocol_error, "waybill_protocol_errors_total"},
    {reloads, "waybill_reloads_total{outcome=\"done\"}"},
    {failed_reloads, "waybill_reloads_total{outcome=\"failed\"}"},
};

static void each_event_counts_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof count_cases / sizeof count_cases[0]; i++) {
        struct buffer before, after;
        struct page then = page_now(&before);
        count_cases[i].count();
        struct page now = page_now(&after);
        assert_int_equal(number_of(&now, count_cases[i].sample),
                         number_of(&then, count_cases[i].sample) + 1);
        buffer_free(&before);
        buffer_free(&after);
    }
}

static void gauges_follow(void **state)
{
    (void)state;
    struct buffer text;
    metrics_connection(+1);
    metrics_connection(+1);
    metrics_connection(-1);
    metrics_passage(+1);
    metrics_waiting(+1);
    metrics_waiting(-1);
    metrics_started(1795172400);
    metrics_journal(&(struct journal_counts){.written = 7, .dropped = 2, .rotated = 1});
    struct page page = page_now(&text);
    assert_int_equal(number_of(&page, "waybill_open_connections"), 1);
    assert_int_equal(number_of(&page, "waybill_open_messages"), 1);
    assert_int_equal(number_of(&page, "waybill_waiting_messages"), 0);
    assert_int_equal(number_of(&page, "waybill_start_time_seconds"), 1795172400);
    assert_int_equal(number_of(&page, "waybill_journal_lines_total{outcome=\"written\"}"), 7);
    assert_int_equal(number_of(&page, "waybill_journal_lines_total{outcome=\"dropped\"}"), 2);
    assert_int_equal(number_of(&page, "waybill_journal_rotations_total"), 1);
    assert_int_equal(number_of(&page, "waybill_build_info{version=\"" WAYBILL_VERSION "\"}"), 1);
    metrics_connection(-1);
    metrics_passage(-1);
    buffer_free(&text);
}

/* RFC 8601's words, for every method, before there is anything to count. */
static void every_result_is_there(void **state)
{
    (void)state;
    struct buffer text;
    struct page page = page_now(&text);
    for (int m = WAYBILL_METHOD_SPF; m <= WAYBILL_METHOD_DMARC; m++)
        for (int r = WAYBILL_RESULT_NONE; r <= WAYBILL_RESULT_NOT_EVALUATED; r++) {
            char sample[128];
            snprintf(sample, sizeof sample, "waybill_results_total{method=\"%s\",result=\"%s\"}",
                     waybill_method_text((enum waybill_method)m),
                     waybill_result_text((enum waybill_result)r));
            assert_int_equal(number_of(&page, sample), 0);
        }
    assert_int_equal(number_of(&page, "waybill_decisions_total{decision=\"quarantine\"}"), 0);
    buffer_free(&text);
}

/* --- durations ---------------------------------------------------------------------------------
 */

static const struct bucket_case {
    int64_t ms;
    const char *le; /* the first bucket that has it */
} bucket_cases[] = {{-1, "0.001"}, {0, "0.001"}, {1, "0.001"},  {2, "0.005"},
                    {50, "0.05"},  {51, "0.1"},  {30000, "30"}, {30001, "+Inf"}};

static void durations_fall_into_buckets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bucket_cases / sizeof bucket_cases[0]; i++) {
        struct buffer before, after;
        struct page then = page_now(&before);
        metrics_duration(bucket_cases[i].ms);
        struct page now = page_now(&after);
        bool reached = false;
        for (size_t s = 0; s < now.n_samples; s++) {
            uint64_t old = 0, new = 0;
            char sample[128];
            if (!slice_starts(now.samples[s], SLICE("waybill_message_duration_seconds_bucket")))
                continue;
            snprintf(sample, sizeof sample, "waybill_message_duration_seconds_bucket{le=\"%s\"}",
                     bucket_cases[i].le);
            reached |= slice_eq(now.samples[s], slice_str(sample));
            assert_true(slice_number(then.values[s], 19, &old));
            assert_true(slice_number(now.values[s], 19, &new));
            assert_int_equal(new, old + reached);
        }
        assert_true(reached);
        buffer_free(&before);
        buffer_free(&after);
    }
    struct buffer text;
    struct page page = page_now(&text);
    assert_true(slice_eq(value_of(&page, "waybill_message_duration_seconds_sum"), SLICE("60.105")));
    assert_int_equal(number_of(&page, "waybill_message_duration_seconds_count"), 8);
    metrics_duration((int64_t)1 << 45);
    buffer_free(&text);
    page = page_now(&text);
    assert_true(slice_eq(value_of(&page, "waybill_message_duration_seconds_sum"),
                         SLICE("35184372148.937")));
    buffer_free(&text);
}

/* --- threads -----------------------------------------------------------------------------------
 */

enum { THREADS = 4, TIMES = 20000 };

static void *count_often(void *self)
{
    struct waybill_answer answer = WAYBILL_ANSWER(WAYBILL_TIMEOUT);
    (void)self;
    for (int i = 0; i < TIMES; i++) {
        answer.ms = i % 40000;
        metrics_answer(&answer);
    }
    return NULL;
}

/* On every page the last bucket is the count, whatever is counted meanwhile; none is lost. */
static void pages_agree_while_threads_count(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    struct buffer text;
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_often, NULL), 0);
    for (uint64_t count = 0; count < THREADS * TIMES;) {
        struct page page = page_now(&text);
        count = number_of(&page, "waybill_dns_duration_seconds_count");
        assert_int_equal(number_of(&page, "waybill_dns_duration_seconds_bucket{le=\"+Inf\"}"),
                         count);
        buffer_free(&text);
    }
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    struct page page = page_now(&text);
    assert_int_equal(number_of(&page, "waybill_dns_questions_total{status=\"timeout\"}"),
                     THREADS * TIMES);
    buffer_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_event_counts_once),
        cmocka_unit_test(gauges_follow),
        cmocka_unit_test(every_result_is_there),
        cmocka_unit_test(durations_fall_into_buckets),
        cmocka_unit_test(pages_agree_while_threads_count),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
