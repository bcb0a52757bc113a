/*
 * dkim2/revise.h: the recipe that makes a message as it arrived of the message as it leaves.
 *
 * Time and memory are linear: common lines at both ends, lines that stand once in each as anchors,
 * a search between them with a ceiling, and what remains is written out.
 */
#ifndef DKIM2_REVISE_H
#define DKIM2_REVISE_H

#include "dkim2/fields.h"

/* What must not be revealed: the operator removed it on purpose. */
struct revise_rules {
    const struct slice *secret; /* names of fields whose removed values no recipe may hold */
    size_t n_secret;
    size_t literals_most; /* octets of body literals; 0: any number */
};

/* Whole messages, lines ended by CRLF; they outlive *out, which points into them. *needed is false
 * where nothing that is signed differs. WAYBILL_REFUSED: a rule forbids it, *why says which, in the
 * arena. */
enum waybill_status revise(struct arena *arena, const struct dkim2_draft *draft,
                           struct slice before, struct slice after,
                           const struct revise_rules *rules, struct recipe *out, bool *needed,
                           const char **why);

#endif
