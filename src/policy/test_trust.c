#include "base/buffer.h"
#include "base/limits.h"
#include "base/text_error.h"
#include "policy/trust.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
    SEALER = WAYBILL_TRUST_SEALER,
    SIGNER = WAYBILL_TRUST_SIGNER,
    BOTH = WAYBILL_TRUST_SEALER | WAYBILL_TRUST_SIGNER,
    MOST = 8,
};

/* --- what a text says of a domain --------------------------------------------------------------
 */

/* "PATTERN:LINE:ROLES " for each line that speaks of the domain. */
static const struct look_case {
    const char *name, *text, *domain, *says;
} look_cases[] = {
    {"nothing", "", "example.org", ""},
    {"comments and empty lines", "# a\n\n \t\n#example.org\n", "example.org", ""},
    {"a domain", "example.org", "example.org", "example.org:1:3 "},
    {"a domain as sealer", "example.org sealer\n", "example.org", "example.org:1:1 "},
    {"a domain as signer", "example.org\tsigner\n", "example.org", "example.org:1:2 "},
    {"both roles", "example.org signer sealer", "example.org", "example.org:1:3 "},
    {"a role twice", "example.org sealer sealer", "example.org", "example.org:1:1 "},
    {"white space around", " \t example.org \t sealer \t\n", "example.org", "example.org:1:1 "},
    {"CRLF", "a.example\r\nb.example sealer\r\n", "b.example", "b.example:2:1 "},
    {"a comment behind", "example.org # sealer", "example.org", "example.org:1:3 "},
    {"a comment behind without a space", "example.org#x", "example.org", "example.org:1:3 "},
    {"not what is below", "example.org", "a.example.org", ""},
    {"not what is above", "a.example.org", "example.org", ""},
    {"not what only ends so", "example.org", "badexample.org", ""},
    {"a star", "*.example.org", "a.example.org", "*.example.org:1:3 "},
    {"a star far below", "*.example.org", "a.b.c.example.org", "*.example.org:1:3 "},
    {"a star and the domain itself", "*.example.org", "example.org", ""},
    {"a star and what only ends so", "*.example.org", "a.badexample.org", ""},
    {"case", "Example.ORG\n*.Example.ORG", "EXAMPLE.org", "example.org:1:3 "},
    {"a final dot", "example.org.\n*.example.org.", "a.example.org.", "*.example.org:2:3 "},
    {"a U-label",
     "b\xC3\xBC"
     "cher.example sealer",
     "xn--bcher-kva.example", "xn--bcher-kva.example:1:1 "},
    {"a U-label below a star",
     "*.B\xC3\x9C"
     "cher.example",
     "a.xn--bcher-kva.example", "*.xn--bcher-kva.example:1:3 "},
    {"a U-label asked for", "xn--bcher-kva.example",
     "b\xC3\xBC"
     "cher.example",
     "xn--bcher-kva.example:1:3 "},
    {"the closest first",
     "*.org sealer\n*.example.org signer\na.example.org sealer\n*.a.example.org\n", "a.example.org",
     "a.example.org:3:1 *.example.org:2:2 *.org:1:1 "},
    {"twice, the roles added up", "a.example sealer\nb.example\na.example signer\n", "a.example",
     "a.example:1:1 a.example:3:2 "},
    {"one label", "localhost", "localhost", "localhost:1:3 "},
    {"no line end at the end", "a.example\nb.example", "b.example", "b.example:2:3 "},
};

static void write_lines(struct buffer *out, const struct waybill_trust_line *lines, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buffer_printf(out, "%s:%zu:%u ", lines[i].pattern, lines[i].line, lines[i].roles);
    buffer_add_octet(out, '\0');
}

static void run_look_case(void **state)
{
    const struct look_case *c = *state;
    struct waybill_text_error error;
    struct waybill_policy *policy;
    struct waybill_trust_line *lines;
    struct buffer says = buffer_new(1024);
    size_t n;
    assert_int_equal(waybill_policy_new(&policy), WAYBILL_OK);
    assert_int_equal(waybill_policy_trust(policy, c->text, strlen(c->text), &error), WAYBILL_OK);
    assert_int_equal(waybill_policy_trust_lines(policy, c->domain, &lines, &n), WAYBILL_OK);
    assert_true(!lines == !n);
    write_lines(&says, lines, n);
    assert_string_equal((const char *)says.p, c->says);
    free(lines);
    buffer_free(&says);
    waybill_policy_free(policy);
}

/* --- what is no trust text ---------------------------------------------------------------------
 */

