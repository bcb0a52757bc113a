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

/* An empty set, in which every name is answered `missing`, any status but WAYBILL_ANSWERED. NULL is
 * out of memory. */
struct waybill_answers *waybill_answers_new(enum waybill_answer_status missing);
void waybill_answers_free(struct waybill_answers *answers);

/*
 * Adds what a text says: JSON if its first octet that is not white space is '{', else an RFC 1035
 * zone file ($ORIGIN, $TTL, parentheses, \DDD, CNAME; $INCLUDE is refused).
 * The JSON text may set what a name is answered that is not listed. WAYBILL_SYNTAX and
 * WAYBILL_LIMIT fill *error; the set is then of no use but to be freed.
 */
enum waybill_status waybill_answers_read(struct waybill_answers *answers, const void *text,
                                         size_t n, struct waybill_text_error *error);

/*
 * Records an answer, copied. The first answer to a question holds; later ones change nothing.
 * MISUSE: a question nobody can be asked, or an answer that is not as waybill/question.h has it;
 * LIMIT: more data than a DNS message can carry.
 */
enum waybill_status waybill_answers_add(struct waybill_answers *answers,
                                        const struct waybill_question *question,
                                        const struct waybill_answer *answer);

/*
 * The answer to a question; names are taken without case. Valid until the set changes or is freed.
 * In the DNS aliases are followed, up to 16 (then "servfail"), and a name "*.NAME" answers for the
 * names below NAME that are not there and have no closer name that is (RFC 4592). Where the type
 * asked for is not listed: "nodata" if the name is listed, or one below it; "nxdomain" if all it is
 * listed with is that; else the set's `missing`. An alias whose target is not there is "nodata",
 * for "nxdomain" speaks of the name asked for.
 */
enum waybill_status waybill_answers_find(struct waybill_answers *answers,
                                         const struct waybill_question *question,
                                         struct waybill_answer *out);

/*
 * The set as JSON text with a final newline, by kind, name, type and detail, domain names in the
 * order of RFC 4034 section 6.1, so that equal sets give equal texts. *text ends with a NUL that *n
 * does not count; the caller frees it with free(). Reading it gives the same answers.
 */
enum waybill_status waybill_answers_write(const struct waybill_answers *answers, char **text,
                                          size_t *n);

#ifdef __cplusplus
}
#endif

#endif
