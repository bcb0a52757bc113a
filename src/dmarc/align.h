/*
 * dmarc/align.h: alignment, and what it rests on (RFC 9989 section 4.10.2).
 */
#ifndef DMARC_ALIGN_H
#define DMARC_ALIGN_H

#include "dmarc/dmarc.h"

struct alignment {
    enum dmarc_alignment state;
    const char *why;           /* of a temporary error */
    struct slice organisation; /* the author's, where it was needed and is known; else p NULL */
};

/* As dmarc_align says it. */
enum waybill_status alignment_find(struct dmarc *dmarc, const struct dmarc_author *author,
                                   struct slice domain, bool strict, unsigned wave,
                                   struct alignment *out);

/* Whether both are domains that can have one Organizational Domain: it would end in their last
 * label. */
bool alignment_is_possible(const struct dmarc_author *author, struct slice domain);

#endif
