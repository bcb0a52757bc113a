/*
 * base/text_error.h: sentences for the operator, "what is wrong: what to do".
 *
 * All that is not printable ASCII is made '?'; what does not fit is cut.
 */
#ifndef BASE_TEXT_ERROR_H
#define BASE_TEXT_ERROR_H

#include "base/slice.h"
#include "waybill/answers.h"

/* Octets of a word that goes into such a sentence, for "%.*s" of SLICE_ARGS(text_shown(…)). */
enum { TEXT_SHOWN_OCTETS = 40 };

/* Octets of every `why` of the public headers. */
enum { TEXT_WHY_OCTETS = 160 };

/* As much of a word as a sentence has room for. */
static inline struct slice text_shown(struct slice word)
{
    return slice_sub(word, 0, TEXT_SHOWN_OCTETS);
}

/* Fills *error; WAYBILL_SYNTAX, for the caller to return. */
enum waybill_status text_error(struct waybill_text_error *error, size_t line, const char *format,
                               ...) __attribute__((format(printf, 3, 4)));

/* Fills why; WAYBILL_REFUSED, for the caller to return. */
enum waybill_status text_refusal(char why[TEXT_WHY_OCTETS], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
