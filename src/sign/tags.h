/*
 * sign/tags.h: writing a tag list as a folded field (RFC 6376 section 3.2).
 *
 * Folds stand between tags, behind the colons of a list, and inside base64; lines stay within 78
 * columns where the text allows it.
 *
 * Of the ARC fields a later seal covers every octet but the kind of white space: a handler that
 * folds anew moves the spaces inside a value and breaks the chain. So `unbroken` values hold no
 * fold, unless their line would be too long for SMTP.
 */
#ifndef SIGN_TAGS_H
#define SIGN_TAGS_H

#include "base/buffer.h"

struct tags_writer {
    struct buffer *out;
    size_t column;
    bool first;
    bool unbroken;
};

/* `name`: of the field, for the column where its value begins; it is not written. */
struct tags_writer tags_begin(struct buffer *out, struct slice name, bool unbroken);

void tags_add(struct tags_writer *w, const char *name, struct slice value);
void tags_add_number(struct tags_writer *w, const char *name, uint64_t number);
/* On a line of its own, so that the folds in it do not depend on what stands before. */
void tags_add_list(struct tags_writer *w, const char *name, struct slice value);
/* Octets in base64. None at all leaves "b=" for the hash; *cut is where the value stands. */
void tags_add_base64(struct tags_writer *w, const char *name, struct slice octets, size_t *cut);

/* A tag whose value is put together of pieces: on a new line where `room` columns do not fit. */
void tags_open(struct tags_writer *w, const char *name, size_t room);
/* On this line, whole. */
void tags_piece(struct tags_writer *w, struct slice text);
/* A place for a fold, which is made where `room` columns do not fit. */
void tags_may_fold(struct tags_writer *w, size_t room);
/* Octets in base64, folded anywhere so that `after` columns fit behind them. */
void tags_piece_base64(struct tags_writer *w, struct slice octets, size_t after);
/* The ';' that ends the list: DKIM2 wants it behind the last tag, too. */
void tags_end(struct tags_writer *w);

#endif
