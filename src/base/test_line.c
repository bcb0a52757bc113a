#include "base/limits.h"
#include "base/line.h"
#include "support/log_line.h"
#include "support/support.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct value_case {
    const char *name;
    struct slice value;
    const char *written;
} value_cases[] = {
    {"a word", SLICE_INIT("pass"), "pass"},
    {"all that is plain", SLICE_INIT("!#$%&'()*+,-./09:;<>?@AZ[]^_`az{|}~"),
     "!#$%&'()*+,-./09:;<>?@AZ[]^_`az{|}~"},
    {"nothing", SLICE_INIT(""), "\"\""},
    {"no octets at all", {NULL, 0}, "\"\""},
    {"a space", SLICE_INIT("a b"), "\"a b\""},
    {"an equals sign", SLICE_INIT("a=b"), "\"a=b\""},
    {"a pair", SLICE_INIT("x decision=deliver"), "\"x decision=deliver\""},
    {"a quotation mark", SLICE_INIT("\" decision=deliver x=\""),
     "\"\\x22 decision=deliver x=\\x22\""},
    {"a backslash", SLICE_INIT("a\\"), "\"a\\x5C\""},
    {"an escape", SLICE_INIT("\\x41"), "\"\\x5Cx41\""},
    {"what a cut looks like", SLICE_INIT("a\\..."), "\"a\\x5C...\""},
    {"a line end", SLICE_INIT("a\r\nNOQUEUE: b"), "\"a\\x0D\\x0ANOQUEUE: b\""},
    {"a NUL", SLICE_INIT("a\0b"), "\"a\\x00b\""},
    {"a terminal's escape", SLICE_INIT("\033[2J\x7F"), "\"\\x1B[2J\\x7F\""},
    {"UTF-8", SLICE_INIT("\xC3\xA9"), "\"\\xC3\\xA9\""},
};

static void values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof value_cases / sizeof value_cases[0]; i++) {
        const struct value_case *c = &value_cases[i];
        struct buffer line = buffer_new(LIMIT_LOG_LINE), wanted = buffer_new(LIMIT_LOG_LINE);
        line_start(&line, c->value);
        line_add(&line, "key", c->value);
        buffer_printf(&wanted, "%s: key=%s", c->written, c->written);
        if (line.status != WAYBILL_OK || !slice_eq(buffer_slice(&line), buffer_slice(&wanted)))
            fail_msg("%s: %.*s", c->name, SLICE_ARGS(buffer_slice(&line)));
        buffer_free(&line);
        buffer_free(&wanted);
    }
}

static void numbers(void **state)
{
    (void)state;
    struct buffer line = buffer_new(LIMIT_LOG_LINE);
    line_start(&line, SLICE("4XyZ"));
    line_add_number(&line, "ms", 0);
    line_add_number(&line, "size", UINT64_MAX);
    assert_true(slice_eq(buffer_slice(&line), SLICE("4XyZ: ms=0 size=18446744073709551615")));
    buffer_free(&line);
}

/* `n` octets `c`, and what is shown of them. */
static const struct cut_case {
    const char *name;
    char c;
    size_t n, shown;
    bool quoted, cut;
} cut_cases[] = {
    {"the most that is plain", 'a', LIMIT_SHOWN_OCTETS, LIMIT_SHOWN_OCTETS, false, false},
    {"one more", 'a', LIMIT_SHOWN_OCTETS + 1, LIMIT_SHOWN_OCTETS, true, true},
    {"the most that is quoted", ' ', LIMIT_SHOWN_OCTETS, LIMIT_SHOWN_OCTETS, true, false},
    {"one more quoted", ' ', LIMIT_SHOWN_OCTETS + 1, LIMIT_SHOWN_OCTETS, true, true},
    {"the most that is escaped", '\n', LIMIT_SHOWN_OCTETS / 4, LIMIT_SHOWN_OCTETS / 4, true, false},
    {"one more escaped", '\n', LIMIT_SHOWN_OCTETS / 4 + 1, LIMIT_SHOWN_OCTETS / 4, true, true},
};

static void cuts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cut_cases / sizeof cut_cases[0]; i++) {
        const struct cut_case *c = &cut_cases[i];
        char octets[LIMIT_SHOWN_OCTETS + 1];
        memset(octets, c->c, c->n);
        struct buffer line = buffer_new(LIMIT_LOG_LINE), value = buffer_new(LIMIT_LOG_LINE);
        line_add(&line, "key", slice_of(octets, c->n));
        struct cursor cursor = cursor_new(buffer_slice(&line));
        struct slice key;
        bool cut;
        if (!log_line_next(&cursor, &key, &value, &cut) || cut != c->cut || value.n != c->shown ||
            (line.p[sizeof " key=" - 1] == '"') != c->quoted)
            fail_msg("%s: %.*s", c->name, SLICE_ARGS(buffer_slice(&line)));
        buffer_free(&line);
        buffer_free(&value);
    }
}

/* Octets that matter more often than others. */
static size_t hostile_value(struct prng *p, uint8_t octets[300])
{
    static const char often[] = "\"\\= \n\0x2.:";
    size_t n = prng_below(p, 12) ? prng_below(p, 20) : prng_below(p, 300);
    for (size_t i = 0; i < n; i++)
        octets[i] = prng_below(p, 2) ? (uint8_t)often[prng_below(p, sizeof often)]
                                     : (uint8_t)prng_below(p, 256);
    return n;
}

/* Whatever the values, the pairs that were put in are the pairs that are read. */
static void no_value_forges_another(void **state)
{
    (void)state;
    static const char *const keys[] = {"a", "b", "decision", "reason"};
    struct prng p = {seed_of_run(59)};
    for (unsigned round = rounds_of_run(20000); round > 0; round--) {
        uint8_t octets[300];
        size_t n = hostile_value(&p, octets);
        struct slice value = slice_of(octets, n), key;
        struct buffer line = buffer_new(LIMIT_LOG_LINE), read = buffer_new(LIMIT_LOG_LINE);
        bool cut;
        line_start(&line, value);
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
            line_add(&line, keys[i], value);
        assert_int_equal(line.status, WAYBILL_OK);
        struct cursor c = cursor_new(buffer_slice(&line));
        assert_true(log_line_start(&c, &read, &cut));
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
            read.n = 0;
            assert_true(log_line_next(&c, &key, &read, &cut));
            assert_true(slice_eq(key, slice_str(keys[i])));
            assert_true(slice_eq(buffer_slice(&read), slice_sub(value, 0, read.n)));
            assert_true(cut ? read.n < n : read.n == n);
        }
        assert_true(cursor_done(&c));
        buffer_free(&line);
        buffer_free(&read);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(numbers),
        cmocka_unit_test(cuts),
        cmocka_unit_test(no_value_forges_another),
    };
    return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
