/*
 * waybill/sign.h: header fields that vouch for a message.
 *
 * A signer is made on a message before its header ends and gives fields, never a message: whoever
 * writes the message puts them on top, in the order given.
 */
#ifndef WAYBILL_SIGN_H
#define WAYBILL_SIGN_H

#include "waybill/check.h"
#include "waybill/key.h"
#include "waybill/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct waybill_message;
struct waybill_signer;

/* A key and the selector under which it is published. The key outlives the signer. */
struct waybill_signing_key {
    const char *selector;
    struct waybill_key *key;
};

/* What DKIM and ARC signatures have in common. Strings are copied. */
struct waybill_sign_options {
    const char *domain; /* d=; a U-label becomes an A-label */
    const struct waybill_signing_key *keys;
    size_t n_keys;      /* DKIM: one signature a key; ARC: exactly one */
    int64_t now;        /* t=, seconds since 1970 UTC */
    int64_t expires_in; /* x= that many seconds after t=; 0: no x=. DKIM only */
    /* The names of h=, separated by colons, each as often as it stands, and nothing added; NULL is
     * the default list: what RFC 6376 section 5.4.1 names, every instance, From once more than it
     * stands. */
    const char *headers;
};

/* One signature (RFC 6376) a key, relaxed/relaxed, never l=. The signer is freed before the
 * message. */
enum waybill_status waybill_dkim_signer_new(struct waybill_message *message,
                                            const struct waybill_sign_options *options,
                                            struct waybill_signer **out);

/*
 * One ARC set (RFC 8617). `check` is the check of the same message, or, where it was changed here,
 * of the message as it arrived, with the same ARC fields: the chain is verified before it is
 * extended, so the signer asks what the check asks, and a check without ARC is WAYBILL_MISUSE.
 * authserv_id stands in the AAR. results: NULL, and the AAR holds what the check found; else the
 * AAR holds what the message's Authentication-Results fields of that authserv-id say.
 */
enum waybill_status waybill_arc_signer_new(struct waybill_message *message,
                                           struct waybill_check *check,
                                           const struct waybill_sign_options *options,
                                           const char *authserv_id, const char *results,
                                           struct waybill_signer **out);
void waybill_signer_free(struct waybill_signer *signer);

/*
 * WAYBILL_MORE until the message ended, WAYBILL_ASK while the check has open questions (answer
 * them there and step it), WAYBILL_DONE when the fields are there.
 * WAYBILL_REFUSED: what was asked must not be done; waybill_signer_reason says why.
 */
enum waybill_status waybill_signer_step(struct waybill_signer *signer,
                                        enum waybill_progress *progress);

/* A sentence without a final stop after WAYBILL_REFUSED, "" before. Lives as long as the signer. */
const char *waybill_signer_reason(const struct waybill_signer *signer);
/* Whether it was refused for want of an answer only, and may do better later. */
int waybill_signer_may_retry(const struct waybill_signer *signer);

/* A header field. The value is what follows the colon, folded with CRLF, without the final CRLF. */
struct waybill_field {
    const char *name;
    const char *value;
};

/* After WAYBILL_DONE: the fields, top first. Live as long as the signer. A chain that must not be
 * extended gives WAYBILL_REFUSED, never an empty list. */
enum waybill_status waybill_signer_fields(struct waybill_signer *signer,
                                          const struct waybill_field **fields, size_t *n);

#ifdef __cplusplus
}
#endif

#endif
