#include "alloc.h"
#include "milter/session.h"

/* A negotiation without leading space, a message, another that is refused, piece by piece. */
static const struct slice pieces[] = {
    SLICE_INIT("\0\0\0\x0DO\0\0\0\6\0\0\1\xFF\0\0\xFF\xFF"),
    SLICE_INIT("\0\0\0\x06"
               "DCj\0h\0\0\0\0\x0A"
               "Chost\0"),
    SLICE_INIT("4\0\x19\0\0\0\0\5M<a>\0"),
    SLICE_INIT("\0\0\0\x0A"
               "DRi\0QUEUE\0"),
    SLICE_INIT("\0\0\0\5R<b>\0\0\0\0\x0BLA\0b\n c\n d\0\0\0\0\1N"),
    SLICE_INIT("\0\0\0\x08"
               "Ehello\r\n"),
    SLICE_INIT("\0\0\0\5M<c>\0\0\0\0\1Q"),
};

/* Takes what there is to send; how it falls into portions is not the point. */
static void send(struct milter_session *s, struct result *out)
{
    struct slice output = milter_session_output(s);
    alloc_note(out, output);
    milter_session_written(s, output.n);
}

static enum waybill_status change_and_accept(struct milter_session *s)
{
    enum waybill_status status = milter_insert_header(s, 0, SLICE("A"), SLICE(" b\r\n c"));
    if (status == WAYBILL_OK)
        status = milter_change_header(s, 1, SLICE("A"), SLICE(""));
    if (status == WAYBILL_OK)
        status = milter_quarantine(s, "why");
    if (status == WAYBILL_OK)
        status = milter_reply_progress(s);
    return status == WAYBILL_OK ? milter_reply_accept(s) : status;
}

static enum waybill_status answer(struct milter_session *s, const struct milter_event *event,
                                  struct result *out)
{
    alloc_note(out, event->address);
    alloc_note(out, event->value);
    alloc_note(out, event->octets);
    if (event->kind == MILTER_MESSAGE_END) {
        alloc_note(out, milter_session_macro(s, "i"));
        return change_and_accept(s);
    }
    if (!milter_session_wants_reply(s))
        return WAYBILL_OK;
    return slice_eq(event->address, SLICE("<c>")) ? milter_reply_text(s, "451 4.3.0 100%")
                                                  : milter_reply_continue(s);
}

static enum waybill_status drain(struct milter_session *s, struct result *out)
{
    struct milter_event event;
    enum waybill_status status;
    while ((status = milter_session_next(s, &event)) == WAYBILL_OK &&
           event.kind != MILTER_NEED_MORE && event.kind != MILTER_QUIT) {
        status = answer(s, &event, out);
        if (status != WAYBILL_OK)
            return status;
    }
    send(s, out);
    return status;
}

enum waybill_status alloc_milter(struct result *out)
{
    static const struct milter_wishes wishes = {.actions = MILTER_CAN_ADD | MILTER_CAN_CHANGE |
                                                           MILTER_CAN_QUARANTINE,
                                                .answers = MILTER_ANSWERS(MILTER_MAIL),
                                                .macros = {[MILTER_AT_RCPT] = "i"}};
    struct milter_session *session;
    enum waybill_status status = milter_session_new(&wishes, &session);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces && status == WAYBILL_OK; i++) {
        status = milter_session_feed(session, pieces[i]);
        if (status == WAYBILL_OK)
            status = drain(session, out);
    }
    milter_session_free(session);
    return status;
}
