/*
 * io/config_scan.h: the words of a configuration file.
 *
 * Nothing is filled in, dropped or taken for something else: what is no word, no quoted text, no
 * mark and no comment is an error that says how to write it.
 */
#ifndef IO_CONFIG_SCAN_H
#define IO_CONFIG_SCAN_H

#include "base/arena.h"
#include "base/cursor.h"
#include "base/text_error.h"

enum config_token {
    CONFIG_TOKEN_END,
    CONFIG_TOKEN_WORD,
    CONFIG_TOKEN_QUOTED,
    CONFIG_TOKEN_EQUALS,
    CONFIG_TOKEN_OPEN,
    CONFIG_TOKEN_CLOSE,
    CONFIG_TOKEN_COMMA
};

struct config_scan {
    struct cursor c;
    size_t line;       /* of the last token */
    struct slice text; /* of the last word or quoted text, as it stands between the quotes */
    struct waybill_text_error *error;
};

static inline struct config_scan config_scan_new(struct slice text,
                                                 struct waybill_text_error *error)
{
    return (struct config_scan){cursor_new(text), 1, {NULL, 0}, error};
}

/* The next token. WAYBILL_SYNTAX fills *error. */
enum waybill_status config_scan_next(struct config_scan *scan, enum config_token *out);

/* A copy of a text of config_scan_next without its backslashes, a NUL behind; false is out of
 * memory. */
bool config_scan_plain(struct arena *arena, struct slice text, struct slice *out);

#endif
