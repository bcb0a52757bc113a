/*
 * dns/fuzz_answers.h: what holds for every set that a reader of answers made.
 */
#ifndef DNS_FUZZ_ANSWERS_H
#define DNS_FUZZ_ANSWERS_H

#include "dns/answer_set.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void must(bool holds)
{
    if (!holds)
        abort();
}

static inline void look_up(struct waybill_answers *set)
{
    static const char *const names[] = {"a", "a.b", "x.y.a.b", "example.org", ""};
    struct waybill_answer a;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct waybill_question q = {
            .name = names[i], .name_octets = strlen(names[i]), .type = WAYBILL_DNS_TXT};
        must(waybill_answers_find(set, &q, &a) == WAYBILL_OK);
        must((a.status == WAYBILL_ANSWERED) == (a.n > 0));
    }
}

/* What a set is written as reads as the same set. */
static inline void write_and_read(struct waybill_answers *set)
{
    char *text, *again;
    size_t n, n_again;
    struct waybill_text_error error;
    struct waybill_answers *copy = waybill_answers_new(WAYBILL_SERVFAIL);
    must(copy != NULL);
    must(waybill_answers_write(set, &text, &n) == WAYBILL_OK);
    must(waybill_answers_read(copy, text, n, &error) == WAYBILL_OK);
    must(waybill_answers_write(copy, &again, &n_again) == WAYBILL_OK);
    must(slice_eq(slice_of(text, n), slice_of(again, n_again)));
    free(text);
    free(again);
    waybill_answers_free(copy);
}

typedef enum waybill_status reader_of_answers(struct waybill_answers *, struct slice,
                                              struct waybill_text_error *);

static inline void fuzz_answers(reader_of_answers *read, struct slice text)
{
    struct waybill_text_error error = {0, ""};
    struct waybill_answers *set = waybill_answers_new(WAYBILL_NXDOMAIN);
    must(set != NULL);
    enum waybill_status status = read(set, text, &error);
    must(status == WAYBILL_OK || status == WAYBILL_SYNTAX || status == WAYBILL_LIMIT);
    must((status == WAYBILL_OK) == (error.what[0] == '\0'));
    if (status == WAYBILL_OK) {
        write_and_read(set);
        look_up(set);
        write_and_read(set);
    }
    waybill_answers_free(set);
}

#endif
