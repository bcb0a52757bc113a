#include "base/buffer.h"
#include "base/limits.h"
#include "io/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* --- what a file says ---------------------------------------------------------------------------
 */

#define LEFT_OUT "authserv-id - trust - override off@0 shadow [] reject [dmarc@0 ] defer [] "

/* All of a configuration, each value with its line. */
static const struct text_case {
    const char *name, *text, *says;
} text_cases[] = {
    {"nothing", "", LEFT_OUT},
    {"comments", "# a\n\n\t # trust = ${X} \"\n", LEFT_OUT},
    {"a value", "authserv-id = mx.example.org",
     "authserv-id mx.example.org@1 trust - override off@0 shadow [] reject [dmarc@0 ] defer [] "},
    {"a value with a comment behind", "\nauthserv-id=a#b\n",
     "authserv-id a@2 trust - override off@0 shadow [] reject [dmarc@0 ] defer [] "},
    {"a quoted value", "authserv-id = \"a \\\"b\\\" \\\\ # {=,} $ * \xC3\xA9\"",
     "authserv-id a \"b\" \\ # {=,} $ * \xC3\xA9@1 trust - override off@0 shadow [] reject "
     "[dmarc@0 ] defer [] "},
    {"every octet that needs no quotes", "authserv-id = aZ09._:/@+-b//",
     "authserv-id aZ09._:/@+-b//@1 trust - override off@0 shadow [] reject [dmarc@0 ] defer [] "},
    {"a value on the next line", "authserv-id\n=\na",
     "authserv-id a@3 trust - override off@0 shadow [] reject [dmarc@0 ] defer [] "},
    {"an absolute path", "trust = /a/b",
     "authserv-id - trust /a/b@1 override off@0 shadow [] reject [dmarc@0 ] defer [] "},
    {"a relative path", "trust = b/c",
     "authserv-id - trust folder/b/c@1 override off@0 shadow [] reject [dmarc@0 ] defer [] "},
    {"lists", "shadow = { a, \"b\",\nc }\nreject = {}\ndefer = spf",
     "authserv-id - trust - override off@0 shadow [a@1 b@1 c@2 ] reject [] defer [spf@4 ] "},
    {"a comma at the end", "shadow={a,}",
     "authserv-id - trust - override off@0 shadow [a@1 ] reject [dmarc@0 ] defer [] "},
    {"several on a line", "trust=/a override=b defer={arc,dkim}reject={spf,dmarc}",
     "authserv-id - trust /a@1 override b@1 shadow [] reject [spf@1 dmarc@1 ] defer [arc@1 dkim@1 "
     "] "},
    {"a rule", "rule \"a b\" { reported = dkim }",
     LEFT_OUT "rule a b@1 (dkim@1=0 first@0=0 relaxed@0=0 1@0=1 50@0=50 -@0=0) "},
    {"a rule with all its keys",
     "rule r\n{\nreported = dmarc\nreporter = any\nalignment = strict\nsets-least = 2\n"
     "sets-most = 50\nreputation = 100\n}",
     LEFT_OUT "rule r@1 (dmarc@3=2 any@4=2 strict@5=1 2@6=2 50@7=50 100@8=100) "},
    {"two rules, and a key between",
     "rule a { reported = spf }\noverride = a\nrule b { reporter = newest reported = dkim }",
     "authserv-id - trust - override a@2 shadow [] reject [dmarc@0 ] defer [] "
     "rule a@1 (spf@1=1 first@0=0 relaxed@0=0 1@0=1 50@0=50 -@0=0) "
     "rule b@3 (dkim@3=0 newest@3=1 relaxed@0=0 1@0=1 50@0=50 -@0=0) "},
};

static void write_value(struct buffer *out, const struct config_value *value)
{
    if (value->text)
        buffer_printf(out, "%s@%zu ", value->text, value->line);
    else
        buffer_add_str(out, "- ");
}

