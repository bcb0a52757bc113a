/*
 * milter/session.h: one connection from an MTA, as a machine; we are its filter.
 *
 * Octets go in, events come out one at a time, answers go in, octets come out; the session does no
 * I/O, waits for nothing and knows no time. A caller does this until the event is QUIT or the
 * status is not OK:
 *
 *     milter_session_feed(s, what the socket gave)
 *     while no reply is wanted and the event that milter_session_next gives is not NEED_MORE:
 *         look at it; where a reply is wanted, give it, now or later
 *     send milter_session_output(s), and tell milter_session_written(s, n)
 *
 * While a reply is wanted the socket is better not read. The protocol is that of libmilter, version
 * 6 and older ones down to 2; it is Sendmail's and Postfix's, and no RFC has it.
 *
 * A session belongs to one thread at a time. After a status other than MISUSE from feed or next, it
 * says the same for good and can only be freed; the socket is to be closed.
 */
#ifndef MILTER_SESSION_H
#define MILTER_SESSION_H

#include "base/slice.h"
#include "milter/macros.h"
#include "waybill/status.h"

enum milter_event_kind {
    MILTER_NEED_MORE, /* no event before there are more octets */
    MILTER_CONNECT,   /* host, family, port, address */
    MILTER_HELO,      /* name */
    MILTER_MAIL,      /* address, parameters; a message begins */
    MILTER_RCPT,      /* address, parameters */
    MILTER_DATA,      /* version 4 and later only */
    MILTER_HEADER,    /* name, value */
    MILTER_HEADER_END,
    MILTER_BODY,           /* octets */
    MILTER_MESSAGE_END,    /* all is there: actions are possible, a reply is wanted */
    MILTER_ABORT,          /* the message is over without a verdict; the connection stays */
    MILTER_NEW_CONNECTION, /* all is over but the negotiation; CONNECT follows on the same socket */
    MILTER_QUIT,           /* all is over; what still arrives is ignored */
};

/* The octets that name them in the protocol. */
enum milter_family {
    MILTER_FAMILY_UNKNOWN =
        'U', /* no port, no address: standard input, or what an MTA cannot say */
    MILTER_FAMILY_UNIX = 'L',
    MILTER_FAMILY_INET = '4',
    MILTER_FAMILY_INET6 = '6',
};

/* Members that a kind does not name are zero. Slices live until the next call of feed or next. */
struct milter_event {
    enum milter_event_kind kind;
    struct slice host; /* the client's name by reverse look-up, or what the MTA takes for it */
    enum milter_family family;
    uint16_t port;
    /* CONNECT: an IP address as text, without the "IPv6:" that Sendmail writes, or a path; not
     * judged here. MAIL, RCPT: as the client gave it, mostly between angle brackets. */
    struct slice address;
    struct slice parameters; /* of ESMTP, to be walked with milter_parameter */
    struct slice name;       /* HELO: what the client calls itself; HEADER: the field's name */
    /* What stands between the colon and the last line end, folded with CRLF. The MTA sends LF: one
     * before SP or HTAB was a CRLF; any other lone CR or LF is an octet of the value. Where leading
     * space was not agreed on, MTAs leave out one space behind the colon, and it is put back; a
     * value that had none has one then. */
    struct slice value;
    struct slice octets; /* of the body, with CRLF line ends */
};

/* Takes the next parameter off *rest; false where there is none. */
bool milter_parameter(struct slice *rest, struct slice *out);

/* What may be done with a message at its end, if the MTA grants it. */
enum milter_action {
    MILTER_CAN_ADD = 0x01,    /* milter_insert_header, milter_add_header */
    MILTER_CAN_CHANGE = 0x10, /* milter_change_header */
    MILTER_CAN_QUARANTINE = 0x20,
};

/* The bit of an event in `answers`. */
#define MILTER_ANSWERS(kind) (1u << (kind))

/* What is wished for; what the MTA does not offer is not had. Lives as long as the sessions that
 * were made with it. */
struct milter_wishes {
    unsigned actions; /* of enum milter_action, joined by | */
    /* Events that the caller answers itself, MILTER_ANSWERS joined by |, beside MESSAGE_END, which
     * it always does: CONNECT to BODY are possible. Of the others the MTA is told that nobody
     * answers; if it wants an answer, the session gives "continue". */
    unsigned answers;
    bool no_body; /* no BODY events; the MTA is spared sending bodies where it can be */
    /* Macros wanted of each stage, "i {auth_type}"; NULL: those that the MTA is set to give. */
    const char *macros[MILTER_STAGES];
};

struct milter_session;

