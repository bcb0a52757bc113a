/*
 * dmarc/author.h: what DMARC comes to for one Author Domain.
 */
#ifndef DMARC_AUTHOR_H
#define DMARC_AUTHOR_H

#include "dmarc/dmarc.h"

/* The wave of a walk that an identifier's result raised: keys and SPF's record are of the first. */
enum { DMARC_WAVE_OF_RESULTS = 2 };

/* Asks ahead for its walk and whether it exists. */
enum waybill_status author_plan(struct dmarc *dmarc, const struct dmarc_author *author);

/* From the start, with the answers at hand: all members of *author but `domain`. */
enum waybill_status author_evaluate(struct dmarc *dmarc, struct dmarc_author *author);

#endif
