#include "base/line.h"

#include "base/limits.h"
#include "support/support.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* --- values ------------------------------------------------------------------------------------
 */

static const struct {
    const char *name, *value, *written;
} cases[] = {
    {"a word", "mx.example", "mx.example"},
    {"nothing", "", "\"\""},
    {"a space", "a b", "\"a b\""},
    {"another pair", "a spf=pass", "\"a spf=pass\""},
    {"an equals sign alone", "=", "\"=\""},
    {"quotation marks", "\"a\"", "\"\\\"a\\\"\""},
    {"a backslash", "a\\", "\"a\\\\\""},
    {"another line", "a\r\nX: b", "\"a\\x0D\\x0AX: b\""},
    {"an escape that was there", "\\x0A", "\"\\\\x0A\""},
    {"a terminal's", "\x1b[2J", "\"\\x1B[2J\""},
    {"no ASCII", "b\xC3\xBC", "\"b\\xC3\\xBC\""},
    {"DEL", "\x7F", "\"\\x7F\""},
    {"brackets and colons", "<[IPv6:2001:db8::1]>", "<[IPv6:2001:db8::1]>"},
};

static void values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer line = buffer_new(LIMIT_LOG_LINE), wanted = buffer_new(LIMIT_LOG_LINE);
        line_start(&line, slice_str(cases[i].value));
        line_add(&line, "key", slice_str(cases[i].value));
        line_add_number(&line, "n", UINT64_MAX);
        buffer_printf(&wanted, "%s: key=%s n=18446744073709551615", cases[i].written,
                      cases[i].written);
        if (!slice_eq(buffer_slice(&line), buffer_slice(&wanted)))
            fail_msg("%s: %.*s", cases[i].name, SLICE_ARGS(buffer_slice(&line)));
        buffer_free(&line);
        buffer_free(&wanted);
    }
}

/* --- a strict reader ---------------------------------------------------------------------------
 */

/* What a value was, and whether it goes on behind what is shown. */
struct value {
    uint8_t octets[LIMIT_SHOWN_OCTETS];
    size_t n;
    bool cut;
};

struct reader {
    const uint8_t *p, *end;
};

static int peek(const struct reader *r)
{
    return r->p < r->end ? *r->p : -1;
}

static int take(struct reader *r)
{
    int c = peek(r);
    assert_in_range(c, ' ', '~'); /* whatever stands in a line */
    r->p++;
    return c;
}

static void expect(struct reader *r, const char *text)
{
    for (; *text; text++)
        assert_int_equal(take(r), *text);
}

