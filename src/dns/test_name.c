#include "dns/name.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct domain_case {
    const char *name;
    struct slice text;
    bool is_domain;
} domain_cases[] = {
    {"two labels", SLICE("author.example"), true},
    {"one label", SLICE("example"), true},
    {"capitals and digits", SLICE("A1.EXAMPLE"), true},
    {"an underscore", SLICE("s._domainkey.example"), true},
    {"hyphens within", SLICE("a--b.xn--bcher-kva.example"), true},
    {"a U-label",
     SLICE("b\xC3\xBC"
           "cher.example"),
     true},
    {"nothing", SLICE(""), false},
    {"a dot", SLICE("."), false},
    {"a final dot", SLICE("example."), false},
    {"a first dot", SLICE(".example"), false},
    {"an empty label", SLICE("a..b"), false},
    {"a hyphen at the start", SLICE("-a.example"), false},
    {"a hyphen at the end", SLICE("a-.example"), false},
    {"a hyphen alone", SLICE("-"), false},
    {"a space", SLICE("a b.example"), false},
    {"a NUL", SLICE("a\0b.example"), false},
    {"an address literal", SLICE("[192.0.2.1]"), false},
    {"an asterisk", SLICE("*.example"), false},
};

static void domains(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof domain_cases / sizeof domain_cases[0]; i++) {
        const struct domain_case *c = &domain_cases[i];
        if (name_is_domain(c->text) != c->is_domain)
            fail_msg("%s", c->name);
    }
}

/* Labels of n letters with dots between them, cut at `octets`. */
static struct slice labels(uint8_t *room, size_t n, size_t octets)
{
    for (size_t i = 0; i < octets; i++)
        room[i] = i % (n + 1) == n ? '.' : 'a';
    return slice_of(room, octets);
}

static const struct length_case {
    const char *name;
    size_t label, octets;
    bool fits;
} length_cases[] = {
    {"a label of 63", 63, 63, true},         {"a label of 64", 64, 64, false},
    {"253 octets in all", 62, 253, true},    {"254 octets in all", 62, 254, false},
    {"a later label of 64", 64, 128, false}, {"many short labels", 1, 253, true},
};

static void lengths(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof length_cases / sizeof length_cases[0]; i++) {
        const struct length_case *c = &length_cases[i];
        uint8_t room[300];
        struct slice name = labels(room, c->label, c->octets);
        if (name_is_domain(name) != c->fits || name_fits(name) != c->fits)
            fail_msg("%s", c->name);
    }
}

static void fits_any_octet_and_the_root(void **state)
{
    (void)state;
    assert_true(name_fits(SLICE("")));
    assert_true(name_fits(SLICE("a b.\0\xFF.*")));
    assert_false(name_fits(SLICE(".")));
    assert_false(name_fits(SLICE("a..b")));
    assert_false(name_fits(SLICE("a.")));
}

/* Ten letters of three octets each. */
#define TEN_E                                                      \
    "\xE3\x81\x88\xE3\x81\x88\xE3\x81\x88\xE3\x81\x88\xE3\x81\x88" \
    "\xE3\x81\x88\xE3\x81\x88\xE3\x81\x88\xE3\x81\x88\xE3\x81\x88"

static const struct ascii_case {
    const char *name;
    struct slice text;
    const char *ascii; /* NULL: no name */
} ascii_cases[] = {
    {"lower already", SLICE("author.example"), "author.example"},
    {"capitals", SLICE("Author.EXAMPLE"), "author.example"},
    {"a final dot", SLICE("Example."), "example"},
    {"ASCII is not judged", SLICE("-a b..xn--\x7F"), "-a b..xn--\x7F"},
    {"nothing", SLICE(""), ""},
    {"a U-label",
     SLICE("b\xC3\xBC"
           "cher.example"),
     "xn--bcher-kva.example"},
    {"in capitals",
     SLICE("B\xC3\x9C"
           "CHER.Example"),
     "xn--bcher-kva.example"},
    {"decomposed",
     SLICE("bu\xCC\x88"
           "cher.example"),
     "xn--bcher-kva.example"},
    {"a final dot after it",
     SLICE("b\xC3\xBC"
           "cher."),
     "xn--bcher-kva"},
    {"sharp s stays itself",
     SLICE("stra\xC3\x9F"
           "e.example"),
     "xn--strae-oqa.example"},
    {"two U-labels", SLICE("\xE4\xBE\x8B\xE3\x81\x88.\xE3\x83\x86\xE3\x82\xB9\xE3\x83\x88"),
     "xn--r8jz45g.xn--zckzah"},
    {"an underscore beside",
     SLICE("s._domainkey.b\xC3\xBC"
           "cher.example"),
     "s._domainkey.xn--bcher-kva.example"},
    {"many octets, few characters", SLICE(TEN_E TEN_E TEN_E),
     "xn--r8jaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    {"not UTF-8",
     SLICE("b\xFC"
           "cher.example"),
     NULL},
    {"a NUL", SLICE("b\xC3\xBC\0.example"), NULL},
    {"a disallowed character",
     SLICE("\xE2\x80\x8E"
           "a\xE2\x98\x83\xE2\x80\xAE.example"),
     NULL},
    {"a wide solidus",
     SLICE("a\xEF\xBC\x8F"
           "b.example"),
     NULL},
    {"an empty label", SLICE("b\xC3\xBC..example"), NULL},
    {"a combining mark first",
     SLICE("\xCC\x88"
           "a.example"),
     NULL},
    {"too long a label", SLICE(TEN_E TEN_E TEN_E TEN_E TEN_E TEN_E TEN_E), NULL},
};

