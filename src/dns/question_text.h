/*
 * dns/question_text.h: the words of waybill/question.h, read back.
 */
#ifndef DNS_QUESTION_TEXT_H
#define DNS_QUESTION_TEXT_H

#include "base/slice.h"
#include "waybill/question.h"

/* The type no check asks for, but which a set of answers holds (RFC 1035 section 3.2.2). */
enum { DNS_CNAME = 5 };

enum { NO_SUCH_WORD = -1 };

/* The value of a word, or NO_SUCH_WORD; DNS types, DNS_CNAME among them, without case. */
int question_kind_of(struct slice word);
int answer_status_of(struct slice word);
int dns_type_of(struct slice word);

/* Whether a set of answers can hold data of the type. */
bool dns_type_is_kept(int type);

#endif
