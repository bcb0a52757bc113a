#include "mail/whole.h"

#include "mail/message.h"
#include "support/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static enum waybill_status gather(void *self, struct slice octets)
{
    buffer_add(self, octets);
    return WAYBILL_OK;
}

static enum waybill_status nothing(void *self)
{
    (void)self;
    return WAYBILL_OK;
}

/* Both read the same header and the same body. */
static void assert_same(struct waybill_engine *engine, struct slice text)
{
    struct arena arena = arena_new();
    struct waybill_message *message;
    struct buffer fed = buffer_new(LAB_MESSAGE_OCTETS);
    struct message_client client = {&fed, nothing, gather, NULL, NULL};
    struct header header;
    struct slice body;
    must(waybill_message_new(engine, WAYBILL_LINES_CRLF, &message) == WAYBILL_OK, "message");
    must(message_attach(message, &client) == WAYBILL_OK, "attach");
    must(waybill_message_feed(message, text.p, text.n) == WAYBILL_OK, "feed");
    must(waybill_message_end(message) == WAYBILL_OK, "end");
    assert_int_equal(whole_read(&arena, text, &header, &body), WAYBILL_OK);
    assert_int_equal(header.n, message_header(message)->n);
    for (size_t i = 0; i < header.n; i++)
        assert_true(slice_eq(header.fields[i].raw, message_header(message)->fields[i].raw));
    assert_true(slice_eq(body, buffer_slice(&fed)));
    message_detach(message, &client);
    waybill_message_free(message);
    buffer_free(&fed);
    arena_free(&arena);
}

static void whole_or_fed(void **state)
{
    static const char *const texts[] = {
        "",
        "\r\n",
        "a: b",
        "a: b\r\n",
        "a: b\r\n\r\n",
        "a: b\r\n c\r\nd: e\r\n\r\nx\r\ny",
        "a: b\r\nno field\r\nx",
        "a: b\r\nno field",
        " folded\r\na: b\r\n\r\n",
        "From x\r\na: b\r\n\r\nx",
        "From x\r\n\r\nx",
        "From x",
        "From x\r\n folded\r\n",
        "From : x\r\n\r\nx",
        "a: b\nc\rd\r\ne: f\r\n\r\n\r\n",
        "\n\r\na: b\r\n",
        "a: b\r\n\r",
        "a: b\r\n\n\r\nx",
    };
    (void)state;
    struct lab lab = lab_new();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_same(lab.engine, slice_str(texts[i]));
    for (uint64_t seed = 1; seed <= 500; seed++) {
        struct prng p = {seed};
        struct buffer message = message_of_chance(&p, true);
        assert_same(lab.engine, buffer_slice(&message));
        buffer_free(&message);
    }
    lab_free(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(whole_or_fed)};
    return cmocka_run_group_tests_name("whole", tests, NULL, NULL);
}