static void to_ascii(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ascii_cases / sizeof ascii_cases[0]; i++) {
        const struct ascii_case *c = &ascii_cases[i];
        struct arena arena = arena_new();
        struct slice out = {NULL, 0};
        enum waybill_status status = name_to_ascii(&arena, c->text, &out);
        if (status != (c->ascii ? WAYBILL_OK : WAYBILL_SYNTAX))
            fail_msg("%s: status %d", c->name, (int)status);
        if (c->ascii && (!slice_eq(out, slice_str(c->ascii)) || out.p[out.n] != '\0'))
            fail_msg("%s: %.*s", c->name, SLICE_ARGS(out));
        arena_free(&arena);
    }
}

static void ascii_of_254_octets_is_no_name(void **state)
{
    (void)state;
    uint8_t room[300];
    struct arena arena = arena_new();
    struct slice out;
    assert_int_equal(name_to_ascii(&arena, labels(room, 62, 253), &out), WAYBILL_OK);
    assert_int_equal(name_to_ascii(&arena, labels(room, 62, 254), &out), WAYBILL_SYNTAX);
    arena_free(&arena);
}

static const struct within_case {
    const char *name, *below, *domain;
    bool is_within;
} within_cases[] = {
    {"the same", "a.example", "A.Example", true},
    {"below", "x.y.a.example", "a.EXAMPLE", true},
    {"above", "example", "a.example", false},
    {"beside", "b.example", "a.example", false},
    {"the end of a label", "ba.example", "a.example", false},
    {"a dot alone before", ".a.example", "a.example", true},
    {"nothing in nothing", "", "", true},
    {"nothing in something", "", "a", false},
};

static void within(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof within_cases / sizeof within_cases[0]; i++) {
        const struct within_case *c = &within_cases[i];
        if (name_is_within(slice_str(c->below), slice_str(c->domain)) != c->is_within)
            fail_msg("%s", c->name);
    }
}

/* The example of RFC 4034 section 6.1, in lower case, and the root. */
static const struct slice in_order[] = {
    SLICE(""),
    SLICE("example"),
    SLICE("a.example"),
    SLICE("yljkjljk.a.example"),
    SLICE("z.a.example"),
    SLICE("zabc.a.example"),
    SLICE("z.example"),
    SLICE("\001.z.example"),
    SLICE("*.z.example"),
    SLICE("\200.z.example"),
    SLICE("examplf"),
};

static void order(void **state)
{
    (void)state;
    enum { N = sizeof in_order / sizeof in_order[0] };
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < N; k++) {
            int wanted = (i > k) - (i < k), got = name_order(in_order[i], in_order[k]);
            if ((got > 0) - (got < 0) != wanted)
                fail_msg("%.*s and %.*s", SLICE_ARGS(in_order[i]), SLICE_ARGS(in_order[k]));
        }
    }
}

static const struct common_case {
    const char *a, *b, *common;
} common_cases[] = {
    {"a.example", "b.example", "example"},
    {"a.example", "a.example", "a.example"},
    {"x.a.example", "a.example", "a.example"},
    {"example", "x.example", "example"},
    {"a.example", "a.examplf", ""},
    {"xa.example", "a.example", "example"},
    {"", "example", ""},
    {"example", "", ""},
};

static void common(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof common_cases / sizeof common_cases[0]; i++) {
        const struct common_case *c = &common_cases[i];
        struct slice got = name_common(slice_str(c->a), slice_str(c->b));
        if (!slice_eq(got, slice_str(c->common)))
            fail_msg("%s and %s: %.*s", c->a, c->b, SLICE_ARGS(got));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(domains),
        cmocka_unit_test(lengths),
        cmocka_unit_test(fits_any_octet_and_the_root),
        cmocka_unit_test(to_ascii),
        cmocka_unit_test(ascii_of_254_octets_is_no_name),
        cmocka_unit_test(within),
        cmocka_unit_test(order),
        cmocka_unit_test(common),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
