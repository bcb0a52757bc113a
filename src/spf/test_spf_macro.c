#include "base/limits.h"
#include "spf/macro.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* --- syntax ----------------------------------------------------------------------------------- */

static const struct syntax_case {
    const char *text;
    bool in_name, in_modifier, in_explanation;
    bool is_domain_spec;
} syntax_cases[] = {
    {"", true, true, true, false},
    {"example.org", true, true, true, true},
    {"example.org.", true, true, true, true},
    {"example.org..", true, true, true, false},
    {"org", true, true, true, false},
    {"org.", true, true, true, false},
    {".org", true, true, true, true},
    {"a.b-c", true, true, true, true},
    {"a.-b", true, true, true, false},
    {"a.b-", true, true, true, false},
    {"a.1", true, true, true, false},
    {"a.1a", true, true, true, true},
    {"a.1-1", true, true, true, true},
    {"a.b_c", true, true, true, false},
    {"a_b.c", true, true, true, true},
    {"a b.c", false, false, true, false},
    {"a\tb.c", false, false, false, false},
    {"a\x7F.c", false, false, false, false},
    {"\xC3\xBC.c", false, false, false, false},
    {"%{d}", true, true, true, true},
    {"%{D}", true, true, true, true},
    {"%{d}.", true, true, true, false},
    {"%{d}org", true, true, true, false},
    {"%{d}.org", true, true, true, true},
    {"a.org%{d}", true, true, true, true},
    {"%%", true, true, true, true},
    {"%_", true, true, true, true},
    {"%-", true, true, true, true},
    {"%", false, false, false, false},
    {"%a", false, false, false, false},
    {"a%", false, false, false, false},
    {"%(d)", false, false, false, false},
    {"%{", false, false, false, false},
    {"%{d", false, false, false, false},
    {"%{}", false, false, false, false},
    {"%{x}", false, false, false, false},
    {"%{dd}", false, false, false, false},
    {"%{s}%{l}%{o}%{d}%{i}%{p}%{v}%{h}", true, true, true, true},
    {"%{c}", false, true, true, false},
    {"%{r}", false, true, true, false},
    {"%{t}", false, true, true, false},
    {"%{T}", false, true, true, false},
    {"%{d0}", false, false, false, false},
    {"%{d00}", false, false, false, false},
    {"%{d01}", true, true, true, true},
    {"%{d99999999999999999999999999}", true, true, true, true},
    {"%{d2r}", true, true, true, true},
    {"%{d2R}", true, true, true, true},
    {"%{dr2}", false, false, false, false},
    {"%{drr}", false, false, false, false},
    {"%{d.-+,/_=}", true, true, true, true},
    {"%{d:}", false, false, false, false},
    {"%{d-2}", false, false, false, false},
    {"%{d }", false, false, false, false},
};

static void syntax(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof syntax_cases / sizeof syntax_cases[0]; i++) {
        const struct syntax_case *c = &syntax_cases[i];
        struct slice text = slice_str(c->text);
        if (macro_is_string(text, MACRO_IN_NAME) != c->in_name ||
            macro_is_string(text, MACRO_IN_MODIFIER) != c->in_modifier ||
            macro_is_string(text, MACRO_IN_EXPLANATION) != c->in_explanation ||
            macro_is_domain_spec(text) != c->is_domain_spec)
            fail_msg("%s", c->text);
    }
    assert_false(macro_is_string(SLICE("a\0b"), MACRO_IN_EXPLANATION));
}

static void needs_validated(void **state)
{
    (void)state;
    assert_true(macro_needs_validated(SLICE("a.%{d}.%{P1r-}")));
    assert_false(macro_needs_validated(SLICE("p.%{d}.p%%{p}")));
    assert_false(macro_needs_validated(SLICE("")));
}

/* --- expansion -------------------------------------------------------------------------------- */

