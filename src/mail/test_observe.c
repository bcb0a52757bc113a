#include "mail/observe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define S(literal)                                      \
    {                                                   \
        (const uint8_t *)(literal), sizeof(literal) - 1 \
    }
#define BLOCK_OF_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct octet_case {
    const char *name;
    struct slice octets;
    struct observed seen;
} octet_cases[] = {
    {"nothing", S(""), {0, 0, 0, 0}},
    {"good lines", S("ab\r\n\r\ncd\r\n"), {0, 0, 0, 0}},
    {"lone CR", S("a\rb\r\n"), {1, 0, 0, 0}},
    {"lone LF", S("a\nb\r\n"), {0, 1, 0, 0}},
    {"CR at the end", S("a\r"), {1, 0, 0, 0}},
    {"LF at the start", S("\na"), {0, 1, 0, 0}},
    {"CR CR LF", S("a\r\r\n"), {1, 0, 0, 0}},
    {"CR LF LF", S("a\r\n\n"), {0, 1, 0, 0}},
    {"LF CR", S("a\n\rb"), {1, 1, 0, 0}},
    {"only CR", S("\r\r\r"), {3, 0, 0, 0}},
    {"only LF", S("\n\n\n"), {0, 3, 0, 0}},
    {"NUL", S("a\0b\0\0"), {0, 0, 3, 0}},
    {"8-bit", S("caf\xC3\xA9 \xFF"), {0, 0, 0, 3}},
    {"octets around 8-bit", S("\x7F\x80\x7F"), {0, 0, 0, 1}},
    {"CR as the last of a block", S(BLOCK_OF_A "\rb"), {1, 0, 0, 0}},
    {"CR LF across blocks", S(BLOCK_OF_A "\r\nb"), {0, 0, 0, 0}},
    {"LF as the first of a block", S(BLOCK_OF_A "a\nb"), {0, 1, 0, 0}},
    {"a block and more of 8-bit",
     S("\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9"
       "\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9"
       "\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9"
       "\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9\xE9"),
     {0, 0, 0, 70}},
};

/* In pieces of `step` octets, each in memory of its own length, so that no look goes past one. */
static struct observed observe_in(struct slice octets, size_t step)
{
    struct observed seen = {0};
    uint8_t before = '\n';
    for (size_t at = 0; at < octets.n; at += step) {
        struct slice piece = slice_sub(octets, at, step);
        uint8_t *own = malloc(piece.n);
        assert_non_null(own);
        memcpy(own, piece.p, piece.n);
        observe(slice_of(own, piece.n), &before, &seen);
        free(own);
    }
    observe_end(before, &seen);
    return seen;
}

static void octets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof octet_cases / sizeof octet_cases[0]; i++) {
        const struct octet_case *c = &octet_cases[i];
        for (size_t step = 1; step <= c->octets.n + 1; step++) {
            struct observed seen = observe_in(c->octets, step);
            if (memcmp(&seen, &c->seen, sizeof seen) != 0)
                fail_msg("%s, by %zu: CR %d LF %d NUL %d 8-bit %d", c->name, step,
                         (int)seen.lone_cr, (int)seen.lone_lf, (int)seen.nul, (int)seen.eight_bit);
        }
    }
}

/* Wherever it stands in texts around whole blocks, a lone LF is one, and eight bits are. */
static void places(void **state)
{
    (void)state;
    uint8_t text[777];
    for (size_t n = sizeof text - 270; n <= sizeof text; n++)
        for (size_t at = 1; at < n; at++) {
            memset(text, 'a', n);
            text[at] = '\n';
            text[n - at] = 0xE9;
            struct observed seen = observe_in(slice_of(text, n), n);
            if (seen.lone_cr != 0 || seen.nul != 0 || seen.eight_bit != 1 ||
                seen.lone_lf != (2 * at != n))
                fail_msg("%zu of %zu: LF %d 8-bit %d", at, n, (int)seen.lone_lf,
                         (int)seen.eight_bit);
        }
}

static const struct line_case {
    const char *name;
    struct slice octets;
    size_t longest;
} line_cases[] = {
    {"nothing", S(""), 0},
    {"an empty line", S("\r\n"), 0},
    {"one line", S("abc\r\n"), 3},
    {"no end", S("abc"), 3},
    {"the second", S("abc\r\nabcd\r\na\r\n"), 4},
    {"the last, without end", S("abc\r\nabcd"), 4},
    {"a lone CR is an octet", S("a\rb\r\n"), 3},
    {"a lone LF is an octet", S("a\nb\r\n"), 3},
    {"CR CR LF", S("a\r\r\n"), 2},
    {"lone LF after a line", S("a\r\n\nb\r\n"), 2},
};

static void lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof line_cases / sizeof line_cases[0]; i++) {
        const struct line_case *c = &line_cases[i];
        for (size_t step = 1; step <= c->octets.n + 1; step++) {
            struct line_measure m = {0};
            for (size_t at = 0; at < c->octets.n; at += step)
                measure_lines(slice_sub(c->octets, at, step), &m);
            if (m.longest != c->longest)
                fail_msg("%s, by %zu: %zu", c->name, step, m.longest);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(octets), cmocka_unit_test(places),
                                       cmocka_unit_test(lines)};
    return cmocka_run_group_tests_name("observe", tests, NULL, NULL);
}
