#include "base/limits.h"
#include "milter/field.h"
#include "milter/machine.h"
#include "milter/protocol.h"

#include <stdio.h>
#include <stdlib.h>

#define IN(state) (1u << (state))

enum {
    IN_HEADER = IN(STATE_RCPT) | IN(STATE_DATA) | IN(STATE_HEADER),
    IN_MESSAGE = IN(STATE_MAIL) | IN_HEADER | IN(STATE_BODY) | IN(STATE_END),
    CONNECTED = IN(STATE_IDLE) | IN_MESSAGE,
    AGREED = IN(STATE_AGREED) | CONNECTED,
    ANYWHERE = IN(STATE_NEW) | AGREED,
};

/* What is done with a command's data beside what its row says. NULL: fine; else what is wrong. */
typedef const char *(*taker)(struct milter_session *s, struct slice data, struct milter_event *out);

/* A command of the MTA: where it may come, where it leads. */
struct command {
    uint8_t octet;
    const char *name;
    unsigned states;
    enum milter_state next;
    enum milter_event_kind kind; /* MILTER_NEED_MORE: none by itself */
    bool answered;               /* the MTA waits for an answer... */
    uint32_t no_reply;           /* unless this step was agreed on */
    taker take;
};

enum waybill_status milter_session_new(const struct milter_wishes *wishes,
                                       struct milter_session **out)
{
    struct milter_session *s = calloc(1, sizeof *s);
    *out = s;
    if (!s)
        return WAYBILL_NOMEM;
    s->wishes = wishes;
    s->reader = milter_reader_new();
    s->macros = milter_macros_new();
    s->value = buffer_new(2 * LIMIT_MILTER_PACKET); /* every other octet may be an LF */
    s->output = buffer_new(LIMIT_MILTER_WAITING);
    s->actions = buffer_new(LIMIT_MILTER_WAITING);
    return WAYBILL_OK;
}

void milter_session_free(struct milter_session *session)
{
    if (!session)
        return;
    milter_reader_free(&session->reader);
    milter_macros_forget(&session->macros, MILTER_AT_CONNECT);
    buffer_free(&session->value);
    buffer_free(&session->output);
    buffer_free(&session->actions);
    free(session);
}

enum waybill_status milter_session_feed(struct milter_session *session, struct slice octets)
{
    if (session->status == WAYBILL_OK && session->state != STATE_GONE)
        session->status = milter_reader_feed(&session->reader, octets);
    return session->status;
}

/* The session cannot go on. */
static enum waybill_status fail(struct milter_session *s, enum waybill_status status,
                                const char *command, const char *why)
{
    s->status = status;
    snprintf(s->why, sizeof s->why, "%s: %s", command, why);
    return status;
}

bool milter_machine_in_message(const struct milter_session *s)
{
    return (IN(s->state) & IN_MESSAGE) != 0;
}

void milter_machine_end_message(struct milter_session *s)
{
    buffer_free(&s->actions);
    s->state = STATE_IDLE;
    s->end_follows = false;
    s->message_over = true;
}

enum waybill_status milter_machine_send(struct milter_session *s, uint8_t reply,
                                        const struct slice *parts, size_t n)
{
    s->status = milter_packet_add(&s->output, reply, parts, n);
    return s->status;
}

static const char *take_offer(struct milter_session *s, struct slice data, struct milter_event *out)
{
    (void)out;
    return milter_negotiate(s, data);
}

static const char *take_connect(struct milter_session *s, struct slice data,
                                struct milter_event *out)
{
    (void)s;
    return milter_read_connect(data, out);
}

static const char *take_helo(struct milter_session *s, struct slice data, struct milter_event *out)
{
    (void)s;
    return milter_read_helo(data, out);
}

static const char *take_address(struct milter_session *s, struct slice data,
                                struct milter_event *out)
{
    (void)s;
    return milter_read_address(data, out);
}

static const char *take_header(struct milter_session *s, struct slice data,
                               struct milter_event *out)
{
    const char *why = milter_read_header(data, out);
    bool leading_space = (s->steps & STEP_LEADING_SPACE) != 0;
    if (!why)
        s->status = milter_field_arrives(out->value, leading_space, &s->value, &out->value);
    return why;
}

