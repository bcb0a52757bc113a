/*
 * waybill/dkim2.h: signing as a hop of the chain of custody (DKIM2), recording changes, undoing
 * them.
 */
#ifndef WAYBILL_DKIM2_H
#define WAYBILL_DKIM2_H

#include "waybill/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct waybill_check;
struct waybill_engine;
struct waybill_message;
struct waybill_signer;
struct waybill_signing_key; /* waybill/sign.h */

/* Which version of draft-ietf-dkim-dkim2-spec. */
enum waybill_draft {
    WAYBILL_DRAFT_06,
    WAYBILL_DRAFT_09, /* the usual */
};

/* "06", "09". */
const char *waybill_draft_text(enum waybill_draft draft);

/* --- recipes ---------------------------------------------------------------------------------- */

struct waybill_recipe;

/* What a recipe must not reveal: whatever was removed on purpose. */
struct waybill_revise_rules {
    const char *const *secret_fields; /* names whose removed values must not stand in it */
    size_t n_secret_fields;
    size_t literals_most; /* octets of the old body that it may hold; 0: any number */
};

/*
 * The recipe that makes `before`, the message as it arrived, of `after`, the message as it leaves:
 * two whole messages with CRLF. It is tried before it is given: what it makes has the hashes of
 * `before`. *out is NULL where nothing that DKIM2 signs differs. WAYBILL_REFUSED: `rules`, the
 * draft or LIMIT_FIELD_WRITTEN do not let it; why says what, and what the recipe would cost. Copies
 * all that it needs.
 */
enum waybill_status waybill_recipe_make(struct waybill_engine *engine, enum waybill_draft draft,
                                        const void *before, size_t n_before, const void *after,
                                        size_t n_after, const struct waybill_revise_rules *rules,
                                        struct waybill_recipe **out, char why[200]);
void waybill_recipe_free(struct waybill_recipe *recipe);

/* The recipe as JSON, as r= has it before base64. Lives as long as the recipe. */
const char *waybill_recipe_json(const struct waybill_recipe *recipe, size_t *n);

/* A part of a recipe, in its order: of the field `name`, or of the body where that is NULL, either
 * the lines or fields first to last are copied (n_octets is 0 and octets NULL), or a literal
 * stands.
 */
struct waybill_recipe_part {
    const char *name;
    uint64_t first, last;
    const char *octets;
    size_t n_octets;
};
/* The parts, fields first; a field that is taken away has no part, see _removed. */
size_t waybill_recipe_parts(const struct waybill_recipe *recipe,
                            const struct waybill_recipe_part **parts);
/* The names of fields that the recipe takes away: those that the change had added. */
size_t waybill_recipe_removed(const struct waybill_recipe *recipe, const char *const **names);

/* --- signing ---------------------------------------------------------------------------------- */

/* One hop: a DKIM2-Signature. Strings are copied. */
struct waybill_dkim2_hop {
    const char *domain; /* d= */
    const struct waybill_signing_key *keys;
    /* Of each key its group: those of one number must all pass, other numbers are alternatives.
     * NULL: every key is an alternative of its own. Numbers ascend. */
    const unsigned *groups;
    size_t n_keys;
    const char *mail_from; /* the envelope that leaves; "<>" is the null path */
    const char *const *rcpt_to;
    size_t rcpts;
    const char *next_domain;  /* nd= instead of an envelope: an imaginary hop; NULL: none */
    const char *nonce;        /* at most 64 printable characters without ';'; NULL: none */
    const char *const *flags; /* "exploded", "feedback", "feedhere" */
    size_t n_flags;
};

struct waybill_dkim2_options {
    enum waybill_draft draft;
    int64_t now;
    const struct waybill_dkim2_hop *hops; /* the first signs first; all but the last have nd= */
    size_t n_hops;
    int out_of_band; /* an arrangement covers a chain that is not Fully Verified */
};

/*
 * A Message-Instance where one is needed, and a DKIM2-Signature a hop. `arrival` is the check of
 * the message as it arrived, with its envelope: of this very message where it leaves unchanged, of
 * another where it was changed; NULL for a message without DKIM2 fields. It evaluates DKIM2 by the
 * same draft, and outlives the signer. `recipe` undoes the change from that, and is copied; NULL:
 * there is none. The signer tries it once more before it signs. WAYBILL_MISUSE: an option that
 * cannot stand in a field, a hop with both an envelope and nd= or with neither, a recipe of another
 * draft, or a header that is complete.
 *
 * It refuses (waybill_signer_reason): a chain that is not Fully Verified, unless out_of_band; a
 * change without a recipe; a From that would not be Authentic; recipients that must not see each
 * other (waybill_dkim2_split); an envelope or nd= that breaks the custody; an RSA key under 2048
 * bits; a bare CR or LF, a line over 998 octets; a field over LIMIT_FIELD_WRITTEN.
 */
enum waybill_status waybill_dkim2_signer_new(struct waybill_message *message,
                                             struct waybill_check *arrival,
                                             const struct waybill_recipe *recipe,
                                             const struct waybill_dkim2_options *options,
                                             struct waybill_signer **out);

/*
 * Into which groups the recipients of a message have to be split so that no rt= shows one to
 * another (RFC 5322 section 3.6.3): group[i] is that of recipient i, from 0; those in To or Cc
 * share one, every other has its own. After the header is complete.
 */
enum waybill_status waybill_dkim2_split(struct waybill_message *message, const char *const *rcpt_to,
                                        size_t rcpts, size_t *group);

/* --- undoing ---------------------------------------------------------------------------------- */

struct waybill_undo;

/* Where octets go. Not WAYBILL_OK ends the undoing with that status. */
typedef enum waybill_status waybill_sink(void *self, const void *octets, size_t n);

/*
 * Makes instance m (from 1) of a message, while it is fed: the header is given when the message's
 * header ends, the body line by line. Made before the first octet. The recipes are applied as they
 * stand; whether what they make is what was signed is the check's to say.
 */
enum waybill_status waybill_undo_new(struct waybill_message *message, enum waybill_draft draft,
                                     unsigned m, waybill_sink *sink, void *self,
                                     struct waybill_undo **out);
/* After the message's end: NULL where all was made, else why not, in words. */
const char *waybill_undo_failed(const struct waybill_undo *undo);
void waybill_undo_free(struct waybill_undo *undo);

#ifdef __cplusplus
}
#endif

#endif
