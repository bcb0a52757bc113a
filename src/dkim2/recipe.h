/*
 * dkim2/recipe.h: how an older state of a message is made of a newer one (spec-06 section 5).
 */
#ifndef DKIM2_RECIPE_H
#define DKIM2_RECIPE_H

#include "base/buffer.h"
#include "dkim2/draft.h"

struct recipe_step {
    bool copies;            /* the lines or fields `first` to `last`, from 1; else the literals */
    uint64_t first, last;   /* ascending among the copies of a list, never overlapping */
    struct slice *literals; /* without line ends; octets of any value but CR and LF */
    size_t n;
};

struct recipe_list {
    struct recipe_step *steps; /* none: nothing is left */
    size_t n;
};

/* What becomes of the fields of a name: numbered and emitted bottom up. */
struct recipe_field {
    struct slice name; /* in lower case */
    struct recipe_list list;
};

struct recipe {
    struct recipe_field *fields; /* by name, each once */
    size_t n_fields;
    bool has_body;           /* the body changed: */
    bool null_body;          /* it cannot be recreated; else */
    struct recipe_list body; /* numbered and emitted top down */
    bool of_any_draft;       /* it says the same by every one */
};

/*
 * The value of r=, base64 with white space, in the arena. WAYBILL_SYNTAX: it is no recipe of this
 * draft, and *why says what is wrong, in words without a final stop, static. Over
 * LIMIT_RECIPE_OCTETS of JSON, or nested deeper than a recipe is, is WAYBILL_SYNTAX too.
 */
enum waybill_status recipe_parse(struct arena *arena, const struct dkim2_draft *draft,
                                 struct slice base64, struct recipe *out, const char **why);

/* The JSON of a recipe, in one line, keys in a fixed order: literals that are UTF-8 as "d", others
 * as "u" where the draft has that; else WAYBILL_REFUSED. The buffer's status tells the rest. */
enum waybill_status recipe_write(const struct recipe *recipe, const struct dkim2_draft *draft,
                                 struct buffer *json);

#endif
