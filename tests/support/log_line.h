/*
 * tests/support/log_line.h: a log line as somebody else reads it, to the letter of base/line.h.
 */
#ifndef SUPPORT_LOG_LINE_H
#define SUPPORT_LOG_LINE_H

#include "base/buffer.h"
#include "base/cursor.h"

/* What the line begins with, into *id, without its colon. False: it is no line. */
bool log_line_start(struct cursor *line, struct buffer *id, bool *cut);
/* The next pair: the key as it stands, the octets of the value added to *value, and whether not all
 * of them are there. False: at the end, or what follows is no pair. */
bool log_line_next(struct cursor *line, struct slice *key, struct buffer *value, bool *cut);

/* The value of the first pair with this key, as it is written, or a slice without p. */
struct slice log_line_value(struct slice line, const char *key);

#endif
