/*
 * dkim/evaluation.h: what an evaluation of signatures has at hand.
 *
 * Every step of a check evaluates all protocols again from the start; what was settled in an
 * earlier step (parsed fields, digests, key operations) is kept where it was found.
 */
#ifndef DKIM_EVALUATION_H
#define DKIM_EVALUATION_H

#include "crypto/keyring.h"
#include "dns/questions.h"
#include "mail/message.h"

struct evaluation {
    struct arena *arena; /* of the check */
    struct waybill_message *message;
    struct crypto *crypto;
    struct keyring *keyring;
    struct questions *questions;
    int64_t now;             /* seconds since 1970 UTC */
    uint32_t *taken;         /* while a header is hashed: by index entry, how many of a name are */
    unsigned key_operations; /* promised so far, at most LIMIT_KEY_OPERATIONS */
};

#endif
