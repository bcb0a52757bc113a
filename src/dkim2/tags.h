/*
 * dkim2/tags.h: the tag lists of DKIM2's fields (spec-06 sections 7 and 8).
 *
 * Not those of key records (mail/taglist.h): names are without case, empty tags are passed over,
 * nothing but printable ASCII stands in a value, and every tag should end in ';'.
 */
#ifndef DKIM2_TAGS_H
#define DKIM2_TAGS_H

#include "base/limits.h"
#include "base/slice.h"
#include "dkim2/draft.h"

struct dkim2_tag {
    struct slice name;  /* as it stands */
    struct slice value; /* without FWS at both ends; may hold FWS inside */
};

struct dkim2_tags {
    struct dkim2_tag all[LIMIT_DKIM2_TAGS];
    size_t n;
    bool no_final_semicolon;
    const char *why; /* what is wrong, static, no final stop; NULL: nothing */
};

/* The tags before the first error, if there is one. They point into `value`. */
void dkim2_tags_parse(struct slice value, struct dkim2_tags *out);
/* The tag of this name, which is in lower case; or NULL. */
const struct dkim2_tag *dkim2_tags_find(const struct dkim2_tags *tags, struct slice name);

/* A row of a field's table: who reads a tag into `self`, answering NULL or why it cannot be read.
 */
struct dkim2_row {
    struct slice name;
    const char *(*read)(void *self, struct slice value);
    bool required;
};

/* What a reader answers where memory ran out; compared by its address. */
extern const char dkim2_no_memory[];

/* Reads all that is there; the first complaint, or NULL. *missing is then the row of a tag that is
 * not there, or NULL. */
const char *dkim2_tags_read(const struct dkim2_tags *tags, const struct dkim2_row *rows, size_t n,
                            void *self, const struct dkim2_row **missing);

/* --- values ----------------------------------------------------------------------------------- */

/* The next element of a list with this separator, trimmed of FWS; false at the end. *rest starts as
 * the value, *done as false. */
bool dkim2_list_next(struct slice *rest, bool *done, uint8_t separator, struct slice *out);

/* How many elements it has. */
size_t dkim2_list_count(struct slice value, uint8_t separator);

/* 1*DIGIT; what is over UINT64_MAX is that. */
bool dkim2_number(struct slice digits, uint64_t *out);

/* Letters, digits, '-' and '_': the names of algorithms and hashes, flags. */
bool dkim2_is_word(struct slice s);

#endif