static void write_list(struct buffer *out, const char *name, const struct config_list *list)
{
    buffer_printf(out, "%s [", name);
    for (size_t i = 0; i < list->n; i++)
        write_value(out, &list->values[i]);
    buffer_add_str(out, "] ");
}

static void write_number(struct buffer *out, const struct config_value *value, const char *end)
{
    buffer_printf(out, "%s@%zu=%u%s", value->text ? value->text : "-", value->line, value->number,
                  end);
}

static void write_rule(struct buffer *out, const struct config_rule *rule)
{
    buffer_add_str(out, "rule ");
    write_value(out, &rule->name);
    buffer_add_str(out, "(");
    write_number(out, &rule->reported, " ");
    write_number(out, &rule->reporter, " ");
    write_number(out, &rule->alignment, " ");
    write_number(out, &rule->sets_least, " ");
    write_number(out, &rule->sets_most, " ");
    write_number(out, &rule->reputation, ") ");
}

static void write_config(struct buffer *out, const struct config *config)
{
    buffer_add_str(out, "authserv-id ");
    write_value(out, &config->authserv_id);
    buffer_add_str(out, "trust ");
    write_value(out, &config->trust);
    buffer_add_str(out, "override ");
    write_value(out, &config->override);
    write_list(out, "shadow", &config->shadow);
    write_list(out, "reject", &config->reject);
    write_list(out, "defer", &config->defer);
    for (size_t i = 0; i < config->n_rules; i++)
        write_rule(out, &config->rules[i]);
    buffer_add_octet(out, '\0');
}

static void run_text_case(void **state)
{
    const struct text_case *c = *state;
    struct config config;
    struct waybill_text_error error;
    struct buffer says = buffer_new(4096);
    enum waybill_status status = config_read(&config, "folder/file", slice_str(c->text), &error);
    assert_string_equal(error.what, "");
    assert_int_equal(status, WAYBILL_OK);
    write_config(&says, &config);
    assert_string_equal((const char *)says.p, c->says);
    buffer_free(&says);
    config_free(&config);
}

/* --- what is no configuration -------------------------------------------------------------------
 */

