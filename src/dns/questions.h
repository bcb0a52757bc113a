/*
 * dns/questions.h: the questions of one check and the answers it has.
 *
 * A protocol asks and gets the answer or "open"; it goes on as far as it can either way. All
 * evaluations of a check run from the start against the same table, so asking is idempotent.
 */
#ifndef DNS_QUESTIONS_H
#define DNS_QUESTIONS_H

#include "base/arena.h"
#include "waybill/question.h"
#include "waybill/status.h"

/* A question, with its answer once there is one. */
struct asked {
    struct waybill_question question;
    struct waybill_answer answer;
    uint32_t hash; /* of the name: compared before anything else */
    bool answered;
    bool used; /* some evaluation rests on it; else it was asked ahead and not needed */
};

struct questions {
    struct arena *arena; /* of the check; holds names and answers */
    struct asked **all;  /* in the order they were raised */
    size_t n, capacity;
    bool refused;                  /* a question was refused at LIMIT_QUESTIONS or LIMIT_WAVES */
    struct waybill_question *open; /* what questions_open gave last; room for `capacity` */
};

/* An empty table. */
struct questions questions_new(struct arena *arena);

/* Forgets what was used: called before each evaluation of the whole check. */
void questions_restart(struct questions *q);

/*
 * Asks. *out is the entry, answered or not; NULL where a limit refused the question, or where
 * nobody can be asked it since no packet holds the name (RFC 1035 section 2.3.4), which the caller
 * treats as a permanent failure of its own. `wave` is 1 for what message, envelope and
 * settings raise, else one more than the highest wave among the answers that raised it; of two
 * askers of one question the lower wave holds. Names are taken without case and without a final
 * dot.
 */
enum waybill_status questions_ask(struct questions *q, enum waybill_question_kind kind,
                                  struct slice name, enum waybill_dns_type type,
                                  struct slice detail, unsigned wave, struct asked **out);

/* The usual case: a DNS question whose answer the evaluation uses if it is there. */
enum waybill_status questions_dns(struct questions *q, struct slice name,
                                  enum waybill_dns_type type, unsigned wave, struct asked **out);

/* Records an answer to a question of the table, copied; the first holds. MISUSE: no such question,
 * or an answer that contradicts itself; LIMIT: more data than LIMIT_ANSWER_RECORDS or
 * LIMIT_ANSWER_OCTETS allow. After both the question is as open as before. */
enum waybill_status questions_answer(struct questions *q, const struct waybill_question *question,
                                     const struct waybill_answer *answer);

/* The questions without an answer, in the order they were raised; valid until the next call. */
enum waybill_status questions_open(struct questions *q, const struct waybill_question **out,
                                   size_t *n);

#endif
