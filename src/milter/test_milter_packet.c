#include "base/limits.h"
#include "milter/packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* What a stream says: each packet as "command data;", then "+" where octets are left over, or the
 * status. */
static const struct stream_case {
    const char *name;
    struct slice stream;
    const char *says;
} stream_cases[] = {
    {"nothing", SLICE_INIT(""), ""},
    {"one without data", SLICE_INIT("\0\0\0\1Q"), "Q ;"},
    {"one with data", SLICE_INIT("\0\0\0\3Bab"), "B ab;"},
    {"two", SLICE_INIT("\0\0\0\2Ba\0\0\0\1N"), "B a;N ;"},
    {"no whole length", SLICE_INIT("\0\0\0"), "+"},
    {"no command yet", SLICE_INIT("\0\0\0\1"), "+"},
    {"not all of the data", SLICE_INIT("\0\0\0\3Ba"), "+"},
    {"one and a part", SLICE_INIT("\0\0\0\2Ba\0\0\0\2N"), "B a;+"},
    {"no octets", SLICE_INIT("\0\0\0\0"), "syntax"},
    {"no octets behind a packet", SLICE_INIT("\0\0\0\1N\0\0\0\0Q"), "N ;syntax"},
    {"2 GB", SLICE_INIT("\x7F\xFF\xFF\xFF"), "limit"},
    {"4 GB", SLICE_INIT("\xFF\xFF\xFF\xFF"), "limit"},
    {"the longest", SLICE_INIT("\0\x10\4\0B"), "+"},
    {"an octet more", SLICE_INIT("\0\x10\4\1B"), "limit"},
};

static void take_all(struct milter_reader *reader, enum waybill_status *status, struct buffer *says)
{
    struct milter_packet packet;
    bool whole = true;
    while ((*status = milter_reader_next(reader, &packet, &whole)) == WAYBILL_OK && whole) {
        buffer_add_octet(says, packet.command);
        buffer_add_octet(says, ' ');
        buffer_add(says, packet.data);
        buffer_add_octet(says, ';');
    }
}

static void assert_says(const struct stream_case *c, size_t piece)
{
    struct milter_reader reader = milter_reader_new();
    struct buffer says = buffer_new(1024);
    enum waybill_status status = WAYBILL_OK;
    for (size_t at = 0; at < c->stream.n && status == WAYBILL_OK; at += piece) {
        assert_int_equal(milter_reader_feed(&reader, slice_sub(c->stream, at, piece)), WAYBILL_OK);
        take_all(&reader, &status, &says);
    }
    if (status != WAYBILL_OK)
        buffer_add_str(&says, status == WAYBILL_LIMIT ? "limit" : "syntax");
    else if (reader.held.n > reader.at)
        buffer_add_str(&says, "+");
    if (!slice_eq(buffer_slice(&says), slice_str(c->says)))
        fail_msg("%s, in pieces of %zu: %.*s", c->name, piece, (int)says.n, (const char *)says.p);
    buffer_free(&says);
    milter_reader_free(&reader);
}

static void streams(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stream_cases / sizeof *stream_cases; i++)
        for (size_t piece = 1; piece <= 16; piece++)
            assert_says(&stream_cases[i], piece);
}

static void an_error_stays(void **state)
{
    struct milter_reader reader = milter_reader_new();
    struct milter_packet packet;
    bool whole = true;
    (void)state;
    assert_int_equal(milter_reader_feed(&reader, SLICE("\0\0\0\0")), WAYBILL_OK);
    assert_int_equal(milter_reader_next(&reader, &packet, &whole), WAYBILL_SYNTAX);
    assert_int_equal(milter_reader_feed(&reader, SLICE("\0\0\0\1Q")), WAYBILL_OK);
    assert_int_equal(milter_reader_next(&reader, &packet, &whole), WAYBILL_SYNTAX);
    assert_false(whole);
    milter_reader_free(&reader);
}

static void a_claim_costs_nothing(void **state)
{
    struct milter_reader reader = milter_reader_new();
    struct milter_packet packet;
    bool whole;
    (void)state;
    milter_reader_feed(&reader, SLICE("\0\x10\0\0B"));
    assert_int_equal(milter_reader_next(&reader, &packet, &whole), WAYBILL_OK);
    assert_false(whole);
    assert_true(reader.held.capacity <= 256);
    milter_reader_free(&reader);
}

