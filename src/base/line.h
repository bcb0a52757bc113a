/*
 * base/line.h: lines of a log, "ID: key=value key=value", of which no value can forge another.
 *
 * A value stands as it is where it is all of [!-~] without '"', '\' and '='; else between quotation
 * marks, and in them '"', '\' and all that is not [ -~] are \xHH. So a quotation mark never stands
 * inside a value, whoever reads the line. At most LIMIT_SHOWN_OCTETS of the written form are shown;
 * where there is more, the quoted part ends in "\...". An empty value is "".
 */
#ifndef BASE_LINE_H
#define BASE_LINE_H

#include "base/buffer.h"

/* What a line begins with: a queue id, "NOQUEUE"; a colon follows. */
void line_start(struct buffer *line, struct slice id);
/* Keys are literals. */
void line_add(struct buffer *line, const char *key, struct slice value);
void line_add_number(struct buffer *line, const char *key, uint64_t number);

#endif
