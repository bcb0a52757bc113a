#include "dkim2/diff.h"

#include "base/limits.h"
#include "support/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Each character of the cases is a line; "." an empty one. */
static struct buffer lines_of(const char *letters, bool ended)
{
    struct buffer b = buffer_new(LAB_MESSAGE_OCTETS);
    for (size_t i = 0; letters[i]; i++) {
        if (letters[i] != '.')
            buffer_add_octet(&b, (uint8_t)letters[i]);
        if (ended || letters[i + 1])
            buffer_add_str(&b, "\r\n");
    }
    return b;
}

/* `common` are the lines that are found in both. */
static void assert_diff(const char *before, const char *after, bool ended, const char *common)
{
    struct arena arena = arena_new();
    struct buffer a = lines_of(before, ended), b = lines_of(after, ended);
    struct diff diff;
    char text[1000] = "";
    size_t n = 0;
    assert_int_equal(diff_texts(&arena, buffer_slice(&a), buffer_slice(&b), &diff), WAYBILL_OK);
    assert_int_equal(diff.lines, strlen(before));
    uint64_t at = 0, other = 0;
    for (size_t i = 0; i < diff.n_runs; i++) {
        struct diff_run r = diff.runs[i];
        assert_true(r.before >= at && r.after >= other && r.n > 0);
        for (; at < r.before; at++)
            assert_true(diff_line(&diff, at).n <= 1);
        assert_memory_equal(before + r.before, after + r.after, r.n);
        memcpy(text + n, before + r.before, r.n);
        n += r.n;
        at = r.before + r.n;
        other = r.after + r.n;
    }
    assert_true(at <= diff.lines && other <= strlen(after));
    for (; at < diff.lines; at++)
        assert_true(diff_line(&diff, at).n <= 1);
    if (strcmp(text, common) != 0)
        fail_msg("%s and %s: %s, not %s", before, after, text, common);
    buffer_free(&a);
    buffer_free(&b);
    arena_free(&arena);
}

static const struct {
    const char *name, *before, *after, *common;
} cases[] = {
    {"both empty", "", "", ""},
    {"before empty", "", "ab", ""},
    {"after empty", "ab", "", ""},
    {"equal", "abc", "abc", "abc"},
    {"a line at the top", "abc", "xabc", "abc"},
    {"a line at the end", "abc", "abcx", "abc"},
    {"a line amid", "abc", "abxc", "abc"},
    {"a line gone", "abxc", "abc", "abc"},
    {"a changed line", "abc", "axc", "ac"},
    {"nothing in common", "abc", "xyz", ""},
    {"swapped halves", "abcdxy", "xyabcd", "abcd"},
    {"empty lines", "a.b.c", "x.y.z", ".."},
    {"repeated lines", "aaaa", "aa", "aa"},
    {"more repeated lines", "aba", "abababa", "aba"},
    {"changes around anchors", "1a2b3c4", "5a6b7c8", "abc"},
};

static void what_is_common(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_diff(cases[i].before, cases[i].after, true, cases[i].common);
        assert_diff(cases[i].before, cases[i].after, false, cases[i].common);
    }
}

/* --- no more than there is, and where it is small all there is ----------------------------------
 */

static size_t longest(const char *a, const char *b)
{
    static size_t room[64][64];
    size_t n = strlen(a), m = strlen(b);
    for (size_t i = 0; i <= n; i++)
        for (size_t k = 0; k <= m; k++)
            room[i][k] = i == 0 || k == 0                  ? 0
                         : a[i - 1] == b[k - 1]            ? room[i - 1][k - 1] + 1
                         : room[i - 1][k] > room[i][k - 1] ? room[i - 1][k]
                                                           : room[i][k - 1];
    return room[n][m];
}

static void letters_of_chance(struct prng *p, char *out, size_t alphabet)
{
    size_t n = prng_below(p, 30);
    for (size_t i = 0; i < n; i++)
        out[i] = (char)('a' + prng_below(p, alphabet));
    out[n] = '\0';
}

/* Without anchors the search finds the most that there is. */
static void the_most_that_there_is(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct prng p = {seed};
        struct arena arena = arena_new();
        struct diff diff;
        char a[32], b[32], twice_a[64], twice_b[64];
        letters_of_chance(&p, a, 3);
        letters_of_chance(&p, b, 3);
        snprintf(twice_a, sizeof twice_a, "abc%s", a); /* no letter stands once */
        snprintf(twice_b, sizeof twice_b, "cba%s", b);
        struct buffer before = lines_of(twice_a, true), after = lines_of(twice_b, true);
        assert_int_equal(diff_texts(&arena, buffer_slice(&before), buffer_slice(&after), &diff),
                         WAYBILL_OK);
        size_t found = 0;
        for (size_t i = 0; i < diff.n_runs; i++)
            found += diff.runs[i].n;
        size_t most = longest(twice_a, twice_b);
        /* An anchor may cost a line or two where a letter happens to stand once. */
        if (found > most || found + 3 < most)
            fail_msg("seed %llu: %s, %s: %zu, not %zu", (unsigned long long)seed, twice_a, twice_b,
                     found, most);
        buffer_free(&before);
        buffer_free(&after);
        arena_free(&arena);
    }
}

