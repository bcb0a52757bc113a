/* What scripts (tests/milter) do not show: octets that leave in portions, and limits. */
#include "base/limits.h"
#include "milter/packet.h"
#include "milter/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct milter_wishes wishes = {.actions = MILTER_CAN_ADD,
                                            .answers = MILTER_ANSWERS(MILTER_MAIL)};

static const struct packet {
    uint8_t command;
    struct slice data;
} to_the_end[] = {
    {'O', SLICE_INIT("\0\0\0\6\0\0\1\xFF\0\x1F\xFF\xFF")},
    {'C', SLICE_INIT("host\0U")},
    {'M', SLICE_INIT("<a@b>\0")},
    {'R', SLICE_INIT("<c@d>\0")},
    {'N', SLICE_INIT("")},
    {'E', SLICE_INIT("")},
};

static void feed(struct milter_session *s, uint8_t command, struct slice data)
{
    struct buffer packet = buffer_new(1024);
    assert_int_equal(milter_packet_add(&packet, command, &data, 1), WAYBILL_OK);
    assert_int_equal(milter_session_feed(s, buffer_slice(&packet)), WAYBILL_OK);
    buffer_free(&packet);
}

static enum milter_event_kind next(struct milter_session *s)
{
    struct milter_event event;
    assert_int_equal(milter_session_next(s, &event), WAYBILL_OK);
    return event.kind;
}

static void drop_output(struct milter_session *s)
{
    milter_session_written(s, milter_session_output(s).n);
}

/* A session whose message has come to its end; nothing waits to be sent. */
static struct milter_session *at_message_end(void)
{
    struct milter_session *s;
    assert_int_equal(milter_session_new(&wishes, &s), WAYBILL_OK);
    for (size_t i = 0; i < sizeof to_the_end / sizeof *to_the_end; i++) {
        feed(s, to_the_end[i].command, to_the_end[i].data);
        enum milter_event_kind kind = next(s);
        if (kind == MILTER_MAIL)
            assert_int_equal(milter_reply_continue(s), WAYBILL_OK);
        if (kind == MILTER_MESSAGE_END)
            assert_true(milter_session_wants_reply(s));
    }
    drop_output(s);
    return s;
}

static void output_leaves_in_portions(void **state)
{
    struct milter_session *s = at_message_end();
    static const struct slice all = SLICE_INIT("\0\0\0\1p\0\0\0\6hA\0 b\0\0\0\0\1a");
    (void)state;
    assert_int_equal(milter_reply_progress(s), WAYBILL_OK);
    assert_int_equal(milter_add_header(s, SLICE("A"), SLICE(" b")), WAYBILL_OK);
    assert_true(slice_eq(milter_session_output(s), slice_sub(all, 0, 5)));
    milter_session_written(s, 2);
    assert_int_equal(milter_reply_accept(s), WAYBILL_OK);
    for (size_t at = 2; at < all.n; at++) {
        assert_true(slice_eq(milter_session_output(s), slice_from(all, at)));
        milter_session_written(s, 1);
    }
    assert_int_equal(milter_session_output(s).n, 0);
    milter_session_free(s);
}

static void no_event_before_a_reply(void **state)
{
    struct milter_session *s = at_message_end();
    struct milter_event event;
    (void)state;
    feed(s, 'Q', SLICE(""));
    assert_int_equal(milter_session_next(s, &event), WAYBILL_MISUSE);
    assert_int_equal(milter_reply_tempfail(s), WAYBILL_OK);
    assert_int_equal(next(s), MILTER_QUIT);
    assert_int_equal(milter_session_feed(s, SLICE("\0\0\0\0")), WAYBILL_OK);
    assert_int_equal(next(s), MILTER_QUIT);
    milter_session_free(s);
}

/* Where the MTA was told that there is no answer, one would be taken for that to the next command.
 */
static void an_answer_that_nobody_expects_is_misuse(void **state)
{
    struct milter_session *s;
    (void)state;
    assert_int_equal(milter_session_new(&wishes, &s), WAYBILL_OK);
    assert_int_equal(milter_reply_accept(s), WAYBILL_MISUSE);
    feed(s, to_the_end[0].command, to_the_end[0].data);
    feed(s, to_the_end[1].command, to_the_end[1].data);
    assert_int_equal(next(s), MILTER_CONNECT);
    assert_false(milter_session_wants_reply(s));
    assert_int_equal(milter_reply_reject(s), WAYBILL_MISUSE);
    assert_int_equal(milter_reply_text(s, "550 no"), WAYBILL_MISUSE);
    assert_int_equal(next(s), MILTER_NEED_MORE);
    milter_session_free(s);
}

static void what_is_granted(void **state)
{
    struct milter_session *s = at_message_end();
    (void)state;
    assert_true(milter_session_can(s, MILTER_CAN_ADD));
    assert_false(milter_session_can(s, MILTER_CAN_CHANGE));
    assert_false(milter_session_can(s, MILTER_CAN_QUARANTINE));
    milter_session_free(s);
}

static void too_many_actions_leave_the_message_refusable(void **state)
{
    static uint8_t value[60000];
    struct milter_session *s = at_message_end();
    enum waybill_status status;
    (void)state;
    memset(value, 'x', sizeof value);
    do
        status = milter_add_header(s, SLICE("A"), slice_of(value, sizeof value));
    while (status == WAYBILL_OK);
    assert_int_equal(status, WAYBILL_LIMIT);
    assert_int_equal(milter_add_header(s, SLICE("A"), SLICE("b")), WAYBILL_LIMIT);
    assert_int_equal(milter_reply_accept(s), WAYBILL_LIMIT);
    assert_true(milter_session_wants_reply(s));
    assert_int_equal(milter_reply_tempfail(s), WAYBILL_OK);
    assert_true(slice_eq(milter_session_output(s), SLICE("\0\0\0\1t")));
    assert_int_equal(next(s), MILTER_NEED_MORE);
    milter_session_free(s);
}

static void feeding_without_end_is_a_limit(void **state)
{
    static const uint8_t octets[1 << 16];
    struct milter_session *s = at_message_end();
    struct milter_event event;
    enum waybill_status status = WAYBILL_OK;
    (void)state;
    for (size_t n = 0; n <= LIMIT_MILTER_HELD && status == WAYBILL_OK; n += sizeof octets)
        status = milter_session_feed(s, slice_of(octets, sizeof octets));
    assert_int_equal(status, WAYBILL_LIMIT);
    assert_int_equal(milter_session_next(s, &event), WAYBILL_LIMIT);
    assert_int_equal(event.kind, MILTER_NEED_MORE);
    assert_int_equal(milter_reply_accept(s), WAYBILL_LIMIT);
    milter_session_free(s);
}

static void freeing_nothing(void **state)
{
    (void)state;
    milter_session_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_leaves_in_portions),
        cmocka_unit_test(no_event_before_a_reply),
        cmocka_unit_test(an_answer_that_nobody_expects_is_misuse),
        cmocka_unit_test(what_is_granted),
        cmocka_unit_test(too_many_actions_leave_the_message_refusable),
        cmocka_unit_test(feeding_without_end_is_a_limit),
        cmocka_unit_test(freeing_nothing),
    };
    return cmocka_run_group_tests_name("milter_session", tests, NULL, NULL);
}
