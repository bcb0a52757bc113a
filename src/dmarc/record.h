/*
 * dmarc/record.h: the DMARC Policy Record (RFC 9989 sections 4.7 and 4.8).
 *
 * A record is read for what can be used of it: whoever publishes one wants something, and one tag
 * in error takes nothing from the others.
 */
#ifndef DMARC_RECORD_H
#define DMARC_RECORD_H

#include "dmarc/dmarc.h"
#include "dmarc/uri.h"

/* p= for the name itself, sp= for what is below it, np= for what is below it and does not exist. */
enum dmarc_request { DMARC_P, DMARC_SP, DMARC_NP, DMARC_REQUESTS };

/* psd=: u, y, n. */
enum dmarc_psd { DMARC_PSD_UNKNOWN, DMARC_PSD_YES, DMARC_PSD_NO };

/* What fo= asks failure reports for, each a bit. */
enum dmarc_fo {
    DMARC_FO_NONE_ALIGNED = 1, /* 0: no mechanism gave an aligned pass */
    DMARC_FO_ANY_FAILED = 2,   /* 1: some mechanism did not */
    DMARC_FO_DKIM = 4,         /* d: a signature failed, aligned or not */
    DMARC_FO_SPF = 8,          /* s: SPF failed, aligned or not */
};

struct dmarc_record {
    struct slice text;
    /*
     * What is asked for, with section 4.10.1 applied: where one of the three is not valid and rua=
     * has a valid URI, p=none alone. p= counts as present where it is absent (section 4.7).
     */
    struct {
        bool present;
        enum dmarc_policy policy;
    } requests[DMARC_REQUESTS];
    bool applies;   /* false: one of the three is not valid and nobody wants reports: no DMARC */
    bool testing;   /* t=y */
    bool strict[2]; /* by dmarc_method: aspf=s, adkim=s */
    enum dmarc_psd psd;
    unsigned fo;                /* of dmarc_fo; the default where there is no ruf= */
    struct dmarc_uris rua, ruf; /* the valid ones */
    const char *why; /* the first thing that is wrong with the record; NULL: nothing; static */
};

/*
 * Parses one record's text, which *out points into. WAYBILL_SYNTAX: it is no DMARC record, since
 * v=DMARC1 is not its first tag. Other errors are passed over: out->why names the first. Of two
 * tags of one name the first holds.
 */
enum waybill_status dmarc_record_parse(struct arena *arena, struct slice text,
                                       struct dmarc_record *out);

/* The one record among the TXT records of an answer. NULL: there is none, or there are several,
 * which are all discarded (section 4.10). */
enum waybill_status dmarc_record_find(struct arena *arena, const struct waybill_answer *answer,
                                      const struct dmarc_record **out, bool *several);

/* Which request holds for a name below the record's that exists or not (section 4.7). */
enum dmarc_request dmarc_record_below(const struct dmarc_record *record, bool exists);

/* "p", "sp", "np". */
const char *dmarc_request_text(enum dmarc_request request);

#endif
