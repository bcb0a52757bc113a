/*
 * dkim2/run.h: inside a verification: what is kept between steps.
 *
 * A message is judged by the chosen draft and, for the record, by the other; both runs share the
 * bodies, the digests of what is signed, and the key operations.
 */
#ifndef DKIM2_RUN_H
#define DKIM2_RUN_H

#include "dkim2/also.h"
#include "dkim2/dkim2.h"
#include "dkim2/groups.h"
#include "mail/body.h"

/* A message as it was at an instance. */
struct dkim2_state {
    bool lost;           /* nothing of it can be told: a field or recipe above it is no good */
    bool header_applies; /* the recipe that makes it could be applied to the header */
    struct dkim2_fields fields;
    const struct dkim2_state *same_header; /* not NULL: its signed fields are those of that one */
    bool hashed[DIGEST_KINDS];
    struct digest_value header[DIGEST_KINDS];
    struct dkim2_body *body;
    bool null_body; /* lost by a null recipe, as the draft allows */
};

/* What a signature signs, and whether that can be told. */
struct dkim2_cover {
    bool whole;
    struct digest_value digest;
};

/* A field that has no place: it has no number, or one over the limit. */
struct dkim2_wrong {
    enum dkim2_finding what;
    unsigned number;
    struct slice value;
};

struct dkim2_run {
    struct dkim2_path mail_from; /* of the envelope, where it is given */
    struct dkim2_path *rcpt_to;
    size_t rcpts;
    struct dkim2_state *states;   /* [m] as instance m has it; [0] before the first */
    struct dkim2_cover *covers;   /* [i - 1] */
    struct dkim2_signature *read; /* every DKIM2-Signature that is read, the topmost first */
    struct dkim2_bodies *bodies;
    struct dkim2_body *received;
    const struct body_digest *received_digests[DIGEST_KINDS]; /* NULL: not wanted */
    bool counts_lines; /* of the received body: a change can be told better by them */
    bool after_cr;     /* while they are counted: the last octet */
    uint64_t line;     /* octets of the line that is open, */
    uint64_t lines;    /* ended lines before it, */
    uint64_t filled;   /* and those of them up to the last that is not empty */
    bool judged;
    size_t room;                /* of dkim2->found */
    struct dkim2_wrong *strays; /* fields that have no place */
    size_t n_strays;
    struct dkim2 *other; /* the other draft's run; NULL in that itself */
    struct dkim2_also also;
};

/* --- collect.c: the fields and their places ----------------------------------------------------
 */

/* Both arrays, and what has no place in them. `first`, here and below, is the chosen draft's run,
 * in the other; NULL in that itself. */
enum waybill_status run_collect(struct evaluation *e, struct dkim2 *dkim2,
                                const struct dkim2 *first);

/* --- cover.c: what is signed --------------------------------------------------------------------
 */

enum waybill_status run_cover(struct evaluation *e, struct dkim2 *dkim2, const struct dkim2 *first);
/* All that hop i signs, as octets; what it covers is whole. */
enum waybill_status run_octets(const struct dkim2 *dkim2, size_t i, struct buffer *out);

/* --- sets.c: keys and signatures ----------------------------------------------------------------
 */

/* Asks for the keys of what is whole, but those the first run asks for. */
enum waybill_status run_ask(struct evaluation *e, struct dkim2 *dkim2, const struct dkim2 *first);
/* Verifies what can be; *open is set where an answer is missing. */
enum waybill_status run_verify(struct evaluation *e, struct dkim2 *dkim2, const struct dkim2 *first,
                               bool *open);
/* The sets of a signature as members of its groups; there is room for
 * DKIM2_SETS_MOST. Returns how many. */
size_t run_members(const struct dkim2 *dkim2, const struct dkim2_signature *s,
                   struct dkim2_member *members);

/* --- states.c: older messages and their hashes --------------------------------------------------
 */

enum waybill_status run_states(struct evaluation *e, struct dkim2 *dkim2,
                               const struct dkim2 *first);
/* After the body's end, here and below. Whether the recipe of instance m, if it has one, applied to
 * all that it is for. */
bool run_recipe_applies(const struct dkim2 *dkim2, unsigned m);

/* Hashes of a kind that is known, and what the message had: pass, fail, or NOT_EVALUATED. */
struct dkim2_compared {
    enum waybill_result header, body;
};
struct dkim2_compared run_compare(const struct dkim2 *dkim2, const struct dkim2_instance *instance,
                                  const struct dkim2_hashes *hashes);
/* The hashes of an instance as run_members has signatures. */
size_t run_hash_members(const struct dkim2 *dkim2, const struct dkim2_instance *instance,
                        struct dkim2_member *members);

/* --- found.c, and who finds, in this order ------------------------------------------------------
 */

/* Adds a finding about number n, attributed to signature i. */
enum waybill_status run_found(struct evaluation *e, struct dkim2 *dkim2, enum dkim2_finding what,
                              unsigned n, struct slice value, unsigned i);
/* The lowest i= whose m= is at least this: the hop that brought the instance; 0: none. */
unsigned run_hop_of(const struct dkim2 *dkim2, unsigned m);

enum waybill_status find_fields(struct evaluation *e, struct dkim2 *dkim2);
enum waybill_status find_times(struct evaluation *e, struct dkim2 *dkim2);
enum waybill_status find_custody(struct evaluation *e, struct dkim2 *dkim2);
enum waybill_status find_sets(struct evaluation *e, struct dkim2 *dkim2);
enum waybill_status find_hashes(struct evaluation *e, struct dkim2 *dkim2);
enum waybill_status find_requests(struct evaluation *e, struct dkim2 *dkim2);
enum waybill_status find_authors(struct evaluation *e, struct dkim2 *dkim2);

/* Whether two lists of fields, either of which may be NULL, are the same when hashed. */
enum waybill_status run_same_named(struct evaluation *e, const struct dkim2_named *a,
                                   const struct dkim2_named *b, bool *same);

/* --- changes.c ----------------------------------------------------------------------------------
 */

/* Whether the lines of the received body will be wanted. */
bool run_wants_lines(const struct dkim2 *dkim2);
enum waybill_status run_changes(struct evaluation *e, struct dkim2 *dkim2);

/* A signature or instance whose field can be relied upon: it is there and well-formed. */
static inline const struct dkim2_signature *run_signature(const struct dkim2 *dkim2, size_t i)
{
    const struct dkim2_signature *s =
        i >= 1 && i <= dkim2->n_signatures ? dkim2->signatures[i - 1] : NULL;
    return s && !s->why ? s : NULL;
}

static inline const struct dkim2_instance *run_instance(const struct dkim2 *dkim2, size_t m)
{
    const struct dkim2_instance *instance =
        m >= 1 && m <= dkim2->n_instances ? dkim2->instances[m - 1] : NULL;
    return instance && !instance->why ? instance : NULL;
}

#endif