static const struct error_case {
    const char *name, *text;
    size_t line;
    const char *what;
} error_cases[] = {
    {"two stars", "a.example\n**.example.org\n", 2,
     "'**.example.org': '*' stands only for the first label: write *.example.org"},
    {"a star amid labels", "a.*.example.org", 1,
     "'a.*.example.org': '*' stands only for the first label: write *.example.org"},
    {"a star amid a label", "mx*.example.org", 1,
     "'mx*.example.org': '*' stands only for the first label: write *.example.org"},
    {"a star behind a star", "*.*.example.org", 1,
     "'*.*.example.org': '*' stands only for the first label: write *.example.org"},
    {"a star alone", "*", 1, "'*': '*' stands only for what is before a domain: name the domains"},
    {"a star at the end", "example.*", 1,
     "'example.*': '*' stands only for what is before a domain: name the domains"},
    {"a star and nothing", "*.", 1,
     "'*.': no domain: write one as in example.org, or *.example.org"},
    {"an address", "a@example.org", 1,
     "'a@example.org': no domain: write one as in example.org, or *.example.org"},
    {"a dot before", ".example.org", 1,
     "'.example.org': no domain: write one as in example.org, or *.example.org"},
    {"two dots behind", "example.org..", 1,
     "'example.org..': no domain: write one as in example.org, or *.example.org"},
    {"a comma", "example.org, sealer", 1,
     "'example.org,': no domain: write one as in example.org, or *.example.org"},
    {"no UTF-8", "b\xFCher.example", 1,
     "'b?her.example': no domain: write one as in example.org, or *.example.org"},
    {"a control character", "a\x1B.example", 1,
     "'a?.example': no domain: write one as in example.org, or *.example.org"},
    {"a long word", "a_label_of_more_octets_than_an_error_line_can_have/.example", 1,
     "'a_label_of_more_octets_than_an_error_lin': no domain: write one as in example.org, or "
     "*.example.org"},
    {"a role misspelt", "\n# x\nexample.org seler", 3,
     "'seler': unknown role: did you mean sealer?"},
    {"a role in capitals", "example.org Signer", 1, "'Signer': unknown role: did you mean signer?"},
    {"an unknown role", "example.org sealer everything", 1,
     "'everything': unknown role: use sealer, signer or both"},
    {"two domains", "a.example b.example", 1,
     "'b.example': unknown role: use sealer, signer or both"},
};

static void run_error_case(void **state)
{
    const struct error_case *c = *state;
    static const char before[] = "before.example signer";
    struct waybill_text_error error;
    struct trust trust = trust_new();
    assert_int_equal(trust_add(&trust, slice_str(before), &error), WAYBILL_OK);
    assert_int_equal(trust_add(&trust, slice_str(c->text), &error), WAYBILL_SYNTAX);
    assert_string_equal(error.what, c->what);
    assert_int_equal(error.line, c->line);
    assert_null(trust.texts->next);
    assert_int_equal(trust.roles, SIGNER);
    assert_true(trust_has(&trust, SLICE("before.example"), SIGNER));
    assert_false(trust_has(&trust, SLICE("a.example"), SIGNER));
    trust_free(&trust);
}

static void nul_octet(void **state)
{
    struct waybill_text_error error;
    struct trust trust = trust_new();
    (void)state;
    assert_int_equal(trust_add(&trust, SLICE("a\0.example"), &error), WAYBILL_SYNTAX);
    assert_int_equal(error.line, 1);
    trust_free(&trust);
}

static void no_domain_is_asked_for(void **state)
{
    struct waybill_policy *policy;
    struct waybill_trust_line *lines;
    size_t n;
    (void)state;
    assert_int_equal(waybill_policy_new(&policy), WAYBILL_OK);
    assert_int_equal(waybill_policy_trust_lines(policy, "a b", &lines, &n), WAYBILL_SYNTAX);
    assert_null(lines);
    assert_int_equal(n, 0);
    waybill_policy_free(policy);
}

/* --- more texts, more lines --------------------------------------------------------------------
 */

