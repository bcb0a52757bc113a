/*
 * An MTA of chance and a filter of chance. The first octet says what the filter wishes, the second
 * seeds what it does, and whether the rest is a stream as it stands or packets, each with an octet
 * of length before it. However the stream is cut, events and output are the same, in the order
 * that the contract has.
 */
#include "milter/packet.h"
#include "milter/session.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CEILING = 1 << 26 };

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

struct run {
    struct milter_wishes wishes;
    struct milter_session *session;
    uint32_t chance;
    bool in_message;
    struct buffer log, output;
};

static unsigned chance(struct run *r, unsigned below)
{
    r->chance = r->chance * 1664525u + 1013904223u;
    return (r->chance >> 16) % below;
}

static void log_slice(struct run *r, struct slice s)
{
    buffer_add_number(&r->log, s.n);
    buffer_add_octet(&r->log, ' ');
    buffer_add(&r->log, s);
}

static void log_event(struct run *r, const struct milter_event *e)
{
    struct slice rest = e->parameters, parameter;
    buffer_printf(&r->log, "\n%d %d %u ", (int)e->kind, (int)e->family, (unsigned)e->port);
    log_slice(r, e->host);
    log_slice(r, e->address);
    while (milter_parameter(&rest, &parameter))
        log_slice(r, parameter);
    must(rest.n == 0);
    log_slice(r, e->name);
    log_slice(r, e->value);
    log_slice(r, e->octets);
    log_slice(r, milter_session_macro(r->session, "i"));
    log_slice(r, milter_session_macro(r->session, "{auth_type}"));
}

/* No line of a value folds with anything but CRLF. */
static void check_value(struct slice value)
{
    for (size_t lf = slice_find(value, '\n', 0); lf + 1 < value.n;
         lf = slice_find(value, '\n', lf + 1))
        must(!octet_is_wsp(value.p[lf + 1]) || (lf > 0 && value.p[lf - 1] == '\r'));
}

static void check_event(struct run *r, const struct milter_event *e)
{
    bool within = e->kind >= MILTER_RCPT && e->kind <= MILTER_ABORT;
    bool outside = e->kind >= MILTER_CONNECT && e->kind <= MILTER_MAIL;
    must(!within || r->in_message);
    must(!outside || !r->in_message);
    must(e->kind != MILTER_BODY || !r->wishes.no_body);
    check_value(e->value);
    if (e->kind == MILTER_MAIL)
        r->in_message = true;
    if (e->kind >= MILTER_ABORT)
        r->in_message = false;
}

static void act(struct run *r, bool at_end)
{
    static const struct slice values[] = {SLICE_INIT(" a\r\n b"), SLICE_INIT(""),
                                          SLICE_INIT("a\nb"), SLICE_INIT(" ")};
    struct milter_session *s = r->session;
    struct slice value = values[chance(r, 4)];
    bool fine = slice_find(value, '\n', 0) + 1 >= value.n || value.n > 4;
    bool adds = at_end && fine && milter_session_can(s, MILTER_CAN_ADD);
    bool changes = at_end && fine && milter_session_can(s, MILTER_CAN_CHANGE);
    bool keeps = at_end && milter_session_can(s, MILTER_CAN_QUARANTINE);
    must(milter_insert_header(s, chance(r, 3), SLICE("A"), value) ==
         (adds ? WAYBILL_OK : WAYBILL_MISUSE));
    must(milter_add_header(s, SLICE("B"), value) == (adds ? WAYBILL_OK : WAYBILL_MISUSE));
    must(milter_change_header(s, 1, SLICE("C"), value) == (changes ? WAYBILL_OK : WAYBILL_MISUSE));
    must(milter_quarantine(s, "why") == (keeps ? WAYBILL_OK : WAYBILL_MISUSE));
    must(milter_reply_progress(s) == (at_end ? WAYBILL_OK : WAYBILL_MISUSE));
}

static enum waybill_status refuse_in_words(struct milter_session *s)
{
    return milter_reply_text(s, "550 100%");
}

static const struct {
    enum waybill_status (*give)(struct milter_session *s);
    bool ends, ends_at_rcpt; /* the message, where one was begun */
} replies[] = {
    {milter_reply_reject, true, false},    {milter_reply_tempfail, true, false},
    {refuse_in_words, true, false},        {milter_reply_accept, true, true},
    {milter_reply_continue, false, false}, {milter_reply_continue, false, false},
};

static void answer(struct run *r, const struct milter_event *e)
{
    struct milter_event none;
    bool at_end = e->kind == MILTER_MESSAGE_END;
    bool wanted = milter_session_wants_reply(r->session);
    must(!at_end || wanted);
    must(!wanted || milter_session_next(r->session, &none) == WAYBILL_MISUSE);
    act(r, at_end);
    if (!wanted && chance(r, 4))
        return;
    unsigned which = chance(r, sizeof replies / sizeof *replies);
    enum waybill_status status = replies[which].give(r->session);
    must(status == WAYBILL_OK || (!wanted && status == WAYBILL_MISUSE));
    must(!milter_session_wants_reply(r->session));
    bool ends = e->kind == MILTER_RCPT ? replies[which].ends_at_rcpt : replies[which].ends;
    if (status == WAYBILL_OK && (at_end || ends))
        r->in_message = false;
}

