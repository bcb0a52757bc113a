#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define S(literal)                                      \
    {                                                   \
        (const uint8_t *)(literal), sizeof(literal) - 1 \
    }

static const struct start_case {
    const char *name;
    struct slice text;
    size_t length, printable;
} start_cases[] = {
    {"nothing", S(""), 0, 0},
    {"letter", S("ab"), 1, 1},
    {"space", S(" "), 1, 1},
    {"tilde", S("~"), 1, 1},
    {"NUL", S("\0"), 1, 0},
    {"tab", S("\t"), 1, 0},
    {"unit separator", S("\x1F"), 1, 0},
    {"DEL", S("\x7F"), 1, 0},
    {"first C1", S("\xC2\x80"), 2, 0},
    {"last C1", S("\xC2\x9F"), 2, 0},
    {"no-break space", S("\xC2\xA0"), 2, 2},
    {"last of two octets", S("\xDF\xBF"), 2, 2},
    {"first of three octets", S("\xE0\xA0\x80"), 3, 3},
    {"last before the surrogates", S("\xED\x9F\xBF"), 3, 3},
    {"first behind the surrogates", S("\xEE\x80\x80"), 3, 3},
    {"last of three octets", S("\xEF\xBF\xBF"), 3, 3},
    {"first of four octets", S("\xF0\x90\x80\x80"), 4, 4},
    {"last of all", S("\xF4\x8F\xBF\xBF"), 4, 4},
    {"behind the last", S("\xF4\x90\x80\x80"), 0, 0},
    {"five octets", S("\xF8\x88\x80\x80\x80"), 0, 0},
    {"octet FE", S("\xFE"), 0, 0},
    {"octet FF", S("\xFF"), 0, 0},
    {"continuation alone", S("\x80"), 0, 0},
    {"overlong slash", S("\xC0\xAF"), 0, 0},
    {"overlong DEL", S("\xC1\xBF"), 0, 0},
    {"overlong of three octets", S("\xE0\x9F\xBF"), 0, 0},
    {"overlong of four octets", S("\xF0\x8F\xBF\xBF"), 0, 0},
    {"first surrogate", S("\xED\xA0\x80"), 0, 0},
    {"last surrogate", S("\xED\xBF\xBF"), 0, 0},
    {"two octets, one there", S("\xC3"), 0, 0},
    {"three octets, two there", S("\xE2\x82"), 0, 0},
    {"four octets, three there", S("\xF0\x9F\x93"), 0, 0},
    {"letter for a continuation",
     S("\xC3"
       "a"),
     0, 0},
    {"lead for a continuation", S("\xE2\x82\xC3"), 0, 0},
    {"line separator", S("\xE2\x80\xA8"), 3, 0},
    {"paragraph separator", S("\xE2\x80\xA9"), 3, 0},
    {"right to left override", S("\xE2\x80\xAE"), 3, 0},
    {"right to left mark", S("\xE2\x80\x8F"), 3, 0},
    {"first strong isolate", S("\xE2\x81\xA8"), 3, 0},
    {"Arabic letter mark", S("\xD8\x9C"), 2, 0},
    {"byte order mark", S("\xEF\xBB\xBF"), 3, 0},
    {"before the byte order mark", S("\xEF\xBB\xBE"), 3, 3},
    {"Arabic letter", S("\xD8\xA7"), 2, 2},
};

static void starts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof start_cases / sizeof start_cases[0]; i++) {
        const struct start_case *c = &start_cases[i];
        if (utf8_length(c->text) != c->length)
            fail_msg("%s: length %zu", c->name, utf8_length(c->text));
        if (utf8_printable(c->text) != c->printable)
            fail_msg("%s: printable %zu", c->name, utf8_printable(c->text));
    }
}

static size_t encode(uint32_t c, uint8_t out[4])
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n; i-- > 1; c >>= 6)
        out[i] = (uint8_t)(0x80 | (c & 0x3F));
    out[0] = (uint8_t)(leads[n] | c);
    return n;
}

static void every_character(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x200000; c++) {
        uint8_t octets[4];
        size_t n = encode(c, octets);
        bool scalar = c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF);
        if (utf8_length(slice_of(octets, n)) != (scalar ? n : 0))
            fail_msg("U+%04X", (unsigned)c);
    }
}

static const struct valid_case {
    const char *name;
    struct slice text;
    bool valid;
} valid_cases[] = {
    {"nothing", S(""), true},
    {"ASCII with NUL", S("a\0b"), true},
    {"mixed lengths", S("a\xC3\xB6\xE2\x82\xAC\xF0\x9F\x93\xAC~"), true},
    {"cut at the end", S("a\xF0\x9F\x93"), false},
    {"Latin-1 in the middle", S("a\xF6z"), false},
    {"bad at the start", S("\x80 abc"), false},
};

static void valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof valid_cases / sizeof valid_cases[0]; i++)
        if (utf8_valid(valid_cases[i].text) != valid_cases[i].valid)
            fail_msg("%s", valid_cases[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts),
        cmocka_unit_test(every_character),
        cmocka_unit_test(valid),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
