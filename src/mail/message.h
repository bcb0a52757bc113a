/*
 * mail/message.h: inside a message, for the rooms that judge or sign it.
 */
#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

#include "mail/body.h"
#include "mail/header.h"
#include "waybill/message.h"

/* What a message may have that good ones have not; each has a defined outcome. */
enum oddity {
    ODDITY_LONE_CR,       /* an octet of its line */
    ODDITY_LONE_LF,       /* an octet of its line */
    ODDITY_CRLF_AMID_LF,  /* lines end in LF: the CR before one is dropped */
    ODDITY_NUL,           /* an octet as any other */
    ODDITY_EIGHT_BIT,     /* an octet as any other */
    ODDITY_MBOX_FROM,     /* "From " in the first line: not part of the message */
    ODDITY_NOT_A_FIELD,   /* a line without name and colon: the body begins with it */
    ODDITY_FOLDED_FIRST,  /* the first line begins with white space: the body begins with it */
    ODDITY_NO_BODY,       /* the message ends within the header: its body is empty */
    ODDITY_NO_FINAL_CRLF, /* the last line has no end: canonical forms give it one */
    ODDITIES,
};

/* "lone-cr" …, the words of the record. */
const char *oddity_text(enum oddity oddity);

struct oddity_count {
    uint64_t header, body; /* how often, up to the header's end and behind it */
};

/* Who is to be told that the header is complete: a check, a signer; and, where they are not NULL,
 * given the body as it arrives, its lines ended by CRLF, and told of its end. Lives in its owner.
 */
struct message_client {
    void *self;
    enum waybill_status (*header_ended)(void *self);
    enum waybill_status (*body)(void *self, struct slice octets);
    enum waybill_status (*body_ended)(void *self);
    struct message_client *next;
};

/* MISUSE when the header is complete already. */
enum waybill_status message_attach(struct waybill_message *message, struct message_client *client);
void message_detach(struct waybill_message *message, struct message_client *client);

/* One check a message: the slot is taken with `taken`, given back with NULL. */
struct waybill_check;
struct waybill_check **message_check_slot(struct waybill_message *message);

struct waybill_engine *message_engine(const struct waybill_message *message);
struct arena *message_arena(struct waybill_message *message);
/* Valid once the header is complete. */
struct header *message_header(struct waybill_message *message);
struct body *message_body(struct waybill_message *message);

bool message_has_started(const struct waybill_message *message);
bool message_has_ended(const struct waybill_message *message);
/* WAYBILL_OK, or what ended the message before its time: all that concern it then fail likewise. */
enum waybill_status message_status(const struct waybill_message *message);

/* Octets as they were fed, in all and of the body; lines as canonical forms see them. */
uint64_t message_octets(const struct waybill_message *message);
uint64_t message_body_octets(const struct waybill_message *message);
const struct oddity_count *message_oddity(const struct waybill_message *message,
                                          enum oddity oddity);
/* "crlf", "lf" or "none". */
const char *message_line_end(const struct waybill_message *message);

/* Asks for the longest line to be measured, before the first octet; its octets without line end. */
void message_measure_lines(struct waybill_message *message);
size_t message_longest_line(const struct waybill_message *message);

#endif
