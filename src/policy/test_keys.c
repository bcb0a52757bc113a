#include "base/buffer.h"
#include "base/limits.h"
#include "policy/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* --- the keys of a domain ----------------------------------------------------------------------
 */

/* "SELECTOR:FILE:LINE:USES " for each key of the domain. */
static const struct look_case {
    const char *name, *text, *domain, *says;
} look_cases[] = {
    {"nothing", "", "example.org", ""},
    {"comments and empty lines", "# a\n\n \t\n#a s k\n", "a", ""},
    {"a domain", "example.org s1 key", "example.org", "s1:/etc/w/key:1:3 "},
    {"another domain", "example.org s1 key", "example.net", ""},
    {"a key for DKIM", "example.org s1 key dkim", "example.org", "s1:/etc/w/key:1:1 "},
    {"a key for DKIM2", "example.org\ts1\tkey\tdkim2\t", "example.org", "s1:/etc/w/key:1:2 "},
    {"a key for both", "example.org s1 key dkim2 dkim # a", "example.org", "s1:/etc/w/key:1:3 "},
    {"an absolute path", "example.org s1 /a/key", "example.org", "s1:/a/key:1:3 "},
    {"a path with a folder", "example.org s1 a/key#b", "example.org", "s1:/etc/w/a/key:1:3 "},
    {"a selector of several labels", "a.example S1.Mail k", "a.example", "s1.mail:/etc/w/k:1:3 "},
    {"CRLF", "a.example s k\r\nb.example s k\r\n", "b.example", "s:/etc/w/k:2:3 "},
    {"no line end at the end", "a.example s k\nb.example s k", "b.example", "s:/etc/w/k:2:3 "},
    {"several keys in the order of the file",
     "a.example z k1 dkim\nb.example b k2\na.example a k3 dkim2\nA.Example. m k4\n", "a.example",
     "z:/etc/w/k1:1:1 a:/etc/w/k3:3:2 m:/etc/w/k4:4:3 "},
    {"a star", "*.example.org s k", "a.b.example.org", "s:/etc/w/k:1:3 "},
    {"a star and the domain itself", "*.example.org s k", "example.org", ""},
    {"a star and what only ends so", "*.example.org s k", "badexample.org", ""},
    {"the closest only", "*.org s1 k\n*.example.org s2 k\na.example.org s3 k\n", "a.example.org",
     "s3:/etc/w/k:3:3 "},
    {"the longest star only", "*.org s1 k\n*.example.org s2 k\na.example.org s3 k\n",
     "b.example.org", "s2:/etc/w/k:2:3 "},
    {"all lines of the longest star", "*.org s0 k\n*.b.org s1 k\n*.org s2 k\n*.b.org s3 k",
     "a.b.org", "s1:/etc/w/k:2:3 s3:/etc/w/k:4:3 "},
    {"the domain itself before a star", "*.b.org s1 k\nb.org s2 k", "b.org", "s2:/etc/w/k:2:3 "},
    {"a domain of any case", "a.example s k", "A.EXAMPLE", "s:/etc/w/k:1:3 "},
    {"a U-label",
     "b\xC3\xBC"
     "cher.example s k",
     "xn--bcher-kva.example", "s:/etc/w/k:1:3 "},
    {"a U-label in a selector",
     "a.example b\xC3\xBC"
     "cher k",
     "a.example", "xn--bcher-kva:/etc/w/k:1:3 "},
    {"no domain", "*.example s k", "", ""},
    {"what another line had", "a.example s k\nb.example t k\na.example t l", "a.example",
     "s:/etc/w/k:1:3 t:/etc/w/l:3:3 "},
};

static struct key_table *table_of(struct slice text)
{
    struct key_table *table;
    struct waybill_text_error error;
    enum waybill_status status = key_table_new(text, SLICE("/etc/w/"), &table, &error);
    assert_string_equal(error.what, "");
    assert_int_equal(status, WAYBILL_OK);
    return table;
}

static void run_look_case(void **state)
{
    const struct look_case *c = *state;
    struct key_table *table = table_of(slice_str(c->text));
    struct buffer says = buffer_new(1024);
    const struct key_line *lines;
    size_t n;
    key_table_find(table, slice_str(c->domain), &lines, &n);
    assert_true(!lines == !n);
    for (size_t i = 0; i < n; i++)
        buffer_printf(&says, "%s:%s:%zu:%u ", lines[i].selector, lines[i].file, lines[i].line,
                      lines[i].uses);
    buffer_add_octet(&says, '\0');
    assert_string_equal((const char *)says.p, c->says);
    buffer_free(&says);
    key_table_free(table);
}

/* --- what is no key file -----------------------------------------------------------------------
 */

