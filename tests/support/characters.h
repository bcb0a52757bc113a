/*
 * tests/support/characters.h: octets in JSON: a character U+0000 to U+00FF is one of them.
 */
#ifndef SUPPORT_CHARACTERS_H
#define SUPPORT_CHARACTERS_H

#include "base/arena.h"

#include <jansson.h>

/* The octets of a string, in the arena and followed by a NUL; p is NULL for what is no string. */
struct slice octets_of(struct arena *arena, const json_t *string);
/* A new string; null where p is NULL. */
json_t *characters_of(struct slice octets);

#endif