/* Lines of a text by a plain reading. */
static size_t plain_lines(struct slice s, struct slice *out)
{
    size_t n = 0;
    for (size_t from = 0, at = 0; from < s.n; at++)
        if (at == s.n || slice_starts(slice_from(s, at), SLICE("\r\n"))) {
            out[n++] = slice_sub(s, from, at - from);
            from = at + 2;
            at++;
        }
    return n;
}

static void text_of_chance(struct prng *p, struct buffer *out)
{
    static const char *const parts[] = {"\r\n", "\r\n", "\r\n", "a", "b", "c", "\r", "\n"};
    for (size_t n = prng_below(p, 24); n > 0; n--)
        buffer_add_str(out, parts[prng_below(p, 8)]);
}

/* What is said to be common is, in order; what is not can be asked for. */
static void any_two_texts(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20000; seed++) {
        struct prng p = {seed};
        struct arena arena = arena_new();
        struct buffer a = buffer_new(LAB_MESSAGE_OCTETS), b = buffer_new(LAB_MESSAGE_OCTETS);
        struct slice before[64], after[64];
        struct diff diff;
        text_of_chance(&p, &a);
        if (prng_below(&p, 2))
            buffer_add(&b, buffer_slice(&a));
        text_of_chance(&p, &b);
        assert_int_equal(diff_texts(&arena, buffer_slice(&a), buffer_slice(&b), &diff), WAYBILL_OK);
        size_t n = plain_lines(buffer_slice(&a), before), m = plain_lines(buffer_slice(&b), after);
        uint64_t at = 0, other = 0;
        assert_int_equal(diff.lines, n);
        for (size_t i = 0; i <= diff.n_runs; i++) {
            struct diff_run end = {n, m, 0}, r = i < diff.n_runs ? diff.runs[i] : end;
            if (r.before < at || r.after < other || r.before + r.n > n || r.after + r.n > m)
                fail_msg("seed %llu: not in order", (unsigned long long)seed);
            for (; at < r.before; at++)
                assert_true(slice_eq(diff_line(&diff, at), before[at]));
            for (other = r.after; at < r.before + r.n; at++, other++)
                assert_true(slice_eq(before[at], after[other]));
        }
        buffer_free(&a);
        buffer_free(&b);
        arena_free(&arena);
    }
}

/* --- what only costs -------------------------------------------------------------------------- */

static struct buffer pattern(size_t n, const char *const *lines, size_t period)
{
    struct buffer b = buffer_new(LAB_MESSAGE_OCTETS);
    for (size_t i = 0; i < n; i++) {
        buffer_add_str(&b, lines[i % period]);
        buffer_add_str(&b, "\r\n");
    }
    return b;
}

/* Two periods that fit nowhere: the search gives up, and what it found is right. */
static void a_search_that_gives_up(void **state)
{
    static const char *const three[] = {"a", "b", "c"}, *const five[] = {"c", "c", "b", "a", "b"};
    (void)state;
    struct arena arena = arena_new();
    struct buffer a = pattern(100000, three, 3), b = pattern(100000, five, 5);
    struct diff diff;
    assert_int_equal(diff_texts(&arena, buffer_slice(&a), buffer_slice(&b), &diff), WAYBILL_OK);
    for (size_t i = 0; i < diff.n_runs; i++)
        for (uint64_t k = 0; k < diff.runs[i].n; k++)
            assert_string_equal(three[(diff.runs[i].before + k) % 3],
                                five[(diff.runs[i].after + k) % 5]);
    buffer_free(&a);
    buffer_free(&b);
    arena_free(&arena);
}

/* More lines than are searched: what both have at their ends is still found. */
static void more_lines_than_are_searched(void **state)
{
    static const char *const lines[] = {"a", "b", "c"};
    (void)state;
    struct arena arena = arena_new();
    size_t n = LIMIT_DIFF_LINES + 10;
    struct buffer a = message_of("start\r\n"), b = message_of("start\r\nother\r\n");
    struct buffer many = pattern(n, lines, 3);
    struct diff diff;
    buffer_add(&a, buffer_slice(&many));
    buffer_add_str(&a, "end\r\n");
    buffer_add(&b, slice_from(buffer_slice(&many), 3));
    buffer_add_str(&b, "new\r\nend\r\n");
    assert_int_equal(diff_texts(&arena, buffer_slice(&a), buffer_slice(&b), &diff), WAYBILL_OK);
    assert_int_equal(diff.n_runs, 2);
    assert_int_equal(diff.runs[0].n, 1);
    assert_int_equal(diff.runs[1].n, 1);
    assert_int_equal(diff.lines, n + 2);
    buffer_free(&a);
    buffer_free(&b);
    buffer_free(&many);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_common),
        cmocka_unit_test(the_most_that_there_is),
        cmocka_unit_test(any_two_texts),
        cmocka_unit_test(a_search_that_gives_up),
        cmocka_unit_test(more_lines_than_are_searched),
    };
    return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
