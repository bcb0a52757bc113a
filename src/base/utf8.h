/*
 * base/utf8.h: which octets are text (RFC 3629).
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/slice.h"

/* Octets of the well-formed UTF-8 character at the start of s, 1 to 4; 0 where there is none. */
size_t utf8_length(struct slice s);

/* The same, but 0 also for the control characters C0, DEL, C1, the line and paragraph
 * separators and the characters that change the direction of text around them. */
size_t utf8_printable(struct slice s);

/* Whether all of s is well-formed. */
bool utf8_valid(struct slice s);

#endif
