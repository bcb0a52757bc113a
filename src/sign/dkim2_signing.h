/*
 * sign/dkim2_signing.h: hops of DKIM2 on their way to become fields.
 *
 *     options --hops--> what is to be signed --rules--> whether it may be --write--> fields
 */
#ifndef SIGN_DKIM2_SIGNING_H
#define SIGN_DKIM2_SIGNING_H

#include "dkim2/dkim2.h"
#include "sign/signer.h"

#define DKIM2_INSTANCE_NAME "Message-Instance"
#define DKIM2_SIGNATURE_NAME "DKIM2-Signature"

/* A hop as it was asked for, copied; domains in A-labels and lower case. */
struct dkim2_hop {
    struct slice domain;
    struct signing_key *keys;
    unsigned *groups; /* of each key */
    size_t n_keys;
    bool has_envelope; /* else next_domain */
    struct dkim2_path mail_from;
    struct dkim2_path *rcpt_to;
    size_t rcpts;
    struct slice next_domain;
    struct slice nonce; /* p is NULL: none */
    const char **flags;
    size_t n_flags;
    unsigned flag_bits;
};

struct dkim2_signing {
    const struct dkim2_draft *draft;
    struct dkim2_hop *hops;
    size_t n_hops;
    bool out_of_band;
    struct slice recipe_json; /* p is NULL: none */
    struct recipe recipe;
    const struct body_digest *bodies[DIGEST_KINDS]; /* NULL: not wanted */
    struct dkim2_bodies *older_bodies; /* what the recipe makes of the body; NULL: it leaves it */
    struct dkim2_body *older;

    /* What the rules found. */
    const struct dkim2 *chain;    /* of the arrival; NULL where it has none */
    const struct field **covered; /* instances, then signatures, ascending; room for the new */
    size_t n_instances, n_signatures;
    bool new_instance;
    struct dkim2_fields fields; /* of the message as it leaves */
    struct digest_value header; /* their SHA-256 */
};

/* Copies the options. WAYBILL_MISUSE: one that cannot stand in a field. */
enum waybill_status dkim2_hops_copy(struct waybill_signer *signer,
                                    const struct waybill_dkim2_options *options);

/* An address of an envelope, with or without its brackets. WAYBILL_SYNTAX: none, or one without a
 * domain. */
enum waybill_status dkim2_path_of(struct arena *arena, const char *text, struct dkim2_path *out);

/* WAYBILL_REFUSED with a formatted reason. */
#define DKIM2_REFUSE(s, ...) signer_refuse((s), arena_printf(&(s)->arena, __VA_ARGS__))

/* Whether it may be signed, and what: the message has ended. WAYBILL_REFUSED with the reason. */
enum waybill_status dkim2_rules(struct waybill_signer *signer);

/* Of them those that need the message's hashes: whether there is a new instance, and whether its
 * recipe and its author are what they must be. */
enum waybill_status dkim2_find_state(struct waybill_signer *signer);
enum waybill_status dkim2_check_from(struct waybill_signer *signer);

/* The rule of rt=: into which groups the recipients fall (waybill_dkim2_split). */
enum waybill_status dkim2_split(struct arena *arena, const struct header *header,
                                const struct dkim2_path *rcpt_to, size_t rcpts, size_t *group);

/* The fields, after the rules. */
enum waybill_status dkim2_write(struct waybill_signer *signer);

#endif