static void roles_of_several_lines(void **state)
{
    struct waybill_text_error error;
    struct trust trust = trust_new();
    (void)state;
    assert_int_equal(trust_add(&trust, SLICE("a.example sealer\n*.b.example signer"), &error),
                     WAYBILL_OK);
    assert_int_equal(trust_add(&trust, SLICE(""), &error), WAYBILL_OK);
    assert_int_equal(trust_add(&trust, SLICE("*.example signer\nx.b.example sealer"), &error),
                     WAYBILL_OK);
    assert_true(trust_has(&trust, SLICE("A.example"), SEALER));
    assert_true(trust_has(&trust, SLICE("a.example"), SIGNER));
    assert_true(trust_has(&trust, SLICE("a.example"), BOTH));
    assert_true(trust_has(&trust, SLICE("x.b.example"), BOTH));
    assert_false(trust_has(&trust, SLICE("y.b.example"), SEALER));
    assert_false(trust_has(&trust, SLICE("example"), SIGNER));
    assert_false(trust_has(&trust, SLICE(""), SIGNER));
    struct waybill_trust_line lines[MOST];
    assert_int_equal(trust_lines(&trust, SLICE("x.b.example"), lines, MOST), 3);
    assert_string_equal(lines[0].pattern, "x.b.example");
    assert_string_equal(lines[1].pattern, "*.b.example");
    assert_string_equal(lines[2].pattern, "*.example");
    assert_int_equal(trust_lines(&trust, SLICE("x.b.example"), lines, 1), 3);
    trust_free(&trust);
}

static void many_lines(void **state)
{
    enum { LINES = 100000 };
    struct waybill_text_error error;
    struct trust trust = trust_new();
    struct buffer text = buffer_new(LIMIT_TRUST_OCTETS);
    (void)state;
    for (size_t i = 0; i < LINES; i++)
        buffer_printf(&text, i % 2 ? "*.d%zu.example signer\n" : "d%zu.example sealer\n", i);
    assert_int_equal(trust_add(&trust, buffer_slice(&text), &error), WAYBILL_OK);
    for (size_t i = 0; i < LINES; i++) {
        char name[64];
        int n = snprintf(name, sizeof name, i % 2 ? "a.d%zu.example" : "d%zu.example", i);
        struct slice domain = slice_of(name, (size_t)n);
        assert_true(trust_has(&trust, domain, i % 2 ? SIGNER : SEALER));
        assert_false(trust_has(&trust, domain, BOTH));
    }
    trust_free(&trust);
    buffer_free(&text);
}

static void too_many_patterns(void **state)
{
    struct waybill_text_error error;
    struct trust trust = trust_new();
    struct buffer text = buffer_new(LIMIT_TRUST_OCTETS);
    (void)state;
    for (size_t i = 0; i < LIMIT_TRUST_PATTERNS; i++)
        buffer_add_str(&text, "a\n");
    assert_int_equal(trust_add(&trust, buffer_slice(&text), &error), WAYBILL_OK);
    buffer_add_str(&text, "b");
    assert_int_equal(trust_add(&trust, buffer_slice(&text), &error), WAYBILL_LIMIT);
    assert_int_equal(error.line, LIMIT_TRUST_PATTERNS + 1);
    assert_string_equal(error.what, "over 262144 patterns: leave out what a '*.' pattern covers");
    assert_null(trust.texts->next);
    trust_free(&trust);
    buffer_free(&text);
}

static void too_many_octets(void **state)
{
    struct waybill_text_error error;
    struct trust trust = trust_new();
    uint8_t *text = calloc(1, LIMIT_TRUST_OCTETS + 1);
    (void)state;
    assert_non_null(text);
    memset(text, '\n', LIMIT_TRUST_OCTETS + 1);
    assert_int_equal(trust_add(&trust, slice_of(text, LIMIT_TRUST_OCTETS), &error), WAYBILL_OK);
    assert_int_equal(trust_add(&trust, slice_of(text, LIMIT_TRUST_OCTETS + 1), &error),
                     WAYBILL_LIMIT);
    assert_int_equal(error.line, 0);
    assert_string_equal(error.what, "over 16777216 octets: leave out what a '*.' pattern covers");
    trust_free(&trust);
    free(text);
}

int main(void)
{
    enum {
        LOOKS = sizeof look_cases / sizeof *look_cases,
        ERRORS = sizeof error_cases / sizeof *error_cases,
        OTHERS = 6,
    };
    struct CMUnitTest tests[OTHERS + LOOKS + ERRORS] = {
        cmocka_unit_test(nul_octet),         cmocka_unit_test(no_domain_is_asked_for),
        cmocka_unit_test(many_lines),        cmocka_unit_test(roles_of_several_lines),
        cmocka_unit_test(too_many_patterns), cmocka_unit_test(too_many_octets),
    };
    struct CMUnitTest *next = tests + OTHERS;
    for (size_t i = 0; i < LOOKS; i++)
        *next++ = (struct CMUnitTest){look_cases[i].name, run_look_case, NULL, NULL,
                                      (void *)(uintptr_t)&look_cases[i]};
    for (size_t i = 0; i < ERRORS; i++)
        *next++ = (struct CMUnitTest){error_cases[i].name, run_error_case, NULL, NULL,
                                      (void *)(uintptr_t)&error_cases[i]};
    return cmocka_run_group_tests_name("trust", tests, NULL, NULL);
}
