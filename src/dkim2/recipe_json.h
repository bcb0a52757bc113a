/*
 * dkim2/recipe_json.h: the JSON of a recipe, for dkim2/recipe.c.
 */
#ifndef DKIM2_RECIPE_JSON_H
#define DKIM2_RECIPE_JSON_H

#include "base/arena.h"
#include "waybill/status.h"

enum recipe_kind {
    RECIPE_OBJECT,
    RECIPE_LIST,
    RECIPE_STRING,
    RECIPE_INTEGER,
    RECIPE_NULL,
    RECIPE_OTHER
};

struct recipe_value {
    enum recipe_kind kind;
    size_t n; /* of an object or a list: members, from `first` by `next` */
    struct recipe_value *first, *next;
    struct recipe_value **by_key; /* of an object: in the order of slice_casecmp */
    struct slice key;             /* of a member of an object: its octets */
    struct slice text;            /* of a string: its octets */
    uint64_t number;              /* of an integer; 0 where it is negative */
};

/*
 * Reads the text: values into `values`, the octets of strings into `octets` where they do not stand
 * in the text itself, which outlives them. SYNTAX, with *why: it is no JSON of UTF-8 (RFC 8259)
 * whose whole is an object or a list, a key stands twice or has a NUL, an integer is none of 64
 * bits, or it is longer or deeper than a recipe or has more brackets: neither stack nor memory is
 * the sender's to choose. A value takes some hundred octets.
 */
enum waybill_status recipe_json_read(struct arena *values, struct arena *octets, struct slice json,
                                     struct recipe_value *out, const char **why);

#endif
