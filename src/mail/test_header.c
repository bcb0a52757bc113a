#include "mail/header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct name_case {
    const char *name;
    struct slice line;
    size_t length;
} name_cases[] = {
    {"usual", {(const uint8_t *)"Subject: x\r\n", 12}, 7},
    {"no value", {(const uint8_t *)"A:\r\n", 4}, 1},
    {"white space before the colon", {(const uint8_t *)"A \t: x\r\n", 8}, 1},
    {"every kind of octet", {(const uint8_t *)"!#-9;A[z~: x", 12}, 9},
    {"no colon", {(const uint8_t *)"Subject\r\n", 9}, 0},
    {"no name", {(const uint8_t *)": x\r\n", 5}, 0},
    {"white space and no name", {(const uint8_t *)" : x\r\n", 6}, 0},
    {"two words", {(const uint8_t *)"Sub ject: x\r\n", 13}, 0},
    {"8-bit octet", {(const uint8_t *)"Sub\xE9: x\r\n", 9}, 0},
    {"NUL", {(const uint8_t *)"Sub\0: x\r\n", 9}, 0},
    {"DEL", {(const uint8_t *)"Sub\x7F: x\r\n", 9}, 0},
    {"CR before the colon", {(const uint8_t *)"Sub\r: x\r\n", 9}, 0},
    {"nothing", {(const uint8_t *)"", 0}, 0},
};

static void name_lengths(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof name_cases / sizeof name_cases[0]; i++) {
        size_t n = header_name_length(name_cases[i].line);
        if (n != name_cases[i].length)
            fail_msg("%s: %zu", name_cases[i].name, n);
    }
}

static const struct parse_case {
    const char *name;
    const char *octets;
    size_t n;
    const char *fields; /* "name<value>" of each */
} parse_cases[] = {
    {"none", "", 0, ""},
    {"one", "A: x\r\n", 1, "A< x>"},
    {"empty value", "A:\r\n", 1, "A<>"},
    {"two", "A: x\r\nB:y\r\n", 2, "A< x>B<y>"},
    {"name without its white space", "A \t: x\r\n", 1, "A< x>"},
    {"colons in the value", "A:b:c:\r\n", 1, "A<b:c:>"},
    {"folded by space", "A: x\r\n y\r\nB:\r\n", 2, "A< x\r\n y>B<>"},
    {"folded by tab", "A: x\r\n\ty\r\n", 1, "A< x\r\n\ty>"},
    {"folded at once", "A:\r\n x\r\n", 1, "A<\r\n x>"},
    {"a fold of white space alone", "A: x\r\n \t\r\nB: y\r\n", 2, "A< x\r\n \t>B< y>"},
    {"lone LF before white space", "A: x\n y\r\nB: y\r\n", 2, "A< x\n y>B< y>"},
    {"lone LF before another", "A: x\nB: z\r\nC: y\r\n", 2, "A< x\nB: z>C< y>"},
    {"lone CR before another", "A: x\rB: z\r\nC: y\r\n", 2, "A< x\rB: z>C< y>"},
    {"CR before the end", "A: x\r\r\nC: y\r\n", 2, "A< x\r>C< y>"},
};

static void parses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof parse_cases / sizeof parse_cases[0]; i++) {
        const struct parse_case *c = &parse_cases[i];
        struct arena arena = arena_new();
        struct header header;
        char text[128] = "";
        size_t n = 0, raw = 0;
        assert_int_equal(header_parse(&arena, slice_str(c->octets), c->n, &header), WAYBILL_OK);
        for (size_t f = 0; f < header.n; f++) {
            n += (size_t)snprintf(text + n, sizeof text - n, "%.*s<%.*s>",
                                  SLICE_ARGS(header.fields[f].name),
                                  SLICE_ARGS(header.fields[f].value));
            raw += header.fields[f].raw.n;
        }
        if (strcmp(text, c->fields) != 0 || raw != strlen(c->octets))
            fail_msg("%s: %s", c->name, text);
        arena_free(&arena);
    }
}

static void finds(void **state)
{
    (void)state;
    struct arena arena = arena_new();
    struct header header;
    struct slice octets = SLICE("To: 1\r\nFROM: 2\r\nto: 3\r\nTO : 4\r\nT: 5\r\n");
    assert_int_equal(header_parse(&arena, octets, 5, &header), WAYBILL_OK);
    struct names_range to = header_find(&header, SLICE("to"));
    assert_int_equal(to.n, 3);
    for (size_t i = 0; i < 3; i++)
        assert_memory_equal(header_at(&header, to.first + i)->value.p + 1, &"134"[i], 1);
    assert_ptr_equal(header_first(&header, SLICE("From")), &header.fields[1]);
    assert_null(header_first(&header, SLICE("Fro")));
    assert_int_equal(header_find(&header, SLICE("")).n, 0);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_lengths),
        cmocka_unit_test(parses),
        cmocka_unit_test(finds),
    };
    return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
