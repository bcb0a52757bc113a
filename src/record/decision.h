/*
 * record/decision.h: what a receiver's policy came to, and on which evidence. Filled by policy/.
 */
#ifndef RECORD_DECISION_H
#define RECORD_DECISION_H

#include "dmarc/dmarc.h"
#include "waybill/policy.h"

/* A field of an ARC-Authentication-Results that a rule read (S-37). */
struct claim_read {
    unsigned instance;
    struct slice method;
    struct slice ptype, property; /* p is NULL: the method's result itself */
    struct slice value;
    bool decisive; /* without it the rule would have come to something else */
};

/* What a rule came to. */
struct rule_outcome {
    const char *name;
    bool matched;
    bool temporary;    /* it does not match for a temporary error: later it may */
    const char *why;   /* the first condition that does not hold; NULL where all do */
    unsigned instance; /* the set whose report it rests on, where it matched */
    struct claim_read *reads;
    size_t n_reads;
    enum waybill_disposition would; /* the disposition, were this rule in force */
};

/* A DKIM signature that a set says it saw, and that the message has no more. */
struct claim_gone {
    unsigned instance;
    struct slice domain, selector; /* p is NULL where the claim names none */
};

/* How a validated chain sits on its message (S-52, S-55, S-56, S-61, S-62): recorded, never fatal.
 */
struct chain_facts {
    bool known;               /* there is a chain that validates */
    unsigned first_untrusted; /* the newest set whose sealer is not trusted; 0: all are */
    const char *restarted;    /* what shows that handlers before the first set sealed, or signed;
                                 NULL: nothing does */
    size_t handlers_before; /* organisations that Received fields below the first set name, without
                               the first sealer and the author */
    bool client_known;      /* the envelope says who handed the message over */
    const char *client_is_sealer; /* "helo" or "mail-from", which lies in the newest sealer's
                                     domain; NULL: neither does */
    struct claim_gone *gone;
    size_t n_gone;
};

struct decision {
    bool made; /* the check has a policy */
    enum waybill_disposition disposition;
    enum dmarc_policy asked;  /* what DMARC asks for */
    bool lifted;              /* and the rule in force turned into none */
    unsigned failed;          /* what is enforced and failed: 1 << enum waybill_method */
    unsigned deferring;       /* what is to be waited for and had a temporary error, likewise */
    const char *reason;       /* why the disposition is what it is, in words */
    const char *reply;        /* the SMTP reply; NULL where there is none to give */
    struct rule_outcome rule; /* in force; its name is "off" where there is none */
    struct rule_outcome *shadows;
    size_t n_shadows;
    struct chain_facts chain;
};

#endif
