/*
 * mail/encoded_word.h: the words of RFC 2047, for showing a field to a person.
 */
#ifndef MAIL_ENCODED_WORD_H
#define MAIL_ENCODED_WORD_H

#include "base/buffer.h"

/*
 * Appends a field's value as a person reads it: unfolded, runs of white space as one space, encoded
 * words of UTF-8, US-ASCII and ISO-8859-1 decoded; white space between two encoded words goes
 * (section 6.2). A word of another character set, or a malformed one, stands as it is. What comes
 * out is not escaped.
 */
void encoded_word_show(struct buffer *out, struct slice value);

#endif
