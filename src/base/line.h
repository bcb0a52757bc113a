/*
 * base/line.h: lines of a log, "ID: key=value key=value", of which no value can forge another.
 *
 * A value that is not all of [!-~], or holds '"', '\' or '=', stands between quotation marks; in
 * them other octets than [ -~] are \xHH, and '"' and '\' have a backslash before them. An empty
 * value is "". As much of it is shown as LIMIT_SHOWN_OCTETS octets hold as they are written; of one
 * that is longer the beginning stands between quotation marks, followed by "\...". So a value takes
 * LIMIT_VALUE_WRITTEN octets of a line at most, whoever made it.
 */
#ifndef BASE_LINE_H
#define BASE_LINE_H

#include "base/buffer.h"

/* What a line begins with: a queue id, "NOQUEUE". It is written as a value is. */
void line_start(struct buffer *line, struct slice id);
/* Keys are literals. */
void line_add(struct buffer *line, const char *key, struct slice value);
void line_add_number(struct buffer *line, const char *key, uint64_t number);

#endif