/* Where the MTA sends bodies that nobody wants, it is answered and nobody told. */
static const char *take_body(struct milter_session *s, struct slice data, struct milter_event *out)
{
    out->kind = s->wishes->no_body ? MILTER_NEED_MORE : MILTER_BODY;
    out->octets = s->wishes->no_body ? (struct slice){0} : data;
    return NULL;
}

/* The end may bring the last of the body, or its only part. Nobody answers that part. */
static const char *take_end(struct milter_session *s, struct slice data, struct milter_event *out)
{
    s->end_follows = data.n > 0 && !s->wishes->no_body;
    if (s->end_follows)
        return take_body(s, data, out);
    return NULL;
}

static const char *take_macros(struct milter_session *s, struct slice data,
                               struct milter_event *out)
{
    const char *why;
    (void)out;
    enum waybill_status status = milter_macros_take(&s->macros, data, &why);
    if (status != WAYBILL_SYNTAX)
        s->status = status;
    return why;
}

/* Some MTAs abort whatever there is, and there is nothing. */
static const char *take_abort(struct milter_session *s, struct slice data, struct milter_event *out)
{
    (void)data;
    if (milter_machine_in_message(s)) {
        out->kind = MILTER_ABORT;
        milter_machine_end_message(s);
    }
    return NULL;
}

static const char *take_new_connection(struct milter_session *s, struct slice data,
                                       struct milter_event *out)
{
    (void)data;
    (void)out;
    milter_machine_end_message(s);
    milter_macros_forget(&s->macros, MILTER_AT_CONNECT);
    return NULL;
}

static const struct command commands[] = {
    {COMMAND_NEGOTIATE, "OPTNEG", IN(STATE_NEW), STATE_AGREED, MILTER_NEED_MORE, false, 0,
     take_offer},
    {COMMAND_CONNECT, "CONNECT", IN(STATE_AGREED), STATE_IDLE, MILTER_CONNECT, true,
     STEP_NO_REPLY_CONNECT, take_connect},
    {COMMAND_HELO, "HELO", IN(STATE_IDLE), STATE_IDLE, MILTER_HELO, true, STEP_NO_REPLY_HELO,
     take_helo},
    {COMMAND_MAIL, "MAIL", IN(STATE_IDLE), STATE_MAIL, MILTER_MAIL, true, STEP_NO_REPLY_MAIL,
     take_address},
    {COMMAND_RCPT, "RCPT", IN(STATE_MAIL) | IN(STATE_RCPT), STATE_RCPT, MILTER_RCPT, true,
     STEP_NO_REPLY_RCPT, take_address},
    {COMMAND_DATA, "DATA", IN(STATE_RCPT), STATE_DATA, MILTER_DATA, true, STEP_NO_REPLY_DATA, NULL},
    {COMMAND_HEADER, "HEADER", IN_HEADER, STATE_HEADER, MILTER_HEADER, true, STEP_NO_REPLY_HEADER,
     take_header},
    {COMMAND_HEADER_END, "EOH", IN_HEADER, STATE_BODY, MILTER_HEADER_END, true,
     STEP_NO_REPLY_HEADER_END, NULL},
    {COMMAND_BODY, "BODY", IN(STATE_BODY), STATE_BODY, MILTER_BODY, true, STEP_NO_REPLY_BODY,
     take_body},
    {COMMAND_MESSAGE_END, "BODYEOB", IN(STATE_BODY), STATE_END, MILTER_MESSAGE_END, true, 0,
     take_end},
    {COMMAND_MACROS, "MACRO", AGREED, STATE_STAYS, MILTER_NEED_MORE, false, 0, take_macros},
    {COMMAND_UNKNOWN, "UNKNOWN", CONNECTED, STATE_STAYS, MILTER_NEED_MORE, true,
     STEP_NO_REPLY_UNKNOWN, NULL},
    {COMMAND_ABORT, "ABORT", AGREED, STATE_STAYS, MILTER_NEED_MORE, false, 0, take_abort},
    {COMMAND_NEW_CONNECTION, "QUIT_NC", AGREED, STATE_AGREED, MILTER_NEW_CONNECTION, false, 0,
     take_new_connection},
    {COMMAND_QUIT, "QUIT", ANYWHERE, STATE_GONE, MILTER_QUIT, false, 0, NULL},
};

static const struct command *find_command(uint8_t octet)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (commands[i].octet == octet)
            return &commands[i];
    return NULL;
}

/* A greeting (RFC 5321 section 4.1.4) or a sender within a message, or the macros that come before
 * them, end the message; libmilter takes it so, too. */
