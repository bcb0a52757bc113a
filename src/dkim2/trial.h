/*
 * dkim2/trial.h: trying a recipe on whole messages, for dkim2/revise.c.
 */
#ifndef DKIM2_TRIAL_H
#define DKIM2_TRIAL_H

#include "dkim2/fields.h"

/* What of a message is signed. */
struct whole {
    struct header header;
    struct dkim2_fields fields;
    struct slice body; /* without the line ends at its end */
};

enum waybill_status whole_of(struct arena *arena, const struct dkim2_draft *draft,
                             struct slice message, struct whole *out);

/* Whether the recipe makes of `after` the octets that are hashed of `before`. */
enum waybill_status trial_of_recipe(struct arena *arena, const struct dkim2_draft *draft,
                                    const struct recipe *recipe, const struct whole *before,
                                    const struct whole *after, bool *same);

#endif
