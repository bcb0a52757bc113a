#include "base/network.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* How a network is understood; no address: it is none. */
static const struct parse_case {
    struct slice text;
    const char *shown;
    unsigned bits;
} parse_cases[] = {
    {SLICE("192.0.2.0/24"), "192.0.2.0", 24},
    {SLICE("192.0.2.1"), "192.0.2.1", 32},
    {SLICE("192.0.2.1/32"), "192.0.2.1", 32},
    {SLICE("192.0.2.128/25"), "192.0.2.128", 25},
    {SLICE("0.0.0.0/0"), "0.0.0.0", 0},
    {SLICE("2001:DB8::/32"), "2001:db8::", 32},
    {SLICE("2001:db8::1"), "2001:db8::1", 128},
    {SLICE("::/0"), "::", 0},
    {SLICE("::ffff:192.0.2.0/120"), "192.0.2.0", 24},
    {SLICE("::ffff:0.0.0.0/96"), "0.0.0.0", 0},
    {SLICE("192.0.2.1/24"), "", 0},
    {SLICE("192.0.2.128/24"), "", 0},
    {SLICE("192.0.2.1/0"), "", 0},
    {SLICE("2001:db8::1/127"), "", 0},
    {SLICE("::ffff:0.0.0.0/95"), "", 0},
    {SLICE("192.0.2.0/33"), "", 0},
    {SLICE("2001:db8::/129"), "", 0},
    {SLICE("192.0.2.0/024"), "", 0},
    {SLICE("192.0.2.0/00"), "", 0},
    {SLICE("192.0.2.0/"), "", 0},
    {SLICE("192.0.2.0/24/24"), "", 0},
    {SLICE("192.0.2.0/+24"), "", 0},
    {SLICE("192.0.2.0/255.255.255.0"), "", 0},
    {SLICE("192.0.2/24"), "", 0},
    {SLICE("/24"), "", 0},
    {SLICE(""), "", 0},
    {SLICE("192.0.2.0/2\0"), "", 0},
    {SLICE("mx.example.org"), "", 0},
};

static void parses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof parse_cases / sizeof *parse_cases; i++) {
        const struct parse_case *c = &parse_cases[i];
        struct network network = {.bits = 0};
        char shown[IP_TEXT_OCTETS];
        assert_int_equal(network_parse(c->text, &network), c->shown[0] != '\0');
        ip_format(network.ip, shown);
        assert_string_equal(shown, c->shown);
        assert_int_equal(network.bits, c->bits);
    }
}

static const struct has_case {
    const char *network, *ip;
    bool has;
} has_cases[] = {
    {"192.0.2.0/24", "192.0.2.0", true},
    {"192.0.2.0/24", "192.0.2.255", true},
    {"192.0.2.0/24", "192.0.3.0", false},
    {"192.0.2.128/25", "192.0.2.127", false},
    {"192.0.2.1", "192.0.2.1", true},
    {"192.0.2.1", "192.0.2.2", false},
    {"0.0.0.0/0", "198.51.100.1", true},
    {"0.0.0.0/0", "2001:db8::1", false},
    {"192.0.2.0/24", "::ffff:192.0.2.9", true},
    {"::ffff:192.0.2.0/120", "192.0.2.9", true},
    {"2001:db8::/33", "2001:db8:7fff::1", true},
    {"2001:db8::/33", "2001:db8:8000::1", false},
    {"::/0", "2001:db8::1", true},
    {"::/0", "192.0.2.1", false},
    {"::1", "127.0.0.1", false},
};

static void has(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof has_cases / sizeof *has_cases; i++) {
        struct network network;
        struct ip ip;
        assert_true(network_parse(slice_str(has_cases[i].network), &network));
        assert_true(ip_parse(slice_str(has_cases[i].ip), &ip));
        assert_int_equal(network_has(&network, ip), has_cases[i].has);
    }
}

/* A client on a Unix socket has no address and lies nowhere. */
static void no_address(void **state)
{
    static const char *const all[] = {"0.0.0.0/0", "::/0"};
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct network network;
        assert_true(network_parse(slice_str(all[i]), &network));
        assert_false(network_has(&network, (struct ip){.n = 0}));
    }
    assert_false(network_is_loopback((struct ip){.n = 0}));
}

static void loopback(void **state)
{
    static const struct {
        const char *ip;
        bool is_loopback;
    } cases[] = {
        {"127.0.0.1", true},        {"127.255.0.9", true}, {"::1", true},
        {"::ffff:127.0.0.1", true}, {"0.0.0.0", false},    {"::", false},
        {"128.0.0.1", false},       {"::2", false},        {"::ffff:128.0.0.1", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ip ip;
        assert_true(ip_parse(slice_str(cases[i].ip), &ip));
        assert_int_equal(network_is_loopback(ip), cases[i].is_loopback);
    }
}

static void private_ones(void **state)
{
    static const struct {
        const char *ip;
        bool is_private;
    } cases[] = {
        {"10.255.0.1", true},      {"11.0.0.1", false},       {"172.16.0.1", true},
        {"172.32.0.1", false},     {"192.168.9.9", true},     {"192.169.0.1", false},
        {"100.127.0.1", true},     {"100.128.0.1", false},    {"169.254.1.1", true},
        {"fd00::1", true},         {"fe80::1", true},         {"fec0::1", false},
        {"2001:db8::1", false},    {"127.0.0.1", true},       {"::1", true},
        {"::ffff:10.0.0.1", true}, {"::ffff:9.0.0.1", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ip ip;
        assert_true(ip_parse(slice_str(cases[i].ip), &ip));
        assert_int_equal(network_is_private(ip), cases[i].is_private);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses),   cmocka_unit_test(has),          cmocka_unit_test(no_address),
        cmocka_unit_test(loopback), cmocka_unit_test(private_ones),
    };
    return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
