/*
 * dkim2/instance.h: the Message-Instance field (spec-06 section 7).
 */
#ifndef DKIM2_INSTANCE_H
#define DKIM2_INSTANCE_H

#include "crypto/algorithm.h"
#include "dkim2/recipe.h"
#include "mail/header.h"

/* A hash set of h=. */
struct dkim2_hashes {
    struct slice name; /* as it stands */
    bool known;
    enum digest_kind kind;
    struct slice header, body; /* decoded */
    unsigned group; /* sets of one group must all match; another group is an alternative */
};

/* What a hop did to a message, as its recipe tells (S-10). */
enum dkim2_change {
    DKIM2_CHANGE_SUBJECT_TAG,
    DKIM2_CHANGE_FOOTER,    /* lines at the end; `lines` of them, where that is known */
    DKIM2_CHANGE_MIME_WRAP, /* the body became a part of a multipart */
    DKIM2_CHANGE_FIELD_ADDED,
    DKIM2_CHANGE_FIELD_REMOVED,
    DKIM2_CHANGE_FIELD_CHANGED,
    DKIM2_CHANGE_FROM,      /* the author's field was rewritten */
    DKIM2_CHANGE_REENCODED, /* Content-Transfer-Encoding and the body */
    DKIM2_CHANGE_BODY,      /* in any other way */
    DKIM2_CHANGE_LOST,      /* the body, by a null recipe */
    DKIM2_CHANGES,
};

struct dkim2_changed {
    enum dkim2_change what;
    struct slice name; /* of the field; p is NULL where it is none */
    uint64_t lines;    /* added at the end; 0: not known */
};

struct dkim2_instance {
    struct field *field;
    size_t position; /* in the header, top is 0 */
    unsigned m;      /* 0: none that can be used */
    struct dkim2_hashes *hashes;
    size_t n_hashes, n_groups;
    struct slice recipe_text; /* r= as it stands; p is NULL where it is absent */
    struct recipe *recipe;    /* NULL: absent, or no recipe */
    const char *why;          /* what is wrong with the field or its recipe, in words */

    /* What was found. */
    enum waybill_result result;    /* of its hashes; NONE while open */
    struct dkim2_changed *changes; /* from the instance before to this one */
    size_t n_changes;
};

/* "subject tag", "footer" … for the record and for people. */
const char *dkim2_change_text(enum dkim2_change change);

#endif
