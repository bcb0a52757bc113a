/*
 * tests/support/recipes.h: recipes, headers and bodies from texts, for tests of DKIM2.
 */
#ifndef SUPPORT_RECIPES_H
#define SUPPORT_RECIPES_H

#include "dkim2/bodies.h"
#include "dkim2/fields.h"
#include "dkim2/recipe.h"
#include "support/support.h"
#include "waybill/dkim2.h"

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

/* --- revised and undone ----------------------------------------------------------------------- */

/* Puts on top a Message-Instance m= with the recipe; json NULL: without one. */
void put_instance(struct buffer *message, unsigned m, struct slice json);

/* The message as it was at instance m, fed in pieces of chance, or at once where p is NULL. False:
 * it could not be made, and why is copied. */
bool undo_message(const struct lab *lab, struct slice message, unsigned m, struct prng *p,
                  struct buffer *out, char why[200]);

/* Whether both messages have the same header hash and the same body hash by draft 09. */
bool same_hashes(const struct lab *lab, struct slice a, struct slice b);

#endif
