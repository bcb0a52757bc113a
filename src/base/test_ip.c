#include "base/ip.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* How an address is shown again, unmapped; NULL: it is none. */
static const struct parse_case {
    struct slice text;
    const char *shown;
} parse_cases[] = {
    {SLICE("192.0.2.1"), "192.0.2.1"},
    {SLICE("2001:DB8:0:0::1"), "2001:db8::1"},
    {SLICE("::"), "::"},
    {SLICE("::ffff:192.0.2.1"), "192.0.2.1"},
    {SLICE("::192.0.2.1"), "::192.0.2.1"},
    {SLICE(""), NULL},
    {SLICE("192.0.2"), NULL},
    {SLICE("192.0.2.01"), NULL},
    {SLICE("192.0.2.256"), NULL},
    {SLICE("192.0.2.1 "), NULL},
    {SLICE("192.0.2.1\0"), NULL},
    {SLICE("2001:db8:::1"), NULL},
    {SLICE("2001:db8::1%eth0"), NULL},
    {SLICE("mx.example.org"), NULL},
    {SLICE("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2550"), NULL},
};

static void parses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof parse_cases / sizeof parse_cases[0]; i++) {
        const struct parse_case *c = &parse_cases[i];
        struct ip ip;
        char shown[IP_TEXT_OCTETS];
        assert_int_equal(ip_parse(c->text, &ip), c->shown != NULL);
        ip_format(ip_unmapped(ip), shown);
        assert_string_equal(shown, c->shown ? c->shown : "");
    }
}

static const struct network_case {
    const char *a, *b;
    unsigned bits;
    bool same;
} network_cases[] = {
    {"192.0.2.1", "192.0.2.1", 32, true},       {"192.0.2.1", "192.0.2.2", 32, false},
    {"192.0.2.1", "192.0.2.2", 30, true},       {"192.0.2.1", "192.0.2.4", 30, false},
    {"192.0.2.1", "10.0.0.1", 0, true},         {"192.0.2.1", "192.0.2.1", 33, false},
    {"2001:db8::1", "2001:db8::2", 64, true},   {"2001:db8::1", "2001:db8:0:1::1", 64, false},
    {"2001:db8::1", "2001:db8::1", 128, true},  {"2001:db8::1", "192.0.2.1", 0, false},
    {"2001:db8::1", "2001:db8::1", 129, false},
};

static void networks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof network_cases / sizeof network_cases[0]; i++) {
        const struct network_case *c = &network_cases[i];
        struct ip a, b;
        assert_true(ip_parse(slice_str(c->a), &a));
        assert_true(ip_parse(slice_str(c->b), &b));
        if (ip_same_network(a, b, c->bits) != c->same)
            fail_msg("%s %s/%u", c->a, c->b, c->bits);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parses), cmocka_unit_test(networks)};
    return cmocka_run_group_tests_name("ip", tests, NULL, NULL);
}
