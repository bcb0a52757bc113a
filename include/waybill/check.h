/*
 * waybill/check.h: everything that can be found out about a message.
 *
 * A check is a pure function of octets, envelope, time and answers. It never blocks, reads no
 * clock and opens no socket: what it wants to know it lists as questions, and evaluates again when
 * answers came. The record is the same however the octets were cut and in whatever order and
 * portions the answers came.
 */
#ifndef WAYBILL_CHECK_H
#define WAYBILL_CHECK_H

#include "waybill/question.h"
#include "waybill/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct waybill_check;
struct waybill_message;
struct waybill_record;

enum waybill_progress {
    WAYBILL_MORE, /* the message has not ended; questions may be open already */
    WAYBILL_ASK,  /* questions are open */
    WAYBILL_DONE, /* the record is complete */
};

/* The envelope of RFC 5321 and who handed the message over; NULL is "not known" throughout.
 * Addresses with or without angle brackets; "<>" is the null sender. Copied. */
struct waybill_envelope {
    const char *ip;             /* the connecting client, IPv4 or IPv6 as text */
    const char *helo;           /* what it said in HELO or EHLO */
    const char *mail_from;      /* the reverse-path */
    const char *const *rcpt_to; /* the forward-paths */
    size_t rcpts;
    const char *receiver; /* the host that checks; an SPF explanation may name it */
};

/* Before the header ends; one a message. `now` in seconds since 1970 UTC. */
enum waybill_status waybill_check_new(struct waybill_message *message, int64_t now,
                                      struct waybill_check **out);
/* At any moment; NULL is fine. The record goes with it. */
void waybill_check_free(struct waybill_check *check);

/* Which methods are evaluated: 1u << enum waybill_method, added up; all of them at first. The others
 * ask nothing, cost nothing and have no section in the record. Before the envelope and the first
 * octet. What a method rests on and is not evaluated counts as not run: DMARC without SPF or DKIM. */
enum waybill_status waybill_check_methods(struct waybill_check *check, unsigned methods);

/* Before the first octet is fed, once. WAYBILL_SYNTAX: an ip that is none, or an address that is
 * none; the envelope is then not given yet. */
enum waybill_status waybill_check_envelope(struct waybill_check *check,
                                           const struct waybill_envelope *envelope);

/* The id of this passage through a site: 1 to 64 printable ASCII characters without spaces. */
enum waybill_status waybill_check_id(struct waybill_check *check, const char *id);

/* What is open now. *list stays as it is while its questions are answered, until the next call on
 * this check or its message that is not waybill_check_answer. */
enum waybill_status waybill_check_questions(struct waybill_check *check,
                                            const struct waybill_question **list, size_t *n);

/* An answer to a listed question, copied. The first answer to a question holds. */
enum waybill_status waybill_check_answer(struct waybill_check *check,
                                         const struct waybill_question *question,
                                         const struct waybill_answer *answer);

/* Evaluates everything with what is known now. */
enum waybill_status waybill_check_step(struct waybill_check *check,
                                       enum waybill_progress *progress);

/* After WAYBILL_DONE; NULL before. Lives as long as the check. */
const struct waybill_record *waybill_check_record(struct waybill_check *check);

#ifdef __cplusplus
}
#endif

#endif
