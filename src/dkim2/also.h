/*
 * dkim2/also.h: what the other draft says of a message.
 *
 * For the record and for people. No policy can read it: an older draft knows no Authentic From and
 * allows null recipes, so that falling back on it would be a downgrade.
 */
#ifndef DKIM2_ALSO_H
#define DKIM2_ALSO_H

#include "base/verdict.h"
#include "dkim2/draft.h"

struct dkim2_also {
    const struct dkim2_draft *draft;
    struct verdict verdict;
};

#endif
