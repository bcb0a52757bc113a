#include "dmarc/uri.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* NULL: not valid; else the text without the size. */
static const struct uri_case {
    const char *name, *text, *kept;
} uri_cases[] = {
    {"mailto", "mailto:a@b.example", "mailto:a@b.example"},
    {"MAILTO", "MAILTO:a@b.example", "MAILTO:a@b.example"},
    {"mailto with a header", "mailto:a@b.example?subject=x%20y",
     "mailto:a@b.example?subject=x%20y"},
    {"https", "https://b.example:8443/x/y?z=1&y=2#f", "https://b.example:8443/x/y?z=1&y=2#f"},
    {"an IPv6 host", "https://[2001:db8::1]/x", "https://[2001:db8::1]/x"},
    {"another scheme", "x-a.b+c1:opaque", "x-a.b+c1:opaque"},
    {"an encoded comma", "mailto:a%2Cb@c.example", "mailto:a%2Cb@c.example"},
    {"an encoded '!'", "mailto:a%21b@c.example", "mailto:a%21b@c.example"},
    {"a '?' in the query", "x:a?b?c", "x:a?b?c"},
    {"a '?' behind the '#'", "x:a#b?c", "x:a#b?c"},

    {"a size", "mailto:a@b.example!10", "mailto:a@b.example"},
    {"a size in kilobytes", "mailto:a@b.example!10k", "mailto:a@b.example"},
    {"a size in M", "mailto:a@b.example!10M", "mailto:a@b.example"},
    {"a size in g", "mailto:a@b.example!1g", "mailto:a@b.example"},
    {"a size in t", "mailto:a@b.example!1t", "mailto:a@b.example"},
    {"a size without digits", "mailto:a@b.example!m", NULL},
    {"an empty size", "mailto:a@b.example!", NULL},
    {"a size in x", "mailto:a@b.example!10x", NULL},
    {"a size with more", "mailto:a@b.example!10mb", NULL},
    {"two sizes", "mailto:a@b.example!10m!10m", NULL},
    {"a '!' that is no size", "mailto:a!b@c.example", NULL},
    {"a size alone", "!10m", NULL},

    {"an address without a scheme", "a@b.example", NULL},
    {"a host without a scheme", "b.example", NULL},
    {"a scheme that begins with a digit", "1x:a", NULL},
    {"no scheme", ":a@b.example", NULL},
    {"a scheme alone", "mailto:", NULL},
    {"empty", "", NULL},
    {"white space", "mailto:a @b.example", NULL},
    {"8-bit octets", "mailto:\xC3\xBC@b.example", NULL},
    {"a control character", "mailto:a\x01@b.example", NULL},
    {"a bad escape", "mailto:a%2x@b.example", NULL},
    {"a cut escape", "mailto:a%2", NULL},
    {"an escape of nothing", "mailto:a%", NULL},
    {"angle brackets", "<mailto:a@b.example>", NULL},
    {"two '#'", "x:a#b#c", NULL},
    {"brackets outside the host", "x:a[b]", NULL},
    {"brackets behind the host", "x://a/[b]", NULL},
    {"a comma", "mailto:a,b@c.example", NULL},
};

static void uris(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof uri_cases / sizeof uri_cases[0]; i++) {
        const struct uri_case *c = &uri_cases[i];
        struct dmarc_uri uri;
        bool valid = dmarc_uri_parse(slice_str(c->text), &uri);
        if (valid != (c->kept != NULL) || (valid && !slice_eq(uri.text, slice_str(c->kept))))
            fail_msg("%s: %s", c->name, valid ? "valid" : "not valid");
        if (valid && uri.scheme.n + 1 + uri.rest.n != uri.text.n)
            fail_msg("%s: its parts are not the whole", c->name);
    }
}

static void parts(void **state)
{
    (void)state;
    struct dmarc_uri uri;
    assert_true(dmarc_uri_parse(SLICE("mailto:a@b.example!5m"), &uri));
    assert_true(slice_eq(uri.scheme, SLICE("mailto")));
    assert_true(slice_eq(uri.rest, SLICE("a@b.example")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uris),
        cmocka_unit_test(parts),
    };
    return cmocka_run_group_tests_name("dmarc_uri", tests, NULL, NULL);
}
