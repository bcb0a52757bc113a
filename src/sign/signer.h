/*
 * sign/signer.h: what all signers have in common.
 */
#ifndef SIGN_SIGNER_H
#define SIGN_SIGNER_H

#include "base/buffer.h"
#include "crypto/private_key.h"
#include "dkim/signature.h"
#include "waybill/sign.h"

struct signing_key {
    struct slice selector;
    struct waybill_key *key;
    const struct algorithm *algorithm;
};

struct waybill_signer {
    struct arena arena;
    struct message_client client;
    struct evaluation evaluation; /* arena, message, crypto and time; nothing is asked here */
    struct slice domain;          /* in A-labels */
    struct slice headers;         /* h= as given; p is NULL: the default list */
    struct signing_key *keys;
    size_t n_keys;
    int64_t expires_in;
    const struct body_digest *body;

    struct waybill_check *check;       /* whose chain is extended; NULL: none is */
    struct slice authserv_id, results; /* of ARC */
    struct dkim2_signing *dkim2;       /* of DKIM2 */

    /* Makes the fields once everything is there. WAYBILL_REFUSED with a reason. */
    enum waybill_status (*make)(struct waybill_signer *signer);
    void (*drop)(struct waybill_signer *signer); /* gives up what is under way; NULL: nothing */
    struct waybill_field *fields;
    size_t n_fields;
    const char *reason;
    bool may_retry, done;
};

/* A signer without keys and domain, attached to the message: `ended` is told of the header's end
 * and wishes for digests. WAYBILL_MISUSE: the header is complete. waybill_signer_free in any case.
 */
enum waybill_status signer_start(struct waybill_message *message, int64_t now,
                                 enum waybill_status (*ended)(void *),
                                 enum waybill_status (*make)(struct waybill_signer *),
                                 struct waybill_signer **out);

/* A signer with copies of the options, attached to the message; `most` fields at the most.
 * WAYBILL_MISUSE: an option is no domain, no selector, or the header is complete. */
enum waybill_status signer_new(struct waybill_message *message,
                               const struct waybill_sign_options *options, size_t most,
                               enum waybill_status (*make)(struct waybill_signer *),
                               struct waybill_signer **out);

/* A key and the algorithm that signs with it, its selector copied. WAYBILL_MISUSE: that is none. */
enum waybill_status signer_key(struct waybill_signer *signer,
                               const struct waybill_signing_key *given,
                               const struct algorithm *algorithm, struct signing_key *out);

/* For `make`: WAYBILL_REFUSED, remembering why. */
enum waybill_status signer_refuse(struct waybill_signer *signer, const char *reason);

/* Adds a finished field; its value is the buffer's octets. */
enum waybill_status signer_add(struct waybill_signer *signer, const char *name,
                               const struct buffer *value);

/*
 * The names of h=: as given, or every instance of the default list in the message's header, and
 * From once more than it stands (RFC 6376 section 8.15 on added fields). `dkim_signatures`: also
 * those (RFC 8617 section 4.1.2). In the signer's arena.
 */
enum waybill_status signer_headers(struct waybill_signer *signer, bool dkim_signatures,
                                   struct slice *out);

/* The key's signature over the fields that `headers` names and over `field`, whose b= is empty and
 * stands at offset `cut` of its value (RFC 6376 section 3.7). In the signer's arena. */
enum waybill_status signer_sign(struct waybill_signer *signer, const struct signing_key *key,
                                struct slice headers, struct field *field, size_t cut,
                                struct slice *octets);

/* A field as the header would hold it, of a value that ends without CRLF. */
struct field signer_field(struct slice name, struct slice value);

#endif
