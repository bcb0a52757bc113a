/*
 * spf/spf.h: whether a client may send for a domain (SPF, RFC 7208).
 *
 * Two identities are asked about, MAIL FROM and HELO. A domain's record is asked for when the
 * envelope is known; what a record shows to be needed is asked ahead, all at once; what counts
 * against RFC 7208's limits is what evaluation, in its order, comes to.
 */
#ifndef SPF_SPF_H
#define SPF_SPF_H

#include "base/ip.h"
#include "base/verdict.h"
#include "dns/questions.h"

enum spf_scope { SPF_MAIL_FROM, SPF_HELO, SPF_SCOPES };

/* What the envelope says; p is NULL, n of the client is 0, for what is not known. */
struct spf_session {
    struct ip client;
    struct slice helo;
    struct slice mail_from; /* without angle brackets; empty but not NULL: the null path */
    struct slice receiver;  /* the host that checks, for %{r}; NULL: "unknown" (section 7.3) */
    int64_t now;            /* for %{t}: seconds since 1970 UTC */
};

/* A term on the way to the result: in the record of `domain`, as it stands there. */
struct spf_step {
    struct slice domain;
    struct slice term;
};

struct spf_check {
    /* none, neutral, pass, fail, softfail, temperror, permerror; NOT_EVALUATED with the reason
     * where the envelope does not say enough or a question was refused, without one while it is
     * open. */
    struct verdict verdict;
    struct slice local_part; /* of <sender>; postmaster where it has none (section 4.3) */
    struct slice domain;     /* of <sender>: A-labels in lower case where it is a domain, else as it
                                was given */
    /* The terms that led to the result, the outermost first: include:, then what matched in the
     * included record. Empty where no term decided. */
    struct spf_step *path;
    size_t n_path;
    unsigned lookups;      /* evaluated terms that count against LIMIT_SPF_LOOKUPS */
    unsigned void_lookups; /* and against LIMIT_SPF_VOID_LOOKUPS */
    /* What the domain has to say to the sender of a fail (exp=, section 6.2): printable ASCII; p is
     * NULL where it says nothing. Written by a stranger. */
    struct slice explanation;
};

struct spf_records;

struct spf {
    struct spf_check of[SPF_SCOPES];
    struct spf_session session;
    struct arena *arena; /* of the check */
    struct questions *questions;
    struct spf_records *records; /* parsed once each, kept between steps */
    unsigned ahead;              /* names asked ahead, at most LIMIT_SPF_AHEAD */
};

/* When the envelope is known: asks for the records of both identities. What the session points at
 * outlives *out. */
enum waybill_status spf_plan(struct arena *arena, struct questions *questions,
                             const struct spf_session *session, struct spf *out);
/* Each step: evaluates both identities from the start with the answers at hand, and asks. */
enum waybill_status spf_evaluate(struct spf *spf);

#endif
