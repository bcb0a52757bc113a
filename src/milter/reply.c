#include "base/limits.h"
#include "milter/field.h"
#include "milter/machine.h"
#include "milter/protocol.h"

/* Whether the reply ends the message: what is said of one recipient concerns that one, unless it
 * accepts. */
static bool is_final(const struct milter_session *s, uint8_t reply)
{
    if (s->last == MILTER_MESSAGE_END)
        return true;
    if (!milter_machine_in_message(s) || reply == REPLY_CONTINUE)
        return false;
    return reply == REPLY_ACCEPT || s->last != MILTER_RCPT;
}

/* The verdict joins the actions, so that they leave together or not at all. */
static enum waybill_status reply(struct milter_session *s, uint8_t octet, const struct slice *parts,
                                 size_t n)
{
    if (s->status != WAYBILL_OK)
        return s->status;
    if (!s->reply_due)
        return WAYBILL_MISUSE;
    if (octet != REPLY_ACCEPT && octet != REPLY_CONTINUE)
        buffer_free(&s->actions);
    enum waybill_status status = milter_packet_add(&s->actions, octet, parts, n);
    if (status != WAYBILL_OK)
        return status;
    buffer_add(&s->output, buffer_slice(&s->actions));
    s->status = s->output.status;
    buffer_free(&s->actions);
    s->reply_due = false;
    if (is_final(s, octet))
        milter_machine_end_message(s);
    return s->status;
}

enum waybill_status milter_reply_continue(struct milter_session *session)
{
    return reply(session, REPLY_CONTINUE, NULL, 0);
}

enum waybill_status milter_reply_accept(struct milter_session *session)
{
    return reply(session, REPLY_ACCEPT, NULL, 0);
}

enum waybill_status milter_reply_reject(struct milter_session *session)
{
    return reply(session, REPLY_REJECT, NULL, 0);
}

enum waybill_status milter_reply_tempfail(struct milter_session *session)
{
    return reply(session, REPLY_TEMPFAIL, NULL, 0);
}

static bool is_printable(struct slice text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < ' ' || text.p[i] > '~')
            return false;
    return true;
}

/* RFC 5321 section 4.2: a code of a failure, and what it means. */
static bool is_refusal(struct slice text)
{
    return text.n > 4 && text.n <= LIMIT_REPLY_OCTETS && (text.p[0] == '4' || text.p[0] == '5') &&
           octet_is_digit(text.p[1]) && octet_is_digit(text.p[2]) && text.p[3] == ' ' &&
           is_printable(text);
}

enum waybill_status milter_reply_text(struct milter_session *session, const char *text)
{
    struct slice all = slice_str(text);
    if (!is_refusal(all))
        return WAYBILL_MISUSE;
    struct buffer doubled = buffer_new(2 * LIMIT_REPLY_OCTETS + 1);
    for (size_t i = 0; i < all.n; i++) {
        if (all.p[i] == '%') /* the MTA takes the text for a format */
            buffer_add_octet(&doubled, '%');
        buffer_add_octet(&doubled, all.p[i]);
    }
    buffer_add_octet(&doubled, 0);
    enum waybill_status status = doubled.status;
    if (status == WAYBILL_OK)
        status = reply(session, REPLY_TEXT, &(struct slice){doubled.p, doubled.n}, 1);
    buffer_free(&doubled);
    return status;
}

/* Whether a message stands at its end and no verdict was given. */
static enum waybill_status at_end(const struct milter_session *s)
{
    if (s->status != WAYBILL_OK)
        return s->status;
    return s->reply_due && s->last == MILTER_MESSAGE_END ? WAYBILL_OK : WAYBILL_MISUSE;
}

enum waybill_status milter_reply_progress(struct milter_session *session)
{
    enum waybill_status status = at_end(session);
    return status == WAYBILL_OK ? milter_machine_send(session, REPLY_PROGRESS, NULL, 0) : status;
}

static enum waybill_status may(const struct milter_session *s, enum milter_action action)
{
    enum waybill_status status = at_end(s);
    return status == WAYBILL_OK && !milter_session_can(s, action) ? WAYBILL_MISUSE : status;
}

/* The number stands where the reply has one. */
static enum waybill_status add_field(struct milter_session *s, uint8_t octet,
                                     const uint32_t *number, struct slice name, struct slice value)
{
    uint8_t octets[MILTER_NUMBER_OCTETS];
    struct buffer text = buffer_new(LIMIT_MILTER_SENT);
    if (!milter_field_is_safe(name, value))
        return WAYBILL_MISUSE;
    if (number)
        milter_number_write(*number, octets);
    milter_field_leaves(value, (s->steps & STEP_LEADING_SPACE) != 0, &text);
    const struct slice parts[] = {slice_of(octets, number ? sizeof octets : 0), name, SLICE("\0"),
                                  buffer_slice(&text), SLICE("\0")};
    enum waybill_status status = text.status;
    if (status == WAYBILL_OK)
        status = milter_packet_add(&s->actions, octet, parts, sizeof parts / sizeof *parts);
    buffer_free(&text);
    return status;
}

enum waybill_status milter_insert_header(struct milter_session *session, uint32_t index,
                                         struct slice name, struct slice value)
{
    enum waybill_status status = may(session, MILTER_CAN_ADD);
    return status == WAYBILL_OK ? add_field(session, REPLY_INSERT_HEADER, &index, name, value)
                                : status;
}

enum waybill_status milter_add_header(struct milter_session *session, struct slice name,
                                      struct slice value)
{
    enum waybill_status status = may(session, MILTER_CAN_ADD);
    return status == WAYBILL_OK ? add_field(session, REPLY_ADD_HEADER, NULL, name, value) : status;
}

enum waybill_status milter_change_header(struct milter_session *session, uint32_t ordinal,
                                         struct slice name, struct slice value)
{
    enum waybill_status status = may(session, MILTER_CAN_CHANGE);
    if (status == WAYBILL_OK && ordinal == 0)
        status = WAYBILL_MISUSE;
    return status == WAYBILL_OK ? add_field(session, REPLY_CHANGE_HEADER, &ordinal, name, value)
                                : status;
}

enum waybill_status milter_quarantine(struct milter_session *session, const char *reason)
{
    const struct slice parts[] = {slice_str(reason), SLICE("\0")};
    enum waybill_status status = may(session, MILTER_CAN_QUARANTINE);
    if (status == WAYBILL_OK && (parts[0].n == 0 || !is_printable(parts[0])))
        status = WAYBILL_MISUSE;
    return status == WAYBILL_OK ? milter_packet_add(&session->actions, REPLY_QUARANTINE, parts, 2)
                                : status;
}
