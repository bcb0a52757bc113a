/*
 * dns/answer_set.h: the inside of waybill/answers.h.
 */
#ifndef DNS_ANSWER_SET_H
#define DNS_ANSWER_SET_H

#include "dns/key.h"
#include "waybill/answers.h"

/* An answer of the set. An alias is an answer of type DNS_CNAME with one name as its data. */
struct listed {
    struct key key;
    struct waybill_answer answer;
    size_t added; /* which of all that were added it was: the first to a question holds */
};

struct waybill_answers {
    struct arena arena;
    enum waybill_answer_status missing;
    struct listed **all;
    size_t n, capacity;
    size_t added;
    /* Made for the first look-up after a change: `all` in key_order, one a question, and the names
     * of the DNS that are there, each once, in name_order. */
    bool indexed;
    struct slice *owners; /* room for `capacity` */
    size_t n_owners;
};

/* Adds an answer, copied, whose data are in their normal form. As answer_copy. */
enum waybill_status answers_put(struct waybill_answers *set, const struct key *key,
                                const struct waybill_answer *answer);

/* Sorts by key_order and keeps the first answer to each question; how many these are. */
size_t answers_sort(struct listed **all, size_t n);

/* The two readers of waybill_answers_read. */
enum waybill_status zone_read(struct waybill_answers *set, struct slice text,
                              struct waybill_text_error *error);
enum waybill_status answers_json_read(struct waybill_answers *set, struct slice text,
                                      struct waybill_text_error *error);

#endif
