/*
 * dkim2/signature.h: the DKIM2-Signature field (spec-06 section 8): a hop.
 */
#ifndef DKIM2_SIGNATURE_H
#define DKIM2_SIGNATURE_H

#include "crypto/algorithm.h"
#include "dkim2/draft.h"
#include "dkim2/path.h"
#include "dns/questions.h"
#include "mail/header.h"

/* A signature set of s=. */
struct dkim2_set {
    struct slice selector, algorithm_name; /* as they stand */
    const struct algorithm *algorithm;     /* NULL: not known */
    struct slice octets;                   /* decoded */
    struct slice cut;                      /* the octets of the field that the signature occupies */
    unsigned group; /* sets of one group must all pass; another group is an alternative */

    /* What was found. */
    enum waybill_result result; /* NONE while open; NOT_EVALUATED: it could not be, or counts not */
    enum dkim2_finding wrong;   /* why it is fail, permerror or temperror */
    struct asked *key_question;
    unsigned key_bits;
    bool testing;  /* t=y */
    bool operated; /* a key operation was made */
};

enum {
    DKIM2_FLAG_EXPLODED = 1,
    DKIM2_FLAG_FEEDBACK = 2,
    DKIM2_FLAG_FEEDHERE = 4,
    DKIM2_FLAG_DONOTMODIFY = 8,
    DKIM2_FLAG_DONOTEXPLODE = 16
};

struct dkim2_signature {
    struct field *field;
    size_t position;
    unsigned i, m; /* 0: none that can be used */
    uint64_t time;
    struct slice domain;       /* d= as it stands */
    struct slice ascii_domain; /* in A-labels, lower case */
    bool has_envelope;         /* mf= and rt=; else nd= */
    struct dkim2_path mail_from;
    struct dkim2_path *rcpt_to;
    size_t rcpts;
    struct slice next_domain; /* nd= in A-labels, lower case; p is NULL where it is absent */
    struct slice nonce;       /* p is NULL where it is absent */
    unsigned flags;
    struct dkim2_set *sets;
    size_t n_sets, n_groups;
    bool no_final_semicolon;  /* accepted, and noted */
    const char *why;          /* what is wrong with the field, in words; NULL: nothing */
    enum dkim2_finding wrong; /* the finding that this is, where there is a why, */
    struct slice wrong_value; /* and its value */

    /* What was found. */
    enum waybill_result result; /* of its own signatures and its place; NONE while open */
    bool skipped;               /* nothing of it could be checked */
    uint64_t octets_hashed;
};

/*
 * Reads the field at `position`. A malformed one is OK too: its why then tells, and it has the tags
 * that could be read, i= before all. Its place among others is not judged. `out` points into the
 * field.
 */
enum waybill_status dkim2_signature_parse(struct arena *arena, const struct dkim2_draft *draft,
                                          struct field *field, size_t position,
                                          struct dkim2_signature *out);

/* The same field by another draft, of what was read by one, found or not: *same is false where
 * the two may not read it alike, and *out is left alone. */
enum waybill_status dkim2_signature_again(struct arena *arena, const struct dkim2_draft *draft,
                                          const struct dkim2_signature *read,
                                          struct dkim2_signature *out, bool *same);

#endif
