#include "io/config_socket.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PATH_OF_107                                      \
    "/23456789.123456789.123456789.123456789.123456789." \
    "123456789.123456789.123456789.123456789.123456789.1234567"

#define NO_SOCKET "no socket: write unix:/PATH or inet:PORT@ADDRESS"
#define NO_PORT "no port from 1 to 65535: write inet:PORT@ADDRESS"
#define NO_ADDRESS "no address behind '@': write an IP address or localhost"
#define NO_LOCAL "no address with a port: write 127.0.0.1:PORT or \"[::1]:PORT\""

/* How Postfix has a socket; or why it is none. */
static const struct parse_case {
    struct slice text;
    const char *postfix, *why;
    bool is_open;
} parse_cases[] = {
    {SLICE("unix:/run/waybill.sock"), "unix:/run/waybill.sock", NULL, false},
    {SLICE("local:/run/waybill.sock"), "unix:/run/waybill.sock", NULL, false},
    {SLICE("unix:" PATH_OF_107), "unix:" PATH_OF_107, NULL, false},
    {SLICE("inet:8891@127.0.0.1"), "inet:127.0.0.1:8891", NULL, false},
    {SLICE("inet:8891@[127.0.0.1]"), "inet:127.0.0.1:8891", NULL, false},
    {SLICE("inet:8891@localhost"), "inet:127.0.0.1:8891", NULL, false},
    {SLICE("inet:8891@LOCALHOST"), "inet:127.0.0.1:8891", NULL, false},
    {SLICE("inet6:8891@localhost"), "inet:[::1]:8891", NULL, false},
    {SLICE("inet:8891@::1"), "inet:[::1]:8891", NULL, false},
    {SLICE("inet6:8891@[2001:DB8::1]"), "inet:[2001:db8::1]:8891", NULL, true},
    {SLICE("inet:1@192.0.2.1"), "inet:192.0.2.1:1", NULL, true},
    {SLICE("inet:65535@0.0.0.0"), "inet:0.0.0.0:65535", NULL, true},
    {SLICE("inet:8891@::"), "inet:[::]:8891", NULL, true},
    {SLICE(""), NULL, NO_SOCKET, false},
    {SLICE("/run/waybill.sock"), NULL, NO_SOCKET, false},
    {SLICE("8891@127.0.0.1"), NULL, NO_SOCKET, false},
    {SLICE("unix"), NULL, NO_SOCKET, false},
    {SLICE("UNIX:/a"), NULL, NO_SOCKET, false},
    {SLICE("inet4:8891@127.0.0.1"), NULL, NO_SOCKET, false},
    {SLICE("unix:"), NULL, "the path of a socket begins at the root: write it from '/' on", false},
    {SLICE("unix:run/a"), NULL, "the path of a socket begins at the root: write it from '/' on",
     false},
    {SLICE("unix:/a\0b"), NULL, "the path of a socket has a NUL: correct it", false},
    {SLICE("unix:" PATH_OF_107 "8"), NULL,
     "the path of a socket is over 107 octets: choose a shorter one", false},
    {SLICE("inet:8891"), NULL, "no address: write inet:PORT@ADDRESS", false},
    {SLICE("inet:127.0.0.1:8891"), NULL, "no address: write inet:PORT@ADDRESS", false},
    {SLICE("inet:@127.0.0.1"), NULL, NO_PORT, false},
    {SLICE("inet:0@127.0.0.1"), NULL, NO_PORT, false},
    {SLICE("inet:65536@127.0.0.1"), NULL, NO_PORT, false},
    {SLICE("inet:smtp@127.0.0.1"), NULL, NO_PORT, false},
    {SLICE("inet:127.0.0.1@8891"), NULL, NO_PORT, false},
    {SLICE("inet:8891@"), NULL, NO_ADDRESS, false},
    {SLICE("inet:8891@[]"), NULL, NO_ADDRESS, false},
    {SLICE("inet:8891@[::1"), NULL, NO_ADDRESS, false},
    {SLICE("inet:8891@mx.example.org"), NULL, NO_ADDRESS, false},
    {SLICE("inet:8891@127.0.0.1@127.0.0.1"), NULL, NO_ADDRESS, false},
    {SLICE("inet6:8891@127.0.0.1"), NULL, "an IPv4 address: write inet: before it", false},
};

static void assert_why(bool is_socket, const char *why, const char *expected)
{
    assert_int_equal(is_socket, expected == NULL);
    if (expected)
        assert_string_equal(why, expected);
}