static const struct error_case {
    const char *name, *text;
    size_t line;
    const char *what;
} error_cases[] = {
    /* keys */
    {"a key misspelt", "\ntruts = a", 2, "'truts': unknown key: did you mean trust?"},
    {"a key in capitals", "TRUST = a", 1, "'TRUST': unknown key: see waybill.conf(5)"},
    {"an unknown key", "colour = red", 1, "'colour': unknown key: see waybill.conf(5)"},
    {"a section misspelt", "rul \"a\" {}", 1, "'rul': unknown key: did you mean rule?"},
    {"a key of a rule misspelt", "rule a {\nset-most = 1\n}", 2,
     "'set-most': unknown key: did you mean sets-most?"},
    {"an inclusion", "include = \"x\"", 1, "'include': unknown key: see waybill.conf(5)"},
    {"a function", "include(\"x\")", 1, "include( is not quoted: write \"include(\""},
    {"a key of a rule outside", "reported = dkim", 1,
     "'reported' is no key by itself: move it into the rule it belongs to"},
    {"a key of the top in a rule", "rule a {\n reported = dkim\n trust = a\n}", 3,
     "'trust' is no key of a rule: move it behind the '}' of the rule"},
    {"a rule in a rule", "rule a { rule b {", 1, "a rule in a rule: close the first one with '}'"},
    {"a key twice", "trust = a\n\ntrust = b", 3,
     "'trust' stands twice: it is on line 1 already: leave one out"},
    {"a key of the top in a listener", "listener a {\n trust = a\n}", 2,
     "'trust' is no key of a listener: move it behind the '}' of the listener"},
    {"a key of a rule in a listener", "listener a {\n reported = dkim\n}", 2,
     "'reported' is no key of a listener: move it into the rule it belongs to"},
    {"a key of a listener in a rule", "rule a {\n preset = receiver\n}", 2,
     "'preset' is no key of a rule: move it into the listener it belongs to"},
    {"a key of a listener outside", "peers = {}", 1,
     "'peers' is no key by itself: move it into the listener it belongs to"},
    {"a listener in a rule", "rule a { listener b {", 1,
     "a listener in a rule: close the first one with '}'"},
    {"a listener misspelt", "listner \"a\" {}", 1,
     "'listner': unknown key: did you mean listener?"},
    {"a key of a listener misspelt", "listener a { pears = {}", 1,
     "'pears': unknown key: did you mean peers?"},
    {"a listener without a name", "listener { }", 1,
     "the name of the listener is missing: write listener \"NAME\" { ... }"},
    {"a listener without a brace", "listener a socket", 1,
     "'{' is missing behind the name of the listener: write listener \"NAME\" { ... }"},
    {"a listener that is never closed", "\n\nlistener a {\nmode = enforce", 4,
     "the listener of line 3 is never closed: add '}'"},
    {"the first error of several", "trust = a\nreject = x\ncolour = red", 2,
     "reject = x: unknown value: use spf, dkim, dkim2, arc, dmarc"},
    {"a list twice", "shadow = {a}\nshadow = {}", 2,
     "'shadow' stands twice: it is on line 1 already: leave one out"},
    {"a key twice in a rule", "rule a { reported = dkim\nreported = dkim }", 2,
     "'reported' stands twice: it is on line 1 already: leave one out"},
    {"a rule twice", "rule a { reported = dkim }\n\nrule \"a\" { reported = spf }", 3,
     "rule 'a' stands twice: it is on line 1 already: choose another name"},
    {"a quoted key", "\"trust\" = a", 1, "a key is expected here: write KEY = VALUE"},
    {"a value behind a value", "override = a \"b\"", 1,
     "a key is expected here: write KEY = VALUE"},
    {"a comma behind a value", "override = a, b", 1, "a key is expected here: write KEY = VALUE"},
    /* the form of a statement */
    {"no equals sign", "trust \"a\"", 1, "'=' is missing behind 'trust': write trust = VALUE"},
    {"no equals sign at the end", "trust", 1, "'=' is missing behind 'trust': write trust = VALUE"},
    {"no value", "trust =\n", 2, "the value of 'trust' is missing: write trust = VALUE"},
    {"no value but another key", "trust =\noverride = a", 2,
     "a key is expected here: write KEY = VALUE"},
    {"two equals signs", "trust == a", 1, "the value of 'trust' is missing: write trust = VALUE"},
    {"a value added", "trust += a", 1, "'=' is missing behind 'trust': write trust = VALUE"},
    {"a list where none can be", "trust = { a }", 1,
     "'trust' has one value: write it without braces"},
    {"a list without a comma", "shadow = { a b }", 1,
     "',' or '}' is missing in 'shadow': write shadow = { A, B }"},
    {"a list that is never closed", "shadow = { a", 1,
     "',' or '}' is missing in 'shadow': write shadow = { A, B }"},
    {"a list with two commas", "shadow = { a,, b }", 1,
     "a value of 'shadow' is missing: write shadow = { A, B }"},
    {"a list in a list", "shadow = {{a}}", 1,
     "a value of 'shadow' is missing: write shadow = { A, B }"},
    {"a list that is just begun", "shadow = {", 1,
     "a value of 'shadow' is missing: write shadow = { A, B }"},
    {"a rule without a name", "rule { reported = dkim }", 1,
     "the name of the rule is missing: write rule \"NAME\" { ... }"},
    {"a rule like a key", "rule = a", 1,
     "the name of the rule is missing: write rule \"NAME\" { ... }"},
    {"a rule without a brace", "rule a reported = dkim", 1,
     "'{' is missing behind the name of the rule: write rule \"NAME\" { ... }"},
    {"a rule with two names", "rule \"a\" \"b\" {}", 1,
     "'{' is missing behind the name of the rule: write rule \"NAME\" { ... }"},
    {"a rule that is never closed", "\nrule a {\nreported = dkim\n", 4,
     "the rule of line 2 is never closed: add '}'"},
    {"a brace too many", "rule a { reported = dkim }\n}", 2, "'}' closes nothing: remove it"},
    /* values */
    {"a star without quotes", "authserv-id = *.example.org", 1,
     "*.example.org is not quoted: write \"*.example.org\""},
    {"a semicolon behind a value", "authserv-id = a;", 1, "a; is not quoted: write \"a;\""},
    {"octets over 127 without quotes",
     "authserv-id = b\xC3\xBC"
     "cher.example",
     1, "b??cher.example is not quoted: write \"b??cher.example\""},
    {"single quotes", "authserv-id = 'a'", 1, "'a': quotes are '\"' here: use them"},
    {"a variable", "trust = ${HOME}/a", 1,
     "'${' would be taken for a variable: write what it stands for"},
    {"a variable in quotes", "trust = \"${HOME}/a\"", 1,
     "'${' would be taken for a variable: write what it stands for"},
    {"a variable amid a word", "trust = a${HOME}", 1,
     "'${' would be taken for a variable: write what it stands for"},
    {"a backslash", "trust = \"a\\n\"", 1,
     "a backslash that stands for nothing: write \\\\ for a backslash, \\\" for quotes"},
    {"a backslash at the end of the line", "trust = \"a\\\nb\"", 1,
     "a backslash that stands for nothing: write \\\\ for a backslash, \\\" for quotes"},
    {"quotes over two lines", "trust = \"a\nb\"", 1,
     "the quotes are never closed: end the value with '\"' on its line"},
    {"quotes that are never closed", "trust = \"a", 1,
     "the quotes are never closed: end the value with '\"' on its line"},
    {"another kind of comment", "// a", 1, "//: quote it, or begin a comment with '#'"},
    {"a comment over lines", "/* a\n*/", 1, "/*: quote it, or begin a comment with '#'"},
    {"a value like a comment", "trust = //a", 1, "//a: quote it, or begin a comment with '#'"},
    {"CRLF", "trust = a\r\n", 1, "a CR: end the lines of the file with LF alone"},
    {"a CR in a comment", "# a\r\n", 1, "a CR: end the lines of the file with LF alone"},
    {"a CR in quotes", "trust = \"a\r\"", 1, "a CR: end the lines of the file with LF alone"},
    {"a control character", "\n\x1B", 2, "a control character (octet 27): remove it"},
    {"a control character in quotes", "trust = \"\x07\"", 1,
     "a control character (octet 7): remove it"},
    {"DEL in a word", "trust = a\x7F", 1, "a control character (octet 127): remove it"},
    {"an empty value", "trust = \"\"", 1, "trust is empty: write a value or leave it out"},
    {"an empty value of a list", "shadow = { a,\n\"\" }", 2,
     "shadow is empty: write a value or leave it out"},
    {"an unknown method", "reject = { dmarc, dkmi }", 1,
     "reject = dkmi: unknown value: use spf, dkim, dkim2, arc, dmarc"},
    {"an unknown choice", "rule a { reported = arc }", 1,
     "reported = arc: unknown value: use dkim, spf, dmarc, dkim2"},
    {"no reported", "\nrule a {\nreporter = any\n}", 2,
     "reported is missing in the rule: add reported = dkim"},
    {"no number", "rule a { reported = dkim sets-most = x }", 1,
     "sets-most = x: no number from 1 to 50: correct it"},
    {"a number too small", "rule a { reported = dkim sets-least = 0 }", 1,
     "sets-least = 0: no number from 1 to 50: correct it"},
    {"a number too large", "rule a { reported = dkim sets-most = 51 }", 1,
     "sets-most = 51: no number from 1 to 50: correct it"},
    {"an enormous number", "rule a { reported = dkim reputation = 99999999999999999999 }", 1,
     "reputation = 99999999999999999999: no number from 1 to 100: correct it"},
    {"a number with a sign", "rule a { reported = dkim reputation = -1 }", 1,
     "reputation = -1: no number from 1 to 100: correct it"},
};

