/*
 * cli/difference.h: what a recipe undoes, as a person reads it: the lines that came and went.
 */
#ifndef CLI_DIFFERENCE_H
#define CLI_DIFFERENCE_H

#include "cli/page.h"
#include "dkim2/recipe.h"

/* `after` is the whole message as the change left it, with CRLF; its recipe makes the one before.
 */
enum waybill_status difference_write(struct page *page, struct slice after,
                                     const struct recipe *recipe);

#endif
