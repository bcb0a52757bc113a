#include "io/dns_packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* A packet may hold NUL. */
#define S(literal)                                      \
    {                                                   \
        (const uint8_t *)(literal), sizeof(literal) - 1 \
    }

/* The header with its flags and counts of questions and answers, and the question. */
#define HEAD(rcode, questions, answers) "\x12\x34\x81" rcode "\0" questions "\0" answers "\0\0\0\0"
#define FINE "\x80"
#define NXDOMAIN "\x83"
#define QNAME "\1k\7example\3org\0"
#define QUESTION(type) QNAME "\0" type "\0\1"
/* A record of the name at offset 12, which is the question's. */
#define RECORD(type, ttl, length) "\xC0\x0C\0" type "\0\1" ttl "\0" length
#define HOUR "\0\0\x0E\x10"
#define MINUTE "\0\0\0\x3C"

#define TXT "\x10"
#define A "\1"
#define PTR "\x0C"
#define MX "\x0F"
#define CNAME "\5"

static const struct packet_case {
    const char *name;
    enum waybill_dns_type type;
    struct slice packet;
    enum waybill_answer_status status;
    int64_t ttl;
    const char *data; /* of each record, behind each a '|' */
} packet_cases[] = {
    {"one TXT", WAYBILL_DNS_TXT,
     S(HEAD(FINE, "\1", "\1") QUESTION(TXT) RECORD(TXT, HOUR, "\4") "\3p=A"), WAYBILL_ANSWERED,
     3600, "p=A|"},
    {"strings are joined", WAYBILL_DNS_TXT,
     S(HEAD(FINE, "\1", "\1") QUESTION(TXT) RECORD(TXT, HOUR, "\7") "\3p=A\0\1B"), WAYBILL_ANSWERED,
     3600, "p=AB|"},
    {"two TXT, the shorter time holds", WAYBILL_DNS_TXT,
     S(HEAD(FINE, "\1", "\2") QUESTION(TXT)
           RECORD(TXT, HOUR, "\2") "\1a" RECORD(TXT, MINUTE, "\2") "\1b"),
     WAYBILL_ANSWERED, 60, "a|b|"},
    {"an empty TXT", WAYBILL_DNS_TXT,
     S(HEAD(FINE, "\1", "\1") QUESTION(TXT) RECORD(TXT, HOUR, "\0")), WAYBILL_ANSWERED, 3600, "|"},
    {"no question section", WAYBILL_DNS_A,
     S(HEAD(FINE, "\0", "\1") "\0\0\1\0\1" HOUR "\0\4\xC0\0\2\1"), WAYBILL_ANSWERED, 3600,
     "192.0.2.1|"},
    {"an address", WAYBILL_DNS_A,
     S(HEAD(FINE, "\1", "\1") QUESTION(A) RECORD(A, HOUR, "\4") "\xC0\0\2\1"), WAYBILL_ANSWERED,
     3600, "192.0.2.1|"},
    {"an address of six", WAYBILL_DNS_AAAA,
     S(HEAD(FINE, "\1", "\1") QUESTION("\x1C")
           RECORD("\x1C", HOUR, "\x10") "\x20\1\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\1"),
     WAYBILL_ANSWERED, 3600, "2001:db8::1|"},
    {"an address too short", WAYBILL_DNS_A,
     S(HEAD(FINE, "\1", "\1") QUESTION(A) RECORD(A, HOUR, "\3") "\xC0\0\2"), WAYBILL_SERVFAIL, -1,
     ""},
    {"an exchange, compressed, in lower case", WAYBILL_DNS_MX,
     S(HEAD(FINE, "\1", "\1") QUESTION(MX) RECORD(MX, HOUR, "\7") "\0\x0A\2MX\xC0\x0E"),
     WAYBILL_ANSWERED, 3600, "10 mx.example.org|"},
    {"the null MX", WAYBILL_DNS_MX,
     S(HEAD(FINE, "\1", "\1") QUESTION(MX) RECORD(MX, HOUR, "\3") "\0\0\0"), WAYBILL_ANSWERED, 3600,
     "0 .|"},
    {"a name with octets behind it", WAYBILL_DNS_PTR,
     S(HEAD(FINE, "\1", "\1") QUESTION(PTR) RECORD(PTR, HOUR, "\3") "\xC0\x0C\0"), WAYBILL_SERVFAIL,
     -1, ""},
    {"a name that leaves its record", WAYBILL_DNS_PTR,
     S(HEAD(FINE, "\1", "\1") QUESTION(PTR) RECORD(PTR, HOUR, "\2") "\1a\0"), WAYBILL_SERVFAIL, -1,
     ""},
    {"a pointer to itself", WAYBILL_DNS_PTR,
     S(HEAD(FINE, "\1", "\1") QUESTION(PTR) RECORD(PTR, HOUR, "\2") "\xC0\x2B"), WAYBILL_SERVFAIL,
     -1, ""},
    {"a pointer ahead", WAYBILL_DNS_PTR,
     S(HEAD(FINE, "\1", "\1") QUESTION(PTR) RECORD(PTR, HOUR, "\2") "\xC0\x2C"), WAYBILL_SERVFAIL,
     -1, ""},
    {"a pointer cut in half", WAYBILL_DNS_PTR,
     S(HEAD(FINE, "\1", "\1") QUESTION(PTR) RECORD(PTR, HOUR, "\1") "\xC0"), WAYBILL_SERVFAIL, -1,
     ""},
    {"a label of a kind unknown", WAYBILL_DNS_PTR,
     S(HEAD(FINE, "\1", "\1") QUESTION(PTR) RECORD(PTR, HOUR, "\2") "\x41\0"), WAYBILL_SERVFAIL, -1,
     ""},
    {"a dot in a label", WAYBILL_DNS_PTR,
     S(HEAD(FINE, "\1", "\1") QUESTION(PTR) RECORD(PTR, HOUR, "\5") "\3a.b\0"), WAYBILL_SERVFAIL,
     -1, ""},
    {"an alias and its end", WAYBILL_DNS_TXT,
     S(HEAD(FINE, "\1", "\2") QUESTION(TXT) RECORD(CNAME, MINUTE, "\4") "\1j\xC0\x0E"
                                                                        "\xC0\x2B\0\x10\0\1" HOUR
                                                                        "\0\2\1x"),
     WAYBILL_ANSWERED, 60, "x|"},
    {"an alias to nowhere", WAYBILL_DNS_TXT,
     S(HEAD(NXDOMAIN, "\1", "\1") QUESTION(TXT) RECORD(CNAME, MINUTE, "\4") "\1j\xC0\x0E"),
     WAYBILL_NODATA, 60, ""},
    {"no such name", WAYBILL_DNS_TXT, S(HEAD(NXDOMAIN, "\1", "\0") QUESTION(TXT)), WAYBILL_NXDOMAIN,
     -1, ""},
    {"no such data", WAYBILL_DNS_TXT, S(HEAD(FINE, "\1", "\0") QUESTION(TXT)), WAYBILL_NODATA, -1,
     ""},
    {"the server failed", WAYBILL_DNS_TXT, S(HEAD("\x82", "\1", "\0") QUESTION(TXT)),
     WAYBILL_SERVFAIL, -1, ""},
    {"refused", WAYBILL_DNS_TXT, S(HEAD("\x85", "\1", "\0") QUESTION(TXT)), WAYBILL_SERVFAIL, -1,
     ""},
    {"another class", WAYBILL_DNS_TXT,
     S(HEAD(FINE, "\1", "\1") QUESTION(TXT) "\xC0\x0C\0\x10\0\3" HOUR "\0\2\1x"), WAYBILL_NODATA,
     -1, ""},
    {"a time with its highest bit", WAYBILL_DNS_TXT,
     S(HEAD(FINE, "\1", "\1") QUESTION(TXT) RECORD(TXT, "\xFF\xFF\xFF\xFF", "\2") "\1x"),
     WAYBILL_ANSWERED, 0, "x|"},
    {"a string longer than its record", WAYBILL_DNS_TXT,
     S(HEAD(FINE, "\1", "\1") QUESTION(TXT) RECORD(TXT, HOUR, "\2") "\2x"), WAYBILL_SERVFAIL, -1,
     ""},
    {"data longer than the packet", WAYBILL_DNS_TXT,
     S(HEAD(FINE, "\1", "\1") QUESTION(TXT) RECORD(TXT, HOUR, "\3") "\1x"), WAYBILL_SERVFAIL, -1,
     ""},
    {"fewer answers than claimed", WAYBILL_DNS_TXT,
     S(HEAD(FINE, "\1", "\2") QUESTION(TXT) RECORD(TXT, HOUR, "\2") "\1x"), WAYBILL_SERVFAIL, -1,
     ""},
    {"half a header", WAYBILL_DNS_TXT, S("\x12\x34\x81\x80\0\1"), WAYBILL_SERVFAIL, -1, ""},
    {"nothing", WAYBILL_DNS_TXT, S(""), WAYBILL_SERVFAIL, -1, ""},
    {"a type without a form", (enum waybill_dns_type)99,
     S(HEAD(FINE, "\1", "\1") QUESTION("\x63") RECORD("\x63", HOUR, "\1") "x"), WAYBILL_SERVFAIL,
     -1, ""},
};