/* The examples of RFC 7208 section 7.4 first. */
static const struct expansion_case {
    const char *text, *expanded;
} expansion_cases[] = {
    {"%{s}", "strong-bad@email.example.com"},
    {"%{o}", "email.example.com"},
    {"%{d}", "email.example.com"},
    {"%{d4}", "email.example.com"},
    {"%{d3}", "email.example.com"},
    {"%{d2}", "example.com"},
    {"%{d1}", "com"},
    {"%{dr}", "com.example.email"},
    {"%{d2r}", "example.email"},
    {"%{l}", "strong-bad"},
    {"%{l-}", "strong.bad"},
    {"%{lr}", "strong-bad"},
    {"%{lr-}", "bad.strong"},
    {"%{l1r-}", "strong"},
    {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
    {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
    {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
    {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"},
    {"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"},
    {"%{p}", "mx.example.org"},
    {"%{h}", "h--e/l_o=x"},
    {"%{h-}", "h..e/l_o=x"},
    {"%{h-/_=}", "h..e.l.o.x"},
    {"%{h1r-/_=}", "h"},
    {"%{h2r-/_=}", ".h"},
    {"%{h3r-/_=}", "e..h"},
    {"%{h9r-/_=}", "x.o.l.e..h"},
    {"%{h2-/_=}", "o.x"},
    {"%{d.}", "email.example.com"},
    {"%{d-}", "email.example.com"},
    {"%{S}", "strong-bad%40email.example.com"},
    {"%{H}", "h--e%2Fl_o%3Dx"},
    {"%{Hr/}", "l_o%3Dx.h--e"},
    {"%{c} %{i}", "192.0.2.3 192.0.2.3"},
    {"%{r}", "mx.receiver.example"},
    {"%{t}", "1700000000"},
    {"a%%b%_c%-d", "a%b c%20d"},
    {"", ""},
};

static struct macro_values values_of(const char *client)
{
    struct macro_values values = {.sender = SLICE("strong-bad@email.example.com"),
                                  .local_part = SLICE("strong-bad"),
                                  .sender_domain = SLICE("email.example.com"),
                                  .domain = SLICE("email.example.com"),
                                  .helo = SLICE("h--e/l_o=x"),
                                  .validated = SLICE("mx.example.org"),
                                  .receiver = SLICE("mx.receiver.example"),
                                  .now = 1700000000};
    assert_true(ip_parse(slice_str(client), &values.client));
    return values;
}

static void assert_expansion(const struct macro_values *values, const char *text,
                             const char *expanded)
{
    struct buffer out = buffer_new(LIMIT_SPF_EXPANDED);
    macro_expand(values, slice_str(text), &out);
    if (!slice_eq(buffer_slice(&out), slice_str(expanded)))
        fail_msg("%s: %.*s", text, SLICE_ARGS(buffer_slice(&out)));
    buffer_free(&out);
}

static void expansions(void **state)
{
    (void)state;
    struct macro_values values = values_of("192.0.2.3");
    for (size_t i = 0; i < sizeof expansion_cases / sizeof expansion_cases[0]; i++)
        assert_expansion(&values, expansion_cases[i].text, expansion_cases[i].expanded);
    values.receiver = (struct slice){NULL, 0};
    assert_expansion(&values, "%{r}", "unknown");
    values = values_of("2001:db8::cb01");
    assert_expansion(&values, "%{ir}.%{v}._spf.%{d2}",
                     "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2."
                     "ip6._spf.example.com");
    assert_expansion(&values, "%{c}", "2001:db8::cb01");
}

static void an_expansion_has_a_ceiling(void **state)
{
    (void)state;
    struct macro_values values = values_of("192.0.2.3");
    struct buffer out = buffer_new(LIMIT_SPF_EXPANDED), text = buffer_new(65536);
    for (int i = 0; i < 10000; i++)
        buffer_add_str(&text, "%{Sr}");
    macro_expand(&values, buffer_slice(&text), &out);
    assert_int_equal(out.status, WAYBILL_LIMIT);
    assert_in_range(out.n, 1, LIMIT_SPF_EXPANDED);
    buffer_free(&out);
    buffer_free(&text);
}

/* --- names ------------------------------------------------------------------------------------ */

/* A name of so many octets: "a." as often as it takes, then "bb.example". */
static struct slice long_name(size_t n)
{
    static uint8_t octets[1024];
    struct slice end = SLICE("bb.example");
    for (size_t i = 0; i < n - end.n; i++)
        octets[i] = (n - end.n - i) % 2 ? '.' : 'a';
    memcpy(octets + n - end.n, end.p, end.n);
    return slice_of(octets, n);
}

static void long_names_lose_labels_from_the_left(void **state)
{
    (void)state;
    uint8_t octets[300];
    assert_int_equal(macro_fit_name(long_name(252)).n, 252);
    assert_int_equal(macro_fit_name(long_name(254)).n, 252);
    assert_int_equal(macro_fit_name(long_name(1000)).n, 252);
    memset(octets, 'a', sizeof octets);
    assert_int_equal(macro_fit_name(slice_of(octets, 253)).n, 253);
    assert_int_equal(macro_fit_name(slice_of(octets, 254)).n, 0);
    octets[46] = '.'; /* 253 octets are left behind it */
    assert_int_equal(macro_fit_name(slice_of(octets, 300)).n, 253);
    octets[299] = '.'; /* which is not of the name */
    assert_int_equal(macro_fit_name(slice_of(octets, 300)).n, 252);
    assert_int_equal(macro_fit_name(SLICE("a.example.")).n, 9);
    assert_int_equal(macro_fit_name(SLICE("")).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(syntax),
        cmocka_unit_test(needs_validated),
        cmocka_unit_test(expansions),
        cmocka_unit_test(an_expansion_has_a_ceiling),
        cmocka_unit_test(long_names_lose_labels_from_the_left),
    };
    return cmocka_run_group_tests_name("spf_macro", tests, NULL, NULL);
}