static void send(struct run *r)
{
    struct slice output = milter_session_output(r->session);
    buffer_add(&r->output, output);
    milter_session_written(r->session, output.n);
}

static enum waybill_status drain(struct run *r)
{
    struct milter_event event;
    enum waybill_status status;
    while ((status = milter_session_next(r->session, &event)) == WAYBILL_OK &&
           event.kind != MILTER_NEED_MORE && event.kind != MILTER_QUIT) {
        log_event(r, &event);
        check_event(r, &event);
        answer(r, &event);
        send(r);
    }
    send(r);
    buffer_printf(&r->log, event.kind == MILTER_QUIT ? "\nquit" : "");
    return event.kind == MILTER_QUIT ? WAYBILL_REFUSED : status;
}

static void converse(struct run *r, struct slice stream, size_t piece)
{
    enum waybill_status status = WAYBILL_OK;
    must(milter_session_new(&r->wishes, &r->session) == WAYBILL_OK);
    for (size_t at = 0; at < stream.n && status == WAYBILL_OK; at += piece) {
        must(milter_session_feed(r->session, slice_sub(stream, at, piece)) == WAYBILL_OK);
        status = drain(r);
    }
    must((status == WAYBILL_SYNTAX || status == WAYBILL_LIMIT) ==
         (*milter_session_why(r->session) != 0));
    log_slice(r, slice_str(milter_session_why(r->session)));
    milter_session_free(r->session);
}

static void check_output(struct slice output)
{
    struct milter_reader reader = milter_reader_new();
    struct milter_packet packet;
    bool whole = true;
    must(milter_reader_feed(&reader, output) == WAYBILL_OK);
    while (milter_reader_next(&reader, &packet, &whole) == WAYBILL_OK && whole) {
        must(strchr("Oacrtyphimq", packet.command) != NULL && packet.command != 0);
        must(packet.data.n == 0 || packet.command == 'O' || packet.data.p[packet.data.n - 1] == 0);
    }
    must(reader.at == reader.held.n);
    milter_reader_free(&reader);
}

static struct milter_wishes wishes_of(uint8_t octet)
{
    static const enum milter_event_kind answered[] = {MILTER_MAIL, MILTER_RCPT, MILTER_HEADER,
                                                      MILTER_BODY};
    struct milter_wishes wishes = {.actions = octet & 1 ? MILTER_CAN_ADD | MILTER_CAN_CHANGE : 0,
                                   .no_body = (octet & 2) != 0};
    if (octet & 4)
        wishes.actions |= MILTER_CAN_QUARANTINE;
    if (octet & 8)
        wishes.macros[MILTER_AT_MAIL] = "i {auth_type}";
    for (unsigned bit = 4; bit < 8; bit++)
        if (octet >> bit & 1)
            wishes.answers |= MILTER_ANSWERS(answered[bit - 4]);
    return wishes;
}

static void frame(struct slice packets, struct buffer *stream)
{
    while (packets.n > 0) {
        struct slice packet = slice_sub(packets, 1, packets.p[0]);
        uint8_t length[MILTER_NUMBER_OCTETS];
        milter_number_write((uint32_t)packet.n, length);
        buffer_add(stream, slice_of(length, sizeof length));
        buffer_add(stream, packet);
        packets = slice_from(packets, 1 + packet.n);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = {SIZE_MAX, 1, 5, 23};
    if (size < 2 || size > 1 << 18)
        return 0;
    struct slice rest = slice_from(slice_of(data, size), 2);
    struct buffer stream = buffer_new(CEILING);
    struct run runs[4];
    if (data[1] & 1)
        frame(rest, &stream);
    else
        buffer_add(&stream, rest);
    for (size_t i = 0; i < 4; i++) {
        runs[i] = (struct run){.wishes = wishes_of(data[0]),
                               .chance = data[1],
                               .log = buffer_new(CEILING),
                               .output = buffer_new(CEILING)};
        size_t piece = pieces[i] < stream.n ? pieces[i] : stream.n + 1;
        converse(&runs[i], buffer_slice(&stream), piece);
        must(slice_eq(buffer_slice(&runs[0].log), buffer_slice(&runs[i].log)));
        must(slice_eq(buffer_slice(&runs[0].output), buffer_slice(&runs[i].output)));
    }
    check_output(buffer_slice(&runs[0].output));
    for (size_t i = 0; i < 4; i++) {
        buffer_free(&runs[i].log);
        buffer_free(&runs[i].output);
    }
    buffer_free(&stream);
    return 0;
}
