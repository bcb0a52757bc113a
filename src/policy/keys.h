/*
 * policy/keys.h: with which keys the mail of a domain is signed.
 */
#ifndef POLICY_KEYS_H
#define POLICY_KEYS_H

#include "base/slice.h"
#include "waybill/answers.h"

/* What a key signs. */
enum key_use { KEY_DKIM = 1, KEY_DKIM2 = 2 };

struct key_line {
    const char *selector; /* in A-labels and lower case */
    const char *file;     /* of the private key, as it can be opened */
    unsigned uses;        /* enum key_use, added up */
    size_t line;
    const char *pattern; /* "example.org", "*.example.org", in A-labels */
};

struct key_table;

/*
 * The table of a key file's text: lines "PATTERN SELECTOR FILE [dkim] [dkim2]", a line without
 * either word meaning both, patterns as policy/pattern.h has them. A FILE that does not begin with
 * '/' is taken from `folder` on, which ends with a '/' or is empty. WAYBILL_SYNTAX and
 * WAYBILL_LIMIT fill *error; *out is NULL after any error. The table needs neither text nor folder
 * any more.
 */
enum waybill_status key_table_new(struct slice text, struct slice folder, struct key_table **out,
                                  struct waybill_text_error *error);
/* NULL is fine. */
void key_table_free(struct key_table *table);

/*
 * The keys of a domain, in A-labels and of any case: all lines of the closest pattern, which is the
 * domain itself, else the longest "*." pattern that covers it; in the order of the file. None: *n
 * is 0. It is the domain that signs (d=), not its pattern. The time goes with its labels, not with
 * the lines of the table; the lines live as long as the table.
 */
void key_table_find(const struct key_table *table, struct slice ascii_domain,
                    const struct key_line **out, size_t *n);

/* All lines, those of one pattern together: for whoever opens the files. */
const struct key_line *key_table_lines(const struct key_table *table, size_t *n);

#endif