static void parses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof parse_cases / sizeof *parse_cases; i++) {
        const struct parse_case *c = &parse_cases[i];
        struct config_socket socket;
        struct buffer postfix = buffer_new(256);
        const char *why = "";
        bool is_socket = config_socket_parse(c->text, &socket, &why);
        assert_why(is_socket, why, c->why);
        if (c->postfix) {
            config_socket_postfix(&socket, &postfix);
            buffer_add_octet(&postfix, '\0');
            assert_string_equal((const char *)postfix.p, c->postfix);
            assert_int_equal(config_socket_is_open(&socket), c->is_open);
        }
        buffer_free(&postfix);
    }
}

static void local(void **state)
{
    static const struct {
        const char *text, *postfix, *why;
    } cases[] = {
        {"127.0.0.1:9100", "inet:127.0.0.1:9100", NULL},
        {"127.9.9.9:1", "inet:127.9.9.9:1", NULL},
        {"[::1]:9100", "inet:[::1]:9100", NULL},
        {"[127.0.0.1]:9100", "inet:127.0.0.1:9100", NULL},
        {"::1:9100", NULL, NO_LOCAL},
        {"127.0.0.1", NULL, NO_LOCAL},
        {"127.0.0.1:", NULL, NO_LOCAL},
        {"127.0.0.1:0", NULL, NO_LOCAL},
        {":9100", NULL, NO_LOCAL},
        {"9100", NULL, NO_LOCAL},
        {"", NULL, NO_LOCAL},
        {"localhost:9100", NULL, NO_LOCAL},
        {"192.0.2.1:9100", NULL, "not on loopback: write 127.0.0.1:PORT or \"[::1]:PORT\""},
        {"0.0.0.0:9100", NULL, "not on loopback: write 127.0.0.1:PORT or \"[::1]:PORT\""},
        {"[::]:9100", NULL, "not on loopback: write 127.0.0.1:PORT or \"[::1]:PORT\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct config_socket socket;
        struct buffer postfix = buffer_new(256);
        const char *why = "";
        bool is_local = config_socket_local(slice_str(cases[i].text), &socket, &why);
        assert_why(is_local, why, cases[i].why);
        if (cases[i].postfix) {
            config_socket_postfix(&socket, &postfix);
            assert_true(slice_eq(buffer_slice(&postfix), slice_str(cases[i].postfix)));
        }
        buffer_free(&postfix);
    }
}

static void server(void **state)
{
    static const struct {
        const char *text;
        bool is_server;
    } cases[] = {
        {"192.0.2.1", true},        {"192.0.2.1@5353", true}, {"2001:db8::1@53", true},
        {"192.0.2.1@", false},      {"192.0.2.1@0", false},   {"192.0.2.1@65536", false},
        {"192.0.2.1:53", false},    {"@53", false},           {"dns.example.org", false},
        {"192.0.2.1@53@53", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *why = "";
        bool is_server = config_socket_server(slice_str(cases[i].text), &why);
        assert_why(is_server, why,
                   cases[i].is_server ? NULL
                                      : "no server of the DNS: write ADDRESS or ADDRESS@PORT");
    }
}

static void meets(void **state)
{
    static const struct {
        const char *a, *b;
        bool meets;
    } cases[] = {
        {"unix:/a", "local:/a", true},
        {"unix:/a", "unix:/b", false},
        {"unix:/a", "inet:1@127.0.0.1", false},
        {"inet:1@127.0.0.1", "inet:1@localhost", true},
        {"inet:1@127.0.0.1", "inet:2@127.0.0.1", false},
        {"inet:1@127.0.0.1", "inet:1@127.0.0.2", false},
        {"inet:1@127.0.0.1", "inet:1@0.0.0.0", true},
        {"inet:1@::", "inet6:1@localhost", true},
        {"inet:1@127.0.0.1", "inet:1@::1", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct config_socket a, b;
        const char *why;
        assert_true(config_socket_parse(slice_str(cases[i].a), &a, &why));
        assert_true(config_socket_parse(slice_str(cases[i].b), &b, &why));
        assert_int_equal(config_socket_meets(&a, &b), cases[i].meets);
        assert_int_equal(config_socket_meets(&b, &a), cases[i].meets);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses),
        cmocka_unit_test(local),
        cmocka_unit_test(server),
        cmocka_unit_test(meets),
    };
    return cmocka_run_group_tests_name("config_socket", tests, NULL, NULL);
}
