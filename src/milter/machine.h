/*
 * milter/machine.h: what a session is made of; for the files of this room.
 *
 *     NEW --OPTNEG--> AGREED --CONNECT--> IDLE --MAIL--> MAIL --RCPT--> RCPT --DATA--> DATA
 *                                          |                             |             |
 *                                         HELO                         HEADER, HEADER_END
 *                                                                        v             v
 *                                          END <--MESSAGE_END-- BODY <--HEADER_END-- HEADER
 *
 *     MAIL to END --ABORT, a final reply; MAIL or HELO where they do not belong--> IDLE
 *     all but NEW --QUIT_NC--> AGREED
 *     all --QUIT--> GONE
 *
 * The table of commands in session.c has the exact sets; milter_machine_end_message is the way back
 * to IDLE.
 */
#ifndef MILTER_MACHINE_H
#define MILTER_MACHINE_H

#include "milter/packet.h"
#include "milter/session.h"

enum milter_state {
    STATE_NEW,
    STATE_AGREED,
    STATE_IDLE,
    STATE_MAIL, /* the first of a message */
    STATE_RCPT,
    STATE_DATA,
    STATE_HEADER,
    STATE_BODY,
    STATE_END, /* the last of a message */
    STATE_GONE,
    STATE_STAYS, /* none: a command that changes nothing */
};

struct milter_session {
    const struct milter_wishes *wishes;
    struct milter_reader reader;
    struct milter_macros macros;
    struct buffer value;  /* of the field of the last event, where it is not as it came */
    struct buffer output; /* whole packets */
    size_t sent;          /* octets of `output` that have left */
    struct buffer actions;
    enum milter_state state;
    uint32_t actions_granted, steps; /* the outcome of the negotiation */
    enum milter_event_kind last;
    bool reply_due;    /* the MTA waits for an answer to the last event */
    bool end_follows;  /* the last packet of the body had octets: MESSAGE_END is the next event */
    bool message_over; /* its macros go with the next event */
    enum waybill_status status;
    char why[96];
};

/* Between MAIL and what ends a message. */
bool milter_machine_in_message(const struct milter_session *s);

/* The message is over; what was collected for it is dropped, but its macros. */
void milter_machine_end_message(struct milter_session *s);

/* Appends a reply to the output; a failure of it is the session's. */
enum waybill_status milter_machine_send(struct milter_session *s, uint8_t reply,
                                        const struct slice *parts, size_t n);

/* Agrees with what the MTA offers: the data of OPTNEG; appends the answer. NULL: fine; else what is
 * wrong with the offer. */
const char *milter_negotiate(struct milter_session *s, struct slice offer);

/* What an MTA says with a command, taken apart into *out, whose kind is set. NULL: fine; else what
 * is wrong with it. */
const char *milter_read_connect(struct slice data, struct milter_event *out);
const char *milter_read_helo(struct slice data, struct milter_event *out);
const char *milter_read_address(struct slice data, struct milter_event *out);
/* The value as it came. */
const char *milter_read_header(struct slice data, struct milter_event *out);

#endif
