/*
 * tests/support/custody_chance.h: DKIM2 on a message, as chance makes it.
 */
#ifndef SUPPORT_CUSTODY_CHANCE_H
#define SUPPORT_CUSTODY_CHANCE_H

#include "support/support.h"

/*
 * On top of a message whose fields are well formed: a hop of author.example, and perhaps one of
 * list.example, which may have revised; both go to <b@c.example> and <d@e.example>. And, by chance,
 * what is wrong. Without a fault the message arrives from <x@list.example>, or, after one hop, from
 * <a@author.example>.
 */
void custody_of_chance(const struct lab *lab, struct prng *p, struct buffer *message);

#endif