static bool aborts(const struct milter_session *s, const struct milter_packet *packet)
{
    bool macros = packet->command == COMMAND_MACROS && packet->data.n > 0;
    uint8_t command = macros ? packet->data.p[0] : packet->command;
    return milter_machine_in_message(s) && (command == COMMAND_HELO || command == COMMAND_MAIL);
}

static enum waybill_status take(struct milter_session *s, const struct milter_packet *packet,
                                struct milter_event *out)
{
    const struct command *c = find_command(packet->command);
    if (!c)
        return fail(s, WAYBILL_SYNTAX, "a packet", "no command that is known");
    if (!(c->states & IN(s->state)))
        return fail(s, WAYBILL_SYNTAX, c->name, "out of order");
    out->kind = c->kind;
    const char *why = c->take ? c->take(s, packet->data, out) : NULL;
    if (why)
        return fail(s, WAYBILL_SYNTAX, c->name, why);
    if (c->next != STATE_STAYS)
        s->state = c->next;
    s->reply_due = c->answered && !s->end_follows && !(s->steps & c->no_reply);
    return s->status;
}

static enum waybill_status read_packet(struct milter_session *s, struct milter_packet *out,
                                       bool *whole)
{
    enum waybill_status status = milter_reader_next(&s->reader, out, whole);
    if (status == WAYBILL_SYNTAX)
        return fail(s, status, "a packet", "no octets");
    if (status == WAYBILL_LIMIT)
        return fail(s, status, "a packet", "too long");
    s->status = status;
    return status;
}

/* Says "continue" where nobody said anything and the MTA waits; drops what belonged to the past. */
static enum waybill_status leave_last(struct milter_session *s)
{
    if (s->reply_due && milter_machine_send(s, REPLY_CONTINUE, NULL, 0) != WAYBILL_OK)
        return s->status;
    s->reply_due = false;
    if (s->message_over) {
        milter_macros_forget(&s->macros, MILTER_AT_MAIL);
        buffer_free(&s->value);
    }
    s->message_over = false;
    return WAYBILL_OK;
}

/* Reads packets until one of them is an event. */
static enum waybill_status read_event(struct milter_session *s, struct milter_event *out)
{
    struct milter_packet packet;
    bool whole = true;
    while (leave_last(s) == WAYBILL_OK && read_packet(s, &packet, &whole) == WAYBILL_OK && whole) {
        if (aborts(s, &packet)) {
            milter_reader_again(&s->reader);
            milter_machine_end_message(s);
            out->kind = MILTER_ABORT;
        } else if (take(s, &packet, out) != WAYBILL_OK) {
            break;
        }
        if (out->kind != MILTER_NEED_MORE)
            break;
    }
    return s->status;
}

enum waybill_status milter_session_next(struct milter_session *session, struct milter_event *out)
{
    *out = (struct milter_event){.kind = MILTER_NEED_MORE};
    if (session->status != WAYBILL_OK)
        return session->status;
    if (milter_session_wants_reply(session))
        return WAYBILL_MISUSE;
    if (session->state == STATE_GONE) {
        out->kind = MILTER_QUIT;
    } else if (session->end_follows) {
        session->end_follows = false;
        session->reply_due = true;
        out->kind = MILTER_MESSAGE_END;
    } else if (read_event(session, out) != WAYBILL_OK) {
        *out = (struct milter_event){.kind = MILTER_NEED_MORE};
    }
    session->last = out->kind;
    return session->status;
}

const char *milter_session_why(const struct milter_session *session)
{
    return session->why;
}

struct slice milter_session_macro(const struct milter_session *session, const char *name)
{
    return milter_macros_find(&session->macros, slice_str(name));
}

bool milter_session_wants_reply(const struct milter_session *session)
{
    bool ours = session->last == MILTER_MESSAGE_END ||
                (session->wishes->answers & MILTER_ANSWERS(session->last)) != 0;
    return session->reply_due && ours;
}

bool milter_session_can(const struct milter_session *session, enum milter_action action)
{
    return (session->actions_granted & (uint32_t)action) != 0;
}

struct slice milter_session_output(const struct milter_session *session)
{
    return slice_from(buffer_slice(&session->output), session->sent);
}

void milter_session_written(struct milter_session *session, size_t n)
{
    session->sent += n;
    if (session->sent < session->output.n)
        return;
    buffer_free(&session->output);
    session->sent = 0;
}
