/*
 * dmarc/dmarc.h: what a domain owner wants done with mail in its name (DMARC, RFC 9989).
 *
 * The tree walks of all domains that can matter are asked for in one wave when the header is
 * complete; evaluation uses of them what RFC 9989 section 4.10 comes to.
 */
#ifndef DMARC_DMARC_H
#define DMARC_DMARC_H

#include "base/verdict.h"
#include "dns/questions.h"
#include "mail/address.h"

enum dmarc_policy { DMARC_NONE, DMARC_QUARANTINE, DMARC_REJECT };

/* What a domain was authenticated by. */
enum dmarc_method { DMARC_BY_SPF, DMARC_BY_DKIM, DMARC_BY_DKIM2 };

enum dmarc_standing {
    DMARC_OPEN,      /* its method has not come to a result */
    DMARC_PASSED,    /* an Authenticated Identifier (section 3.2.1) */
    DMARC_FAILED,    /* none: the method came to another result */
    DMARC_UNCERTAIN, /* a temporary error: it may be one */
    DMARC_NOT_RUN,   /* the method could not be run; `domain` is not known */
};

/* A domain that can speak for the Author Domain. */
struct dmarc_identifier {
    enum dmarc_method method;
    struct slice domain; /* A-labels, lower case */
    enum dmarc_standing standing;
};

enum dmarc_alignment { DMARC_ALIGN_OPEN, DMARC_ALIGNED, DMARC_NOT_ALIGNED, DMARC_ALIGN_TEMPERROR };

struct dmarc_record;

/* One Author Domain (section 3.2.2) and what was found for it. */
struct dmarc_author {
    struct slice domain; /* A-labels, lower case; as it stands where it is no domain */
    /* none, pass, fail, temperror, permerror; NOT_EVALUATED without a reason while it is open, with
     * one where only what was not run could have passed. */
    struct verdict verdict;
    const struct dmarc_record *record; /* that applies; NULL: none */
    struct slice policy_domain;        /* where it stands; p NULL: nowhere */
    struct slice organisation;   /* the Organizational Domain; p NULL: not needed, not known */
    const char *tag;             /* "p", "sp", "np": which one holds; NULL: none */
    enum dmarc_policy published; /* what it says */
    enum dmarc_policy policy;    /* the same after t=y (section 4.7): policy.dmarc */
    /* Places of the identifiers that passed and are aligned with it. */
    size_t *aligned;
    size_t n_aligned;
};

struct dmarc_walks;

struct dmarc {
    struct dmarc_author *authors; /* one each domain of From, in their order */
    size_t n;
    size_t beyond;                        /* domains over LIMIT_DMARC_AUTHORS: not evaluated */
    struct dmarc_identifier *identifiers; /* the caller's; it keeps `standing` up to date */
    size_t n_identifiers;
    const char *from_why; /* what is wrong with From; NULL: nothing */
    /* Of all authors: the worst of fail, temperror, permerror, NOT_EVALUATED, none, pass (section
     * 11.5); permerror where there is no Author Domain. */
    struct verdict verdict;
    enum dmarc_policy policy; /* the strictest among the authors that fail; NONE else */
    struct arena *arena;      /* of the check */
    struct questions *questions;
    struct dmarc_walks *walks; /* parsed once each, kept between steps */
};

/*
 * When the header is complete: from->all are the mailboxes of all From fields, from->why says what
 * is wrong with them. Asks, in wave 1, for the walk of every Author Domain and whether it exists,
 * and for the walk of every identifier's domain that differs from an Author Domain and shares its
 * last label with one.
 */
enum waybill_status dmarc_plan(struct arena *arena, struct questions *questions,
                               const struct mailboxes *from, struct dmarc_identifier *identifiers,
                               size_t n, struct dmarc *out);
/* Each step. */
enum waybill_status dmarc_evaluate(struct dmarc *dmarc);

/*
 * Whether a domain, in A-labels and lower case, is aligned with an Author Domain: identical, or,
 * unless `strict`, of the same Organizational Domain. What is not asked yet is asked in this wave.
 */
enum waybill_status dmarc_align(struct dmarc *dmarc, const struct dmarc_author *author,
                                struct slice domain, bool strict, unsigned wave,
                                enum dmarc_alignment *out);

/* "none", "quarantine", "reject". */
const char *dmarc_policy_text(enum dmarc_policy policy);

#endif
