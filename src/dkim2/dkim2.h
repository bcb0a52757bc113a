/*
 * dkim2/dkim2.h: the chain of custody of a message (DKIM2).
 */
#ifndef DKIM2_DKIM2_H
#define DKIM2_DKIM2_H

#include "base/verdict.h"
#include "dkim/evaluation.h"
#include "dkim2/bodies.h"
#include "dkim2/fields.h"
#include "dkim2/instance.h"
#include "dkim2/signature.h"

/* Something that is wrong, by the chosen draft. */
struct dkim2_found {
    enum dkim2_finding what;
    enum waybill_result state;
    const char *text;   /* the draft's sentence */
    unsigned signature; /* i= to which it is attributed; 0: the message as a whole */
};

/* The envelope with which the message arrived; given false: it is not known, and is not compared.
 */
struct dkim2_envelope {
    bool given;
    struct slice mail_from; /* as given, without brackets; empty but not NULL: the null path */
    const struct slice *rcpt_to;
    size_t rcpts;
};

struct dkim2_also; /* what another draft says (dkim2/also.h); no policy can read it */
struct dkim2_run;  /* inside: what is kept between steps */

struct dkim2 {
    const struct dkim2_draft *draft;
    /* pass: Fully Verified; fail, permerror, temperror; none without a DKIM2 field; NOT_EVALUATED
     * while open. `why` is the text of the first finding. */
    struct verdict verdict;
    bool provisional; /* Provisionally Verified: the newest signature, its hashes, the envelope */
    bool envelope_checked; /* false: it was not known; then nothing is Fully Verified either */
    struct dkim2_signature **signatures; /* [0] has i=1; NULL where it is missing */
    size_t n_signatures;                 /* the highest i= */
    struct dkim2_instance **instances;   /* [0] has m=1 */
    size_t n_instances;
    struct dkim2_found *found; /* all, in the order in which a verifier comes to them */
    size_t n_found;
    const struct dkim2_also *also; /* NULL where the other draft was not tried */
    uint64_t octets_hashed;        /* of headers and older bodies; the signatures count their own */
    struct dkim2_run *run;
};

/* When the header is complete: reads both fields, asks for every key in wave 1, composes the
 * recipes, wants the hashes of all bodies. */
enum waybill_status dkim2_plan(struct evaluation *e, enum waybill_draft draft,
                               const struct dkim2_envelope *envelope, struct dkim2 *out);
/* The body as it arrives, after dkim2_plan, and its end. */
enum waybill_status dkim2_body(struct dkim2 *dkim2, struct slice octets);
enum waybill_status dkim2_body_end(struct dkim2 *dkim2);
/* Each step. */
enum waybill_status dkim2_evaluate(struct evaluation *e, struct dkim2 *dkim2);
/* Gives up what is under way. */
void dkim2_drop(struct dkim2 *dkim2);

/* --- for signers ------------------------------------------------------------------------------ */

/* What a signature signs (spec-06 section 9.6): the instances up to its m= and the signatures
 * before its own, each as raw field in ascending order, then the field itself whose signature
 * values are empty. The digest, or, for pure algorithms, the octets themselves. */
struct dkim2_input {
    const struct field **fields; /* ascending: Message-Instances, then DKIM2-Signatures */
    size_t n;
    const struct field *own; /* its signature values are at these places of its value: */
    const struct slice *cuts;
    size_t n_cuts;
};
enum waybill_status dkim2_input_digest(struct crypto *crypto, const struct dkim2_input *input,
                                       enum digest_kind kind, struct digest_value *out);
enum waybill_status dkim2_input_octets(const struct dkim2_input *input, struct buffer *out);

/* Whether a domain is, or lies below, another: the relaxed domain match (section 9.4). */
bool dkim2_domain_matches(struct slice below, struct slice domain);

#endif