static void assert_error(struct slice text, enum waybill_status status, size_t line,
                         const char *what)
{
    struct config config;
    struct waybill_text_error error;
    enum waybill_status is = config_read(&config, "file", text, &error);
    assert_string_equal(error.what, what);
    assert_int_equal(error.line, line);
    assert_int_equal(is, status);
    config_free(&config);
}

static void run_error_case(void **state)
{
    const struct error_case *c = *state;
    assert_error(slice_str(c->text), WAYBILL_SYNTAX, c->line, c->what);
}

static void nul_octets(void **state)
{
    (void)state;
    assert_error(SLICE("trust = a\0b"), WAYBILL_SYNTAX, 1,
                 "a control character (octet 0): remove it");
    assert_error(SLICE("trust = \"\0\""), WAYBILL_SYNTAX, 1,
                 "a control character (octet 0): remove it");
    assert_error(SLICE("#\0"), WAYBILL_SYNTAX, 1, "a control character (octet 0): remove it");
}

static void too_many_octets(void **state)
{
    static uint8_t text[LIMIT_CONFIG_OCTETS + 1];
    struct config config;
    struct waybill_text_error error;
    (void)state;
    memset(text, 'a', sizeof text);
    memcpy(text, "trust = ", 8);
    text[LIMIT_CONFIG_OCTETS - 1] = '\n';
    assert_int_equal(config_read(&config, "file", slice_of(text, LIMIT_CONFIG_OCTETS), &error),
                     WAYBILL_OK);
    assert_int_equal(strlen(config.trust.text), LIMIT_CONFIG_OCTETS - 9);
    config_free(&config);
    assert_error(slice_of(text, sizeof text), WAYBILL_LIMIT, 0,
                 "over 262144 octets: name the right file");
}

