/*
 * dkim/signature.h: one signature, whatever field it stands in.
 *
 * DKIM-Signature (RFC 6376 section 3.5), ARC-Message-Signature and ARC-Seal (RFC 8617 sections
 * 4.1.2 and 4.1.3) share their tags; one table says which tag each of them wants.
 */
#ifndef DKIM_SIGNATURE_H
#define DKIM_SIGNATURE_H

#include "base/verdict.h"
#include "crypto/algorithm.h"
#include "dkim/evaluation.h"
#include "mail/taglist.h"

enum signature_field {
    FIELD_DKIM_SIGNATURE,
    FIELD_ARC_MESSAGE_SIGNATURE,
    FIELD_ARC_SEAL,
    SIGNATURE_FIELDS,
};

enum part {
    PART_UNKNOWN, /* not evaluated */
    PART_GOOD,
    PART_BAD,
};

/* What arc's cv= says (RFC 8617 section 4.1.3). */
enum arc_cv { ARC_CV_ABSENT, ARC_CV_NONE, ARC_CV_PASS, ARC_CV_FAIL };

struct signature {
    enum signature_field kind;
    struct field *field;
    size_t position; /* of the field in the header, top is 0 */
    struct taglist tags;

    /* As the tags have it; slices without p where a tag is absent. */
    struct slice algorithm_name, domain, selector, identity, headers;
    struct slice ascii_domain;    /* d= in lower case and A-labels */
    struct slice identity_domain; /* of i=, likewise */
    const struct algorithm *algorithm;
    enum canon header_canon, body_canon;
    struct slice octets;      /* b=, decoded */
    struct slice body_digest; /* bh=, decoded */
    struct slice cut;         /* the octets of the field that b= occupies */
    bool has_length, has_time, has_expiry;
    uint64_t length, time, expiry;
    unsigned instance; /* i= of ARC; 0 where absent */
    enum arc_cv cv;

    /* What evaluation found. */
    struct verdict verdict;
    bool settled; /* the key's part of the evaluation is done, and is not done again */
    enum part signature, body;
    const struct body_digest *body_value;
    struct asked *key_question;
    unsigned key_bits;
    bool testing;               /* t=y in the key record (RFC 6376 section 3.6.1) */
    uint64_t octets_hashed;     /* of the header, for this signature */
    bool operated;              /* a key operation was made */
    struct verdict key_verdict; /* while settled: of the key and its record; PASS where fine */
};

/* The name of the field: "DKIM-Signature" … */
struct slice signature_field_name(enum signature_field kind);

/*
 * Reads the field at `position`. A malformed one is OK too: its verdict is then not NONE but says
 * why (neutral for syntax, RFC 8601 section 2.7.1; policy for rsa-sha1), and the signature has the
 * tags before the error.
 */
enum waybill_status signature_parse(struct evaluation *e, enum signature_field kind,
                                    size_t position, struct signature **out);

/*
 * A well-formed signature asks for its key, <selector>._domainkey.<domain> (RFC 6376 section
 * 3.6.2.1), and, unless it is a seal, for the digest of the body that it needs. Where a limit does
 * not let it, its verdict says so.
 */
enum waybill_status signature_plan(struct evaluation *e, struct signature *s);

/*
 * Judges key and signature over `digest`, once the key's answer is there; sets s->settled. Later
 * calls change nothing. The digest is only taken where it is needed: *digest is called for at most
 * once.
 */
typedef enum waybill_status signature_digest(struct evaluation *e, struct signature *s,
                                             void *context, struct digest_value *out);
enum waybill_status signature_settle(struct evaluation *e, struct signature *s,
                                     signature_digest *digest, void *context);

/* The digest over the header for DKIM-Signature and ARC-Message-Signature (RFC 6376 section 3.7).
 */
enum waybill_status signature_header_digest(struct evaluation *e, struct signature *s, void *unused,
                                            struct digest_value *out);

/*
 * The verdict on a signature over header and body, after its key was asked for: s->verdict. With
 * the message not at its end, or the key's answer not there, it stays NONE.
 */
enum waybill_status signature_evaluate(struct evaluation *e, struct signature *s);

#endif