static void run_packet_case(void **state)
{
    const struct packet_case *c = *state;
    struct arena arena = arena_new();
    struct waybill_answer answer;
    char data[256] = "";
    assert_int_equal(dns_packet_parse(&arena, c->packet, c->type, &answer), WAYBILL_OK);
    for (size_t i = 0; i < answer.n; i++)
        snprintf(data + strlen(data), sizeof data - strlen(data), "%.*s|", (int)answer.data[i].n,
                 answer.data[i].octets);
    assert_string_equal(data, c->data);
    assert_int_equal(answer.status, c->status);
    assert_int_equal(answer.ttl, c->ttl);
    assert_int_equal(answer.octets, c->packet.n);
    arena_free(&arena);
}

/* Names of 253 octets are the longest; one more is none. */
static void longest_name(void **state)
{
    static const char head[] = HEAD(FINE, "\0", "\1") "\0\0" PTR "\0\1" HOUR "\0";
    (void)state;
    for (size_t last = 61; last <= 62; last++) {
        uint8_t packet[512];
        size_t n = sizeof head - 1;
        memcpy(packet, head, n);
        packet[n++] = (uint8_t)(3 * 64 + last + 2);
        for (size_t label = 0; label < 4; label++) {
            size_t length = label < 3 ? 63 : last;
            packet[n++] = (uint8_t)length;
            memset(packet + n, 'a', length);
            n += length;
        }
        packet[n++] = 0;
        struct arena arena = arena_new();
        struct waybill_answer answer;
        assert_int_equal(dns_packet_parse(&arena, slice_of(packet, n), WAYBILL_DNS_PTR, &answer),
                         WAYBILL_OK);
        assert_int_equal(answer.status, last == 61 ? WAYBILL_ANSWERED : WAYBILL_SERVFAIL);
        arena_free(&arena);
    }
}