static unsigned hex_digit(int c)
{
    assert_true((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'));
    return (unsigned)(c <= '9' ? c - '0' : c - 'A' + 10);
}

static void keep(struct value *v, unsigned octet)
{
    assert_in_range(v->n, 0, sizeof v->octets - 1);
    v->octets[v->n++] = (uint8_t)octet;
}

/* Behind a backslash; only what has to be escaped is. */
static void read_escape(struct reader *r, struct value *v)
{
    int c = take(r);
    if (c == '.') {
        expect(r, "..");
        assert_int_equal(peek(r), '"');
        v->cut = true;
        return;
    }
    if (c == '"' || c == '\\') {
        keep(v, (unsigned)c);
        return;
    }
    assert_int_equal(c, 'x');
    unsigned high = hex_digit(take(r)), octet = high * 16 + hex_digit(take(r));
    assert_true(octet < ' ' || octet > '~');
    keep(v, octet);
}

static void read_quoted(struct reader *r, struct value *v)
{
    expect(r, "\"");
    for (int c; (c = take(r)) != '"';) {
        if (c == '\\')
            read_escape(r, v);
        else
            keep(v, (unsigned)c);
    }
}

/* Up to `end`, a space or, as -1, the end of the line. */
static void read_value(struct reader *r, int end, struct value *v)
{
    *v = (struct value){.n = 0};
    if (peek(r) == '"') {
        read_quoted(r, v);
        return;
    }
    while (peek(r) != ' ' && peek(r) != -1 && !(peek(r) == end && r->p[1] == ' ')) {
        int c = take(r);
        assert_true(c != '"' && c != '\\' && c != '=');
        keep(v, (unsigned)c);
    }
    assert_true(v->n > 0);
}

/* All of it, or as much of its beginning as is said to be there. */
static void assert_is(const struct value *seen, struct slice given)
{
    struct slice kept = slice_of(seen->octets, seen->n);
    assert_true(seen->cut ? given.n > kept.n : given.n == kept.n);
    assert_true(slice_eq(kept, slice_sub(given, 0, kept.n)));
}

/* --- what holds of every line ------------------------------------------------------------------
 */

enum { PAIRS = 8, VALUE_MOST = 400 };

static const char *const keys[PAIRS] = {"helo", "from", "spf", "dkim-d", "a", "b", "id", "ms"};

/* What is in lines, what forges them, or anything. */
static uint8_t octet_of_chance(struct prng *p)
{
    static const uint8_t forgers[] = "\"\\= \r\n:x0A.\0";
    switch (prng_below(p, 3)) {
    case 0:
        return forgers[prng_below(p, sizeof forgers)];
    case 1:
        return (uint8_t)prng_below(p, 256);
    default:
        return (uint8_t)('a' + prng_below(p, 26));
    }
}

static struct slice value_of_chance(struct prng *p, uint8_t room[VALUE_MOST])
{
    bool plain = prng_below(p, 3) == 0;
    size_t n = prng_below(p, prng_below(p, 4) ? 20 : VALUE_MOST);
    for (size_t i = 0; i < n; i++)
        room[i] = plain ? (uint8_t)('a' + prng_below(p, 26)) : octet_of_chance(p);
    return slice_of(room, n);
}

static void read_back(void **state)
{
    struct prng p = {seed_of_run(509)};
    static uint8_t room[PAIRS + 1][VALUE_MOST];
    (void)state;
    for (unsigned round = rounds_of_run(20000); round > 0; round--) {
        struct buffer line = buffer_new(LIMIT_LOG_LINE);
        struct slice given[PAIRS + 1];
        struct value seen;
        for (size_t i = 0; i <= PAIRS; i++)
            given[i] = value_of_chance(&p, room[i]);
        line_start(&line, given[PAIRS]);
        for (size_t i = 0; i < PAIRS; i++)
            line_add(&line, keys[i], given[i]);
        assert_int_equal(line.status, WAYBILL_OK);
        struct reader r = {line.p, line.p + line.n};
        read_value(&r, ':', &seen);
        assert_is(&seen, given[PAIRS]);
        expect(&r, ":");
        for (size_t i = 0; i < PAIRS; i++) {
            expect(&r, " ");
            expect(&r, keys[i]);
            expect(&r, "=");
            read_value(&r, -1, &seen);
            assert_is(&seen, given[i]);
        }
        assert_int_equal(peek(&r), -1);
        buffer_free(&line);
    }
}

static void every_octet(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        struct buffer line = buffer_new(LIMIT_LOG_LINE);
        const uint8_t octets[] = {(uint8_t)c, 'a', (uint8_t)c};
        struct value seen;
        line_add(&line, "k", slice_of(octets, sizeof octets));
        struct reader r = {line.p, line.p + line.n};
        expect(&r, " k=");
        read_value(&r, -1, &seen);
        assert_is(&seen, slice_of(octets, sizeof octets));
        assert_int_equal(peek(&r), -1);
        buffer_free(&line);
    }
}

/* --- ceilings ----------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    size_t n;
    uint8_t octet;
    size_t written, read; /* octets between the quotation marks, and what they stand for */
    bool cut, quoted;
} ceilings[] = {
    {"as many letters as are shown", 256, 'x', 256, 256, false, false},
    {"one more", 257, 'x', 256, 256, true, true},
    {"as many escapes", 64, 0xFF, 256, 64, false, true},
    {"one escape more", 65, 0xFF, 256, 64, true, true},
    {"as many backslashes", 128, '\\', 256, 128, false, true},
    {"one backslash more", 129, '\\', 256, 128, true, true},
    {"a megabyte", 1 << 20, '\n', 256, 64, true, true},
};

static void long_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ceilings / sizeof *ceilings; i++) {
        struct buffer line = buffer_new(LIMIT_LOG_LINE), value = buffer_new(1 << 20);
        struct value seen;
        for (size_t k = 0; k < ceilings[i].n; k++)
            buffer_add_octet(&value, ceilings[i].octet);
        line_add(&line, "k", buffer_slice(&value));
        size_t wanted = strlen(" k=") + ceilings[i].written + (ceilings[i].quoted ? 2 : 0) +
                        (ceilings[i].cut ? 4 : 0);
        struct reader r = {line.p + strlen(" k="), line.p + line.n};
        read_value(&r, -1, &seen);
        if (line.n != wanted || seen.n != ceilings[i].read || seen.cut != ceilings[i].cut)
            fail_msg("%s: %zu octets, %zu read", ceilings[i].name, line.n, seen.n);
        assert_true(line.n <= strlen(" k=") + LIMIT_VALUE_WRITTEN);
        buffer_free(&value);
        buffer_free(&line);
    }
}

/* A line that has no room says so and stays what it was. */
static void no_room(void **state)
{
    struct buffer line = buffer_new(8);
    (void)state;
    line_start(&line, SLICE("4XyZ"));
    line_add(&line, "key", SLICE("value"));
    assert_int_equal(line.status, WAYBILL_LIMIT);
    assert_true(slice_eq(buffer_slice(&line), SLICE("4XyZ:")));
    buffer_free(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),      cmocka_unit_test(every_octet), cmocka_unit_test(read_back),
        cmocka_unit_test(long_values), cmocka_unit_test(no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
