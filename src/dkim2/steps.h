/*
 * dkim2/steps.h: the steps of a recipe that make one text of another.
 */
#ifndef DKIM2_STEPS_H
#define DKIM2_STEPS_H

#include "dkim2/diff.h"
#include "dkim2/recipe.h"

/* Line by line what is new in the text before, as literals, and copies of what is in both. */
struct steps {
    struct diff diff;
    uint64_t copies;         /* steps that copy */
    uint64_t literals;       /* lines that are literals, */
    uint64_t literal_octets; /* and their octets without line ends */
};

/* Which lines are copied. With `small` a line is a literal, though it stands in both, where to copy
 * it would take more room. */
enum waybill_status steps_find(struct arena *arena, struct slice before, struct slice after,
                               bool small, struct steps *out);

/* Octets of JSON that the steps take, or a few fewer where literals need to be escaped. */
uint64_t steps_json(const struct steps *steps);

/* The literals point into the text before. */
enum waybill_status steps_make(struct arena *arena, const struct steps *steps,
                               struct recipe_list *out);

#endif
