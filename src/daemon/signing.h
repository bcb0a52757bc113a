/*
 * daemon/signing.h: keys and signers of a message, for the roles that sign.
 */
#ifndef DAEMON_SIGNING_H
#define DAEMON_SIGNING_H

#include "daemon/passage.h"

/* A domain that may sign, and the lines of the key file that are for it. */
struct domain_keys {
    struct slice domain; /* A-labels, ended by a NUL */
    const struct key_line *lines;
    size_t n;
};

struct domain_keys signing_find_keys(const struct passage *passage, struct slice domain);

/* A key, until signing_drop. */
struct held_key {
    struct held_key *next;
    struct signing_key *key;
};

/*
 * The keys of a domain that are for this kind of signature, opened; those that cannot be are logged
 * and left out. Where none is left, *n is 0 and *why says so, else *why is as it was.
 */
enum waybill_status signing_open(struct passage *passage, const struct domain_keys *of,
                                 enum key_use use, struct waybill_signing_key **out, size_t *n,
                                 const char **why);

/* Takes note of From, for the field call of a role. */
enum waybill_status signing_take_from(struct passage *passage, struct slice name,
                                      struct slice value);
/* The domain of the one author, in A-labels; of several, or of none, *domain is empty and *why says
 * so. */
enum waybill_status signing_author(struct passage *passage, struct slice *domain, const char **why);

/* A DKIM signer on a message whose header is not complete, with the keys of a domain. Without keys
 * there is none, and the passage's reason says why. */
enum waybill_status signing_add_dkim(struct passage *passage, struct waybill_message *message,
                                     const struct domain_keys *of);

/* Makes the fields of a signer, NULL or not, once the message is whole; *why where it refuses. */
enum waybill_status signing_finish(struct waybill_signer *signer, const char **why);
/* Puts its fields on top of the message, unless there is a reason why there are none. */
enum waybill_status signing_insert(struct passage *passage, struct waybill_signer *signer,
                                   const char *why);

/* Signers first, then their keys. */
void signing_drop(struct passage *passage);

#endif
