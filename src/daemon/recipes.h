/*
 * daemon/recipes.h: the recipes of one arrival, each made once for all copies that are alike.
 */
#ifndef DAEMON_RECIPES_H
#define DAEMON_RECIPES_H

#include "base/slice.h"
#include "waybill/dkim2.h"

/* Of one arrival; all zero are none. */
struct recipes {
    struct made *newest;
    size_t octets; /* that they take */
};

struct recipe_wish {
    struct waybill_engine *engine;
    enum waybill_draft draft;
    struct slice arrived, leaves;             /* whole messages */
    const struct waybill_revise_rules *rules; /* of a listener, which outlives them */
    bool forwards;                            /* what leaves may be changed as forwarding.h says */
};

/*
 * The recipe that undoes a change; *out is NULL where nothing that is signed differs. It lives as
 * long as they do. WAYBILL_REFUSED: *why says why.
 */
enum waybill_status recipes_find(struct recipes *recipes, const struct recipe_wish *wish,
                                 const struct waybill_recipe **out, const char **why);
void recipes_free(struct recipes *recipes);

#endif