static void too_many_rules(void **state)
{
    struct buffer text = buffer_new(LIMIT_CONFIG_OCTETS);
    struct config config;
    struct waybill_text_error error;
    (void)state;
    for (size_t i = 0; i < LIMIT_RULES; i++)
        buffer_printf(&text, "rule r%zu { reported = dkim }\n", i);
    assert_int_equal(config_read(&config, "file", buffer_slice(&text), &error), WAYBILL_OK);
    assert_int_equal(config.n_rules, LIMIT_RULES);
    config_free(&config);
    buffer_add_str(&text, "rule last { reported = dkim }");
    assert_error(buffer_slice(&text), WAYBILL_LIMIT, LIMIT_RULES + 1,
                 "over 32 rules: leave out what is not used");
    buffer_free(&text);
}

int main(void)
{
    enum {
        TEXTS = sizeof text_cases / sizeof *text_cases,
        ERRORS = sizeof error_cases / sizeof *error_cases,
        OTHERS = 3,
    };
    struct CMUnitTest tests[OTHERS + TEXTS + ERRORS] = {
        cmocka_unit_test(nul_octets),
        cmocka_unit_test(too_many_octets),
        cmocka_unit_test(too_many_rules),
    };
    struct CMUnitTest *next = tests + OTHERS;
    for (size_t i = 0; i < TEXTS; i++)
        *next++ = (struct CMUnitTest){text_cases[i].name, run_text_case, NULL, NULL,
                                      (void *)(uintptr_t)&text_cases[i]};
    for (size_t i = 0; i < ERRORS; i++)
        *next++ = (struct CMUnitTest){error_cases[i].name, run_error_case, NULL, NULL,
                                      (void *)(uintptr_t)&error_cases[i]};
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
