#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

struct settings {
    bool flag;
    const char *text;
    struct option_list list;
    int64_t number;
    size_t choice;
};

static const char *const colours[] = {"red", "green", NULL};

static const struct option rows[] = {
    {"flag", NULL, "a flag", OPTION_FLAG, offsetof(struct settings, flag), 0, 0, NULL},
    {"text", "TEXT", "a text", OPTION_TEXT, offsetof(struct settings, text), 0, 0, NULL},
    {"list", "TEXT", "a list", OPTION_LIST, offsetof(struct settings, list), 0, 0, NULL},
};

/* A second table over the same struct. */
static const struct option more_rows[] = {
    {"number", "N", "a number", OPTION_NUMBER, offsetof(struct settings, number), 3, 9, NULL},
    {"choice", "COLOUR", "a choice", OPTION_CHOICE, offsetof(struct settings, choice), 0, 0,
     colours},
};

enum { ARGUMENTS = 8 };

/* A line, and what it is read as: flag text list number choice operands. */
static const struct line_case {
    const char *name;
    const char *line[ARGUMENTS];
    enum options_answer answer;
    const char *settings;
} line_cases[] = {
    {"nothing", {NULL}, OPTIONS_FINE, "0 - [] 5 0 []"},
    {"a flag", {"--flag"}, OPTIONS_FINE, "1 - [] 5 0 []"},
    {"a flag with a value", {"--flag=1"}, OPTIONS_BAD, ""},
    {"a value apart", {"--text", "a"}, OPTIONS_FINE, "0 a [] 5 0 []"},
    {"a value joined", {"--text=a"}, OPTIONS_FINE, "0 a [] 5 0 []"},
    {"an equals sign in a value", {"--text=a=b"}, OPTIONS_FINE, "0 a=b [] 5 0 []"},
    {"an empty value", {"--text="}, OPTIONS_FINE, "0  [] 5 0 []"},
    {"a value that looks like an option", {"--text", "--flag"}, OPTIONS_FINE, "0 --flag [] 5 0 []"},
    {"no value", {"--text"}, OPTIONS_BAD, ""},
    {"the last one holds", {"--text", "a", "--text=b"}, OPTIONS_FINE, "0 b [] 5 0 []"},
    {"a list", {"--list", "a", "--list=b"}, OPTIONS_FINE, "0 - [a,b,] 5 0 []"},
    {"a number", {"--number", "9"}, OPTIONS_FINE, "0 - [] 9 0 []"},
    {"a number too large", {"--number", "10"}, OPTIONS_BAD, ""},
    {"a number too small", {"--number", "2"}, OPTIONS_BAD, ""},
    {"a number with a sign", {"--number", "+5"}, OPTIONS_BAD, ""},
    {"no number", {"--number", "5x"}, OPTIONS_BAD, ""},
    {"an enormous number", {"--number", "99999999999999999999999"}, OPTIONS_BAD, ""},
    {"a choice", {"--choice", "green"}, OPTIONS_FINE, "0 - [] 5 1 []"},
    {"a choice unknown", {"--choice", "blue"}, OPTIONS_BAD, ""},
    {"an option unknown", {"--flags"}, OPTIONS_BAD, ""},
    {"an option in short", {"-f"}, OPTIONS_BAD, ""},
    {"operands amid options", {"a", "--flag", "b"}, OPTIONS_FINE, "1 - [] 5 0 [a,b,]"},
    {"a lone hyphen", {"-"}, OPTIONS_FINE, "0 - [] 5 0 [-,]"},
    {"the end of options", {"--", "--flag"}, OPTIONS_FINE, "0 - [] 5 0 [--flag,]"},
    {"the end of options twice", {"--", "--"}, OPTIONS_FINE, "0 - [] 5 0 [--,]"},
    {"too many operands", {"a", "b", "c"}, OPTIONS_BAD, ""},
};

static void write_list(struct buffer *out, const struct option_list *list)
{
    buffer_add_str(out, " [");
    for (size_t i = 0; i < list->n; i++)
        buffer_printf(out, "%s,", list->values[i]);
    buffer_add_str(out, "]");
}

static void run_line_case(void **state)
{
    const struct line_case *c = *state;
    struct settings settings = {.number = 5};
    struct option_table tables[] = {{rows, sizeof rows / sizeof *rows, &settings},
                                    {more_rows, sizeof more_rows / sizeof *more_rows, &settings}};
    struct usage usage = {"try", "[FILE...]", "Tries.", 0, 2, tables, 2};
    struct arena arena = arena_new();
    struct option_list operands;
    char *line[ARGUMENTS + 1] = {NULL};
    for (size_t i = 0; i < ARGUMENTS && c->line[i]; i++)
        line[i] = (char *)(uintptr_t)c->line[i];
    assert_int_equal(options_parse(&usage, &arena, line, &operands), c->answer);
    if (c->answer == OPTIONS_FINE) {
        struct buffer seen = buffer_new(1024);
        buffer_printf(&seen, "%d %s", settings.flag, settings.text ? settings.text : "-");
        write_list(&seen, &settings.list);
        buffer_printf(&seen, " %d %d", (int)settings.number, (int)settings.choice);
        write_list(&seen, &operands);
        buffer_add_octet(&seen, '\0');
        assert_string_equal((const char *)seen.p, c->settings);
        buffer_free(&seen);
    }
    arena_free(&arena);
}

static void operand_missing(void **state)
{
    struct usage usage = {"try", "FILE", "Tries.", 1, 1, NULL, 0};
    struct arena arena = arena_new();
    struct option_list operands;
    char *line[] = {NULL};
    (void)state;
    assert_int_equal(options_parse(&usage, &arena, line, &operands), OPTIONS_BAD);
    arena_free(&arena);
}

/* What the parser prints would disturb the protocol of the test's own output. */
static int be_quiet(void **state)
{
    (void)state;
    return freopen("/dev/null", "w", stderr) ? 0 : -1;
}

int main(void)
{
    enum { LINES = sizeof line_cases / sizeof *line_cases };
    struct CMUnitTest tests[LINES + 1] = {cmocka_unit_test(operand_missing)};
    for (size_t i = 0; i < LINES; i++)
        tests[1 + i] = (struct CMUnitTest){line_cases[i].name, run_line_case, NULL, NULL,
                                           (void *)(uintptr_t)&line_cases[i]};
    return cmocka_run_group_tests_name("options", tests, be_quiet, NULL);
}
