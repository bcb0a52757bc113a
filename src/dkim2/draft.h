/*
 * dkim2/draft.h: the drafts of DKIM2, as data.
 *
 * draft-ietf-dkim-dkim2-spec still moves. All that differs between its versions stands in one
 * table, in draft.c, and nowhere else: what is ignored, what a recipe may hold, what groups mean,
 * which finding is which state, every error string. What no text at hand confirms is marked there
 * with its open question.
 */
#ifndef DKIM2_DRAFT_H
#define DKIM2_DRAFT_H

#include "base/arena.h"
#include "waybill/dkim2.h"
#include "waybill/record.h"

/* All that can be wrong (spec-06 section 11, spec-09 section 14). */
enum dkim2_finding {
    /* of a Message-Instance m= */
    DKIM2_INSTANCE_MISSING,
    DKIM2_INSTANCE_SYNTAX,
    DKIM2_INSTANCE_TAG_MISSING, /* value: the tag */
    DKIM2_INSTANCE_TWICE,
    DKIM2_INSTANCE_NOT_SIGNED,
    DKIM2_INSTANCE_DUPLICATE_HASH,
    DKIM2_INSTANCE_UNKNOWN_HASH, /* value: its name */
    DKIM2_INSTANCE_NO_HASH_PASSED,
    DKIM2_INSTANCE_INVALID_JSON, /* not a recipe, or one that does not apply */
    DKIM2_HEADER_HASH_MISMATCH,  /* value: the name of the hash */
    DKIM2_BODY_HASH_MISMATCH,
    DKIM2_BODY_NOT_RECREATED, /* an older body cannot be hashed: a null recipe stands before it */
    /* of a DKIM2-Signature i= */
    DKIM2_SIGNATURE_MISSING,
    DKIM2_SIGNATURE_SYNTAX,
    DKIM2_SIGNATURE_TAG_MISSING,
    DKIM2_SIGNATURE_TAG_UNEXPECTED,
    DKIM2_SIGNATURE_TWICE,
    DKIM2_SIGNATURE_DUPLICATE_SELECTOR,
    DKIM2_SIGNATURE_TOO_MANY,
    DKIM2_SIGNATURE_UNKNOWN_ALGORITHM, /* value: the selector */
    DKIM2_SIGNATURE_NO_GROUP_PASSED,
    DKIM2_SIGNATURE_INCORRECT, /* value: the selector */
    DKIM2_SIGNATURE_MIXED,     /* value: which selectors passed, and which failed */
    DKIM2_SIGNATURE_EXPIRED,
    DKIM2_SIGNATURE_FROM_FUTURE,
    DKIM2_MAIL_FROM_MISMATCH, /* value: what was used */
    DKIM2_RCPT_TO_MISMATCH,
    DKIM2_MAIL_FROM_NOT_DOMAIN, /* mf= and d= */
    DKIM2_NEXT_DOMAIN_MISMATCH,
    DKIM2_NEXT_DOMAIN_UNEXPECTED,
    DKIM2_CUSTODY_MISMATCH, /* mf= of a hop and rt= of the one before */
    DKIM2_KEY_NOT_FETCHED,  /* value: the selector, here and below */
    DKIM2_KEY_MISSING,
    DKIM2_KEY_SEVERAL,
    DKIM2_KEY_SYNTAX,
    DKIM2_KEY_MISMATCH,
    DKIM2_KEY_REVOKED,
    DKIM2_FROM_NOT_AUTHENTIC, /* value: the domain */
    DKIM2_MODIFIED,           /* despite donotmodify */
    DKIM2_EXPLODED,           /* despite donotexplode */
    /* of the message */
    DKIM2_TOO_LONG, /* more hops or instances than are evaluated */
    DKIM2_FINDINGS,
};

enum {
    DKIM2_BAD_STATES = 3, /* fail, permerror, temperror */
    DKIM2_SETS_MOST = 8,  /* of any draft's sets_most */
};

struct dkim2_draft {
    enum waybill_draft id;
    const char *name;            /* "06", "09" */
    const struct slice *ignored; /* names in lower case, beside those that every draft ignores */
    size_t n_ignored;
    bool step_u;           /* recipes may hold octets that are no UTF-8 */
    bool null_body;        /* "b": null: the body is not to be recreated */
    bool keys_of_any_case; /* of a recipe's JSON */
    bool groups;           /* "|" between alternatives in s= and h= */
    bool unknown_ignored;  /* algorithms and hashes that are not known count for nothing */
    unsigned key_kinds;    /* of the algorithms it knows: a bit for each enum key_kind */
    bool authentic_from;
    bool requests;          /* donotmodify, donotexplode have effect */
    int64_t age_most;       /* seconds after t= */
    int64_t future_most;    /* seconds before t=; 0: any */
    unsigned sets_most;     /* signatures, or hashes, of one field */
    unsigned per_algorithm; /* of them with one algorithm; 0: any */
    /* Of findings with several states, the one whose states come first here decides. */
    enum waybill_result precedence[DKIM2_BAD_STATES];
    struct {
        enum waybill_result state; /* PASS: a remark, which decides nothing */
        const char *text;          /* with <n> for the number, <value> for the value */
    } findings[DKIM2_FINDINGS];
};

const struct dkim2_draft *dkim2_draft_of(enum waybill_draft id);

/* Whether a field of this name, in any case, is outside the header hash: ignored by the draft, or
 * one of DKIM2's own two. */
bool dkim2_draft_ignores(const struct dkim2_draft *draft, struct slice name);

/* The draft's sentence for a finding, in the arena: "FAIL: DKIM2-Signature i=3 sel1 incorrect
 * signature". The value is escaped and bounded. NULL is out of memory. */
const char *dkim2_finding_text(struct arena *arena, const struct dkim2_draft *draft,
                               enum dkim2_finding finding, unsigned number, struct slice value);

#endif
