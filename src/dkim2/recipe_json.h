/*
 * dkim2/recipe_json.h: the JSON of a recipe, for dkim2/recipe.c.
 */
#ifndef DKIM2_RECIPE_JSON_H
#define DKIM2_RECIPE_JSON_H

#include "base/slice.h"
#include "waybill/status.h"

#include <jansson.h>

/*
 * Loads the text; the caller gives *out back with json_decref. SYNTAX, with *why: it is no JSON of
 * UTF-8, a key stands twice, or it is longer or deeper than a recipe or has more brackets: neither
 * the parser's stack nor its memory is the sender's to choose. *out and *why are else NULL.
 */
enum waybill_status recipe_json_load(struct slice json, json_t **out, const char **why);

#endif
