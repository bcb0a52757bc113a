/*
 * arc/chain.h: the Authenticated Received Chain of a message (RFC 8617).
 *
 * The newest message signature and every seal decide the chain; every other message signature is
 * evaluated and recorded too, also where the chain has failed already (S-34).
 */
#ifndef ARC_CHAIN_H
#define ARC_CHAIN_H

#include "dkim/signature.h"

struct arc_aar;

/* One set; of each field the topmost with this instance, and how many there are. */
struct arc_set {
    unsigned instance;
    struct field *aar_field; /* NULL: there is none */
    struct arc_aar *aar;
    struct signature *message_signature, *seal; /* NULL: there is none */
    unsigned n_aar, n_message_signature, n_seal;
    bool whole;   /* one of each */
    bool covered; /* the structure says what the seal covers, and `digest` is over that */
    struct digest_value digest;
};

/* A field that belongs to no set, or is the second of its kind in one. */
struct arc_stray {
    struct slice name;
    size_t position;
    unsigned instance;           /* 0: none that is valid */
    struct signature *signature; /* NULL for an AAR */
};

struct arc_chain {
    struct arc_set *sets; /* sets[0] has instance 1 */
    size_t n;             /* the highest instance */
    struct arc_stray *strays;
    size_t n_strays;
    size_t fields; /* ARC fields in all */
    size_t beyond; /* fields beyond three for each of LIMIT_ARC_SETS: not looked at */

    struct verdict
        verdict;          /* of the chain: none, pass, fail, temperror; NOT_EVALUATED while open */
    struct slice failing; /* the name of the field that decided a failure; p NULL: the structure */
    unsigned failing_instance;
    uint64_t octets_hashed; /* for the seals; the message signatures count their own */
    bool ended;             /* the newest seal says cv=fail: never to be extended (section 5.1) */
    bool has_oldest;        /* header.oldest-pass can be told: the chain passes */
    unsigned oldest_pass;   /* the oldest set whose message signature still verifies; 0: all do */
};

/* When the header is complete: collects the sets, asks for keys and for digests of the body. */
enum waybill_status arc_plan(struct evaluation *e, struct arc_chain *out);
/* Each step: judges what can be judged. */
enum waybill_status arc_evaluate(struct evaluation *e, struct arc_chain *chain);

#endif