/* Every beginning of a good packet ends in an answer, and none is read past its end. */
static void every_beginning(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof packet_cases / sizeof *packet_cases; i++)
        for (size_t n = 0; n < packet_cases[i].packet.n; n++) {
            struct arena arena = arena_new();
            struct waybill_answer answer;
            uint8_t *exact = malloc(n ? n : 1);
            assert_non_null(exact);
            memcpy(exact, packet_cases[i].packet.p, n);
            assert_int_equal(
                dns_packet_parse(&arena, slice_of(exact, n), packet_cases[i].type, &answer),
                WAYBILL_OK);
            free(exact);
            arena_free(&arena);
        }
}

int main(void)
{
    enum { PACKETS = sizeof packet_cases / sizeof *packet_cases, OTHERS = 2 };
    struct CMUnitTest tests[PACKETS + OTHERS] = {cmocka_unit_test(longest_name),
                                                 cmocka_unit_test(every_beginning)};
    for (size_t i = 0; i < PACKETS; i++)
        tests[OTHERS + i] = (struct CMUnitTest){packet_cases[i].name, run_packet_case, NULL, NULL,
                                                (void *)(uintptr_t)&packet_cases[i]};
    return cmocka_run_group_tests_name("dns_packet", tests, NULL, NULL);
}