static void nothing_stays_of_what_was_taken(void **state)
{
    static const uint8_t body[60000];
    struct milter_reader reader = milter_reader_new();
    struct buffer stream = buffer_new(1 << 20);
    const struct slice data = slice_of(body, sizeof body);
    struct milter_packet packet;
    bool whole;
    (void)state;
    assert_int_equal(milter_packet_add(&stream, 'B', &data, 1), WAYBILL_OK);
    milter_reader_feed(&reader, buffer_slice(&stream));
    assert_int_equal(milter_reader_next(&reader, &packet, &whole), WAYBILL_OK);
    assert_true(whole);
    assert_true(slice_eq(packet.data, data));
    assert_int_equal(milter_reader_next(&reader, &packet, &whole), WAYBILL_OK);
    assert_false(whole);
    assert_int_equal(reader.held.capacity, 0);
    buffer_free(&stream);
    milter_reader_free(&reader);
}

static void who_feeds_and_never_takes_meets_a_limit(void **state)
{
    static const uint8_t octets[1 << 16];
    struct milter_reader reader = milter_reader_new();
    struct milter_packet packet;
    bool whole;
    size_t fed = 0;
    (void)state;
    while (milter_reader_feed(&reader, slice_of(octets, sizeof octets)) == WAYBILL_OK)
        fed += sizeof octets;
    assert_int_equal(fed, LIMIT_MILTER_HELD);
    assert_int_equal(milter_reader_next(&reader, &packet, &whole), WAYBILL_LIMIT);
    milter_reader_free(&reader);
}

static void a_packet_is_given_again(void **state)
{
    struct milter_reader reader = milter_reader_new();
    struct milter_packet packet;
    bool whole;
    (void)state;
    milter_reader_feed(&reader, SLICE("\0\0\0\2Ma\0\0\0\1Q"));
    milter_reader_next(&reader, &packet, &whole);
    milter_reader_again(&reader);
    milter_reader_feed(&reader, SLICE("\0\0\0\1A"));
    for (const char *commands = "MQA"; *commands; commands++) {
        assert_int_equal(milter_reader_next(&reader, &packet, &whole), WAYBILL_OK);
        assert_true(whole);
        assert_int_equal(packet.command, *commands);
    }
    milter_reader_free(&reader);
}

static void writing(void **state)
{
    static uint8_t long_octets[LIMIT_MILTER_SENT];
    const struct slice parts[] = {SLICE("ab"), SLICE(""), SLICE("c\0")};
    const struct slice most[] = {slice_of(long_octets, sizeof long_octets), SLICE("")};
    const struct slice more[] = {slice_of(long_octets, sizeof long_octets), SLICE("x")};
    struct buffer to = buffer_new(70000);
    (void)state;
    assert_int_equal(milter_packet_add(&to, 'h', parts, 3), WAYBILL_OK);
    assert_int_equal(milter_packet_add(&to, 'c', NULL, 0), WAYBILL_OK);
    assert_true(slice_eq(buffer_slice(&to), SLICE("\0\0\0\5habc\0\0\0\0\1c")));
    assert_int_equal(milter_packet_add(&to, 'h', more, 2), WAYBILL_LIMIT);
    assert_int_equal(to.status, WAYBILL_OK);
    assert_int_equal(milter_packet_add(&to, 'h', most, 2), WAYBILL_OK);
    size_t n = to.n;
    assert_int_equal(milter_packet_add(&to, 'h', most, 1), WAYBILL_LIMIT);
    assert_int_equal(to.n, n);
    assert_int_equal(to.status, WAYBILL_LIMIT);
    buffer_free(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams),
        cmocka_unit_test(an_error_stays),
        cmocka_unit_test(a_claim_costs_nothing),
        cmocka_unit_test(nothing_stays_of_what_was_taken),
        cmocka_unit_test(who_feeds_and_never_takes_meets_a_limit),
        cmocka_unit_test(a_packet_is_given_again),
        cmocka_unit_test(writing),
    };
    return cmocka_run_group_tests_name("milter_packet", tests, NULL, NULL);
}