static const struct error_case {
    const char *name;
    struct slice text;
    size_t line;
    const char *what;
} error_cases[] = {
    {"a star amid labels", SLICE_INIT("a.example s k\n\na.*.example.org s k"), 3,
     "'a.*.example.org': '*' stands only for the first label: write *.example.org"},
    {"a star alone", SLICE_INIT("* s k"), 1,
     "'*': '*' stands only for what is before a domain: name the domains"},
    {"an address", SLICE_INIT("a@example.org s k"), 1,
     "'a@example.org': no domain: write one as in example.org, or *.example.org"},
    {"no selector", SLICE_INIT("a.example"), 1,
     "the selector is missing: write PATTERN SELECTOR FILE"},
    {"no file", SLICE_INIT("a.example s # k"), 1,
     "the file is missing: write PATTERN SELECTOR FILE"},
    {"no file behind a line that has one", SLICE_INIT("a.example s k\na.example s"), 2,
     "the file is missing: write PATTERN SELECTOR FILE"},
    {"the file before the selector", SLICE_INIT("a.example /etc/k s"), 1,
     "'/etc/k': no selector: write PATTERN SELECTOR FILE"},
    {"a selector with a dot at its end", SLICE_INIT("a.example s. k"), 1,
     "'s.': no selector: write PATTERN SELECTOR FILE"},
    {"a use misspelt", SLICE_INIT("a.example s k dikm"), 1,
     "'dikm': unknown use of a key: did you mean dkim?"},
    {"an unknown use", SLICE_INIT("a.example s k dkim everything"), 1,
     "'everything': unknown use of a key: use dkim, dkim2 or both"},
    {"a file with a space", SLICE_INIT("a.example s my key"), 1,
     "'key': unknown use of a key: use dkim, dkim2 or both"},
    {"a NUL in a file", SLICE_INIT("a.example s k\0b"), 1,
     "'k': no name of a file: remove the NUL"},
    {"a NUL in a domain", SLICE_INIT("a\0.example s k"), 1,
     "'a': no domain: write one as in example.org, or *.example.org"},
};

static void assert_error(struct slice text, enum waybill_status expected, size_t line,
                         const char *what)
{
    struct key_table *table;
    struct waybill_text_error error;
    enum waybill_status status = key_table_new(text, SLICE(""), &table, &error);
    assert_string_equal(error.what, what);
    assert_int_equal(error.line, line);
    assert_int_equal(status, expected);
    assert_null(table);
}

static void run_error_case(void **state)
{
    const struct error_case *c = *state;
    assert_error(c->text, WAYBILL_SYNTAX, c->line, c->what);
}

/* --- many lines --------------------------------------------------------------------------------
 */

/* Two keys for each of a provider's customers, one of which is a pattern. */
static void many_lines(void **state)
{
    enum { DOMAINS = 100000 };
    struct buffer text = buffer_new(LIMIT_KEYS_TEXT);
    (void)state;
    for (size_t i = 0; i < 2 * DOMAINS; i++)
        buffer_printf(&text, "%sd%zu.example s%zu rsa.pem\n", i % 2 ? "*." : "", i % DOMAINS,
                      i / DOMAINS);
    struct key_table *table = table_of(buffer_slice(&text));
    for (size_t i = 0; i < DOMAINS; i++) {
        const struct key_line *lines;
        size_t n;
        char name[64];
        int length = snprintf(name, sizeof name, i % 2 ? "a.d%zu.example" : "d%zu.example", i);
        key_table_find(table, slice_of(name, (size_t)length), &lines, &n);
        assert_int_equal(n, 2);
        assert_int_equal(lines[0].line, i + 1);
        assert_int_equal(lines[1].line, i + DOMAINS + 1);
        assert_string_equal(lines[1].selector, "s1");
    }
    size_t n_all;
    key_table_lines(table, &n_all);
    assert_int_equal(n_all, 2 * DOMAINS);
    key_table_free(table);
    buffer_free(&text);
}

static void too_many_lines(void **state)
{
    struct buffer text = buffer_new(LIMIT_KEYS_TEXT);
    (void)state;
    for (size_t i = 0; i < LIMIT_KEY_LINES; i++)
        buffer_add_str(&text, "a s k\n");
    key_table_free(table_of(buffer_slice(&text)));
    buffer_add_str(&text, "b s k");
    assert_error(buffer_slice(&text), WAYBILL_LIMIT, LIMIT_KEY_LINES + 1,
                 "over 1000000 lines: let '*.' patterns stand for what they cover");
    buffer_free(&text);
}

static void too_many_octets(void **state)
{
    uint8_t *text = malloc(LIMIT_KEYS_TEXT + 1);
    (void)state;
    assert_non_null(text);
    memset(text, '\n', LIMIT_KEYS_TEXT + 1);
    key_table_free(table_of(slice_of(text, LIMIT_KEYS_TEXT)));
    assert_error(slice_of(text, LIMIT_KEYS_TEXT + 1), WAYBILL_LIMIT, 0,
                 "over 134217728 octets: let '*.' patterns stand for what they cover");
    free(text);
}

static void nothing_to_free(void **state)
{
    (void)state;
    key_table_free(NULL);
}

int main(void)
{
    enum {
        LOOKS = sizeof look_cases / sizeof *look_cases,
        ERRORS = sizeof error_cases / sizeof *error_cases,
        OTHERS = 4,
    };
    struct CMUnitTest tests[OTHERS + LOOKS + ERRORS] = {
        cmocka_unit_test(many_lines),
        cmocka_unit_test(too_many_lines),
        cmocka_unit_test(too_many_octets),
        cmocka_unit_test(nothing_to_free),
    };
    struct CMUnitTest *next = tests + OTHERS;
    for (size_t i = 0; i < LOOKS; i++)
        *next++ = (struct CMUnitTest){look_cases[i].name, run_look_case, NULL, NULL,
                                      (void *)(uintptr_t)&look_cases[i]};
    for (size_t i = 0; i < ERRORS; i++)
        *next++ = (struct CMUnitTest){error_cases[i].name, run_error_case, NULL, NULL,
                                      (void *)(uintptr_t)&error_cases[i]};
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
