/*
 * tests/support/recipes.h: recipes, headers and bodies from texts, for tests of DKIM2.
 */
#ifndef SUPPORT_RECIPES_H
#define SUPPORT_RECIPES_H

#include "dkim2/bodies.h"
#include "dkim2/fields.h"
#include "dkim2/recipe.h"

/* Reads the JSON; what is wrong with it, or NULL. */
const char *recipe_try(struct arena *arena, enum waybill_draft draft, struct slice json,
                       struct recipe *out);
/* The same where nothing is wrong. */
struct recipe recipe_of(struct arena *arena, enum waybill_draft draft, const char *json);

/* The header of a message, up to its blank line or end; lives as long as the arena and the text. */
struct header header_of(struct arena *arena, struct slice message);
/* What follows the blank line. */
struct slice body_of(struct slice message);

/* Of all fields that are signed, the octets that are hashed, in the arena. */
struct slice fields_text(struct arena *arena, const struct dkim2_fields *fields);

#endif
