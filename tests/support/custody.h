/*
 * tests/support/custody.h: DKIM2 of one message, from its octets to the verdict.
 */
#ifndef SUPPORT_CUSTODY_H
#define SUPPORT_CUSTODY_H

#include "dkim2/dkim2.h"
#include "support/support.h"

/* Who answers: the answer, its data in `room`. */
typedef struct waybill_answer custody_answer(const void *self,
                                             const struct waybill_question *question,
                                             struct waybill_datum room[DNS_ROW_TEXTS]);

struct custody_input {
    struct slice message; /* CRLF */
    enum waybill_draft draft;
    int64_t now;           /* 0: LAB_NOW */
    const char *mail_from; /* NULL: the envelope is not known */
    const char *const *rcpt_to;
    size_t rcpts;
    size_t piece; /* octets of a portion as it is fed; 0: all at once */
    custody_answer *answer;
    const void *self;
};

struct custody {
    struct waybill_message *message;
    struct message_client client;
    struct arena arena;
    struct questions questions;
    struct evaluation evaluation;
    struct dkim2_envelope envelope;
    struct slice *rcpt_to;
    enum waybill_draft draft;
    struct dkim2 dkim2;
};

/* Feeds all, answers all, evaluates to the end. *out is freed whatever comes back, and does not
 * move. */
enum waybill_status custody_run(struct waybill_engine *engine, const struct custody_input *in,
                                struct custody *out);
void custody_free(struct custody *c);

/* The same where it cannot fail, with the lab's keys under every domain. The rows are beside them.
 */
struct custody_rows {
    const struct lab *lab;
    const struct dns_row *rows;
    size_t n;
};
custody_answer custody_by_rows;

#endif