/* NOMEM, or OK. */
enum waybill_status milter_session_new(const struct milter_wishes *wishes,
                                       struct milter_session **out);
void milter_session_free(struct milter_session *session);

/* Takes octets from the MTA, copied. LIMIT: more arrives than LIMIT_MILTER_HELD without being
 * taken as events. */
enum waybill_status milter_session_feed(struct milter_session *session, struct slice octets);

/*
 * The next event. SYNTAX: the MTA broke the protocol, milter_session_why says how; LIMIT: a packet
 * beyond LIMIT_MILTER_PACKET, or output that nobody takes; MISUSE: a reply is wanted first.
 *
 * After MAIL come RCPT (one or more), DATA, HEADER (any number), HEADER_END, BODY (any number) and
 * MESSAGE_END, in this order, and any of it may be followed by ABORT, QUIT or NEW_CONNECTION, each
 * of which ends the message, as a reply does that is final. An MTA that begins another message or
 * greeting within one aborts it: ABORT comes before MAIL or HELO.
 */
enum waybill_status milter_session_next(struct milter_session *session, struct milter_event *out);

/* Which command, and what was wrong with it, after SYNTAX or a LIMIT of a packet; else empty. */
const char *milter_session_why(const struct milter_session *session);

/*
 * The newest value of a macro; "i" and "{i}" are the same. A later stage's hides an earlier one's.
 * Those of MAIL and later are forgotten with the message, by the call of next that follows its
 * final reply. p is NULL where it was not given: ask late, for Postfix gives a message its queue
 * id only behind the first recipient. Lives until the next call of next.
 */
struct slice milter_session_macro(const struct milter_session *session, const char *name);

/* Whether the last event is to be answered before the next is read. */
bool milter_session_wants_reply(const struct milter_session *session);

/* Whether the MTA grants it: known once the first event is there. */
bool milter_session_can(const struct milter_session *session, enum milter_action action);

/*
 * Replies to the last event, at most one each. MISUSE: none is expected, now or (where the MTA was
 * told so) ever for this event. Final for a message, which is over then: all replies at
 * MESSAGE_END, accept everywhere, the refusals everywhere but at RCPT, where they concern one
 * recipient; continue elsewhere, and whatever is said to CONNECT and HELO, is not. Accepting lets
 * the message pass this filter only: others go on. Discarding is absent on purpose (design 5.10).
 */
enum waybill_status milter_reply_continue(struct milter_session *session);
enum waybill_status milter_reply_accept(struct milter_session *session);
enum waybill_status milter_reply_reject(struct milter_session *session);
enum waybill_status milter_reply_tempfail(struct milter_session *session);
/* A refusal in our words: "550 5.7.1 text", a code of 4xx or 5xx, SP, text of printable ASCII; in
 * all at most LIMIT_REPLY_OCTETS. MISUSE: it is not that. */
enum waybill_status milter_reply_text(struct milter_session *session, const char *text);
/* No answer yet, but the MTA's patience begins anew. At MESSAGE_END only; leaves at once. */
enum waybill_status milter_reply_progress(struct milter_session *session);

/*
 * Actions, at MESSAGE_END before the reply; they leave together with it, in the order in which they
 * were called, and a refusal drops them. Names and values end with their last octet: no line end. A
 * value is what follows the colon, its space included, as in events; it may fold with CRLF or LF.
 * MISUSE: not at MESSAGE_END, not granted, or text that would not stay one field; LIMIT: longer
 * than LIMIT_MILTER_SENT, or more actions than LIMIT_MILTER_WAITING holds. After both, nothing of
 * the action is kept. After NOMEM and the latter LIMIT further actions fail as well: the message
 * can still be refused.
 */
/* A field before field `index` of the header as it is; 0 is the top, above the Received field that
 * the MTA itself writes and no event shows. */
enum waybill_status milter_insert_header(struct milter_session *session, uint32_t index,
                                         struct slice name, struct slice value);
/* A field at the end of the header. */
enum waybill_status milter_add_header(struct milter_session *session, struct slice name,
                                      struct slice value);
/* The field that is number `ordinal`, from 1, of its name; an empty value removes it. */
enum waybill_status milter_change_header(struct milter_session *session, uint32_t ordinal,
                                         struct slice name, struct slice value);
/* The MTA keeps the message for a person to look at. The reason is printable ASCII, not empty. */
enum waybill_status milter_quarantine(struct milter_session *session, const char *reason);

/* Octets to be sent; valid until any other call. */
struct slice milter_session_output(const struct milter_session *session);
/* The first n of them were sent. */
void milter_session_written(struct milter_session *session, size_t n);

#endif
