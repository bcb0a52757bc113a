/*
 * dkim2/fields.h: the signed header fields of a message at one of its instances.
 */
#ifndef DKIM2_FIELDS_H
#define DKIM2_FIELDS_H

#include "crypto/crypto.h"
#include "dkim2/recipe.h"
#include "mail/header.h"

/* A field as it was received, or as a recipe recreated it. */
struct dkim2_value {
    struct field *field;    /* NULL: recreated; then */
    struct slice literal;   /* what follows its colon, */
    struct slice canonical; /* and that as it is hashed */
};

/* All fields of one name, the bottom-most first. */
struct dkim2_named {
    struct slice name; /* in lower case */
    struct dkim2_value *values;
    size_t n;
};

/* By name; no name without a field. Ones that did not change are shared between instances. */
struct dkim2_fields {
    struct dkim2_named **all;
    size_t n;
};

/* The fields of a header that the draft signs. */
enum waybill_status dkim2_fields_read(struct arena *arena, const struct dkim2_draft *draft,
                                      struct header *header, struct dkim2_fields *out);

/* Whether those are the same by both drafts. */
bool dkim2_fields_agree(const struct dkim2_draft *a, const struct dkim2_draft *b,
                        const struct header *header);

/* The fields of the instance before, by the recipe; names that the draft ignores are passed over.
 * *applies is false where a step copies what is not there. Linear in both. */
enum waybill_status dkim2_fields_undo(struct arena *arena, const struct dkim2_draft *draft,
                                      const struct dkim2_fields *fields,
                                      const struct recipe *recipe, struct dkim2_fields *out,
                                      bool *applies);

/* Whether that is the same by both drafts. */
bool dkim2_fields_undo_alike(const struct dkim2_draft *a, const struct dkim2_draft *b,
                             const struct recipe *recipe);

/* The fields of this name, in any case; NULL where there is none. */
const struct dkim2_named *dkim2_fields_find(const struct dkim2_fields *fields, struct slice name);

/* A value as it is hashed: unfolded, runs of white space as one SP, none at the ends. */
enum waybill_status dkim2_value_canonical(struct arena *arena, struct slice name,
                                          const struct dkim2_value *value, struct slice *out);

/* The header hash (spec-06 section 6.2). Adds to *octets what was hashed. */
enum waybill_status dkim2_fields_hash(struct arena *arena, struct crypto *crypto,
                                      const struct dkim2_fields *fields, enum digest_kind kind,
                                      struct digest_value *out, uint64_t *octets);

#endif
