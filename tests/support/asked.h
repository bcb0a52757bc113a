/*
 * tests/support/asked.h: a program that a suite in Python asks: a JSON object a line in, one out.
 */
#ifndef SUPPORT_ASKED_H
#define SUPPORT_ASKED_H

#include "waybill/answers.h"

#include <jansson.h>

/* What is answered to one line; `self` is what asked_run was given. */
typedef json_t *asked_case(void *self, const json_t *input);

/* Answers all of standard input. Whatever is wrong with it ends the program. */
void asked_run(asked_case *one, void *self);

/* The member `zone`, in the text of waybill/answers.h; the caller frees it. */
struct waybill_answers *asked_zone(const json_t *input);

#endif
