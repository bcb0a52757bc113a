/*
 * waybill/answers.h: a set of answers, read from a file's text and written again.
 *
 * A set holds answers to questions of every kind. It does no I/O: the program reads the file and
 * hands over its octets. One set belongs to one thread at a time.
 */
#ifndef WAYBILL_ANSWERS_H
#define WAYBILL_ANSWERS_H

#include "waybill/question.h"
#include "waybill/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct waybill_answers;

/* Where and why a text was not understood. */
struct waybill_text_error {
    size_t line;    /* from 1; 0 where the error has no line */
    char what[160]; /* what is wrong: what to do; printable ASCII */
};

/* An empty set, in which every name is answered `missing`. NULL is out of memory. */
struct waybill_answers *waybill_answers_new(enum waybill_answer_status missing);
void waybill_answers_free(struct waybill_answers *answers);

/*
 * Adds what a text says: JSON if its first octet that is not white space is '{', else an RFC 1035
 * zone file ($ORIGIN, $TTL, parentheses, \DDD, CNAME; $INCLUDE is refused).
 * A name without the type asked for is "nodata" where the set lists the name or one below it, else
 * the default of the set, which the JSON text may set. WAYBILL_SYNTAX and WAYBILL_LIMIT fill
 * *error; the set is then of no use but to be freed.
 */
enum waybill_status waybill_answers_read(struct waybill_answers *answers, const void *text,
                                         size_t n, struct waybill_text_error *error);

/* Records an answer, copied. The first answer to a question holds; later ones change nothing. */
enum waybill_status waybill_answers_add(struct waybill_answers *answers,
                                        const struct waybill_question *question,
                                        const struct waybill_answer *answer);

/* The answer to a question, aliases followed. Valid until the set changes or is freed. */
enum waybill_status waybill_answers_find(struct waybill_answers *answers,
                                         const struct waybill_question *question,
                                         struct waybill_answer *out);

/*
 * The set as JSON text with a final newline, in the order of the questions' names, so that equal
 * sets give equal texts. *text ends with a NUL that *n does not count; the caller frees it with
 * free(). Reading it gives the same answers.
 */
enum waybill_status waybill_answers_write(const struct waybill_answers *answers, char **text,
                                          size_t *n);

#ifdef __cplusplus
}
#endif

#endif
