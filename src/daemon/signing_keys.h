/*
 * daemon/signing_keys.h: private keys, opened when they are first needed, and kept.
 *
 * Of one worker. What is read again is read after a reload, for then the settings are new.
 */
#ifndef DAEMON_SIGNING_KEYS_H
#define DAEMON_SIGNING_KEYS_H

#include "waybill/key.h"
#include "waybill/status.h"

struct signing_keys;

struct signing_key {
    struct waybill_key *key;
};

/* LIMIT_SIGNING_KEYS are kept, the least recently used goes. NULL is out of memory. */
struct signing_keys *signing_keys_new(struct waybill_engine *engine);
/* NULL is fine. Every key is given back before. */
void signing_keys_free(struct signing_keys *keys);

/* The key of a file, until it is given back. WAYBILL_REFUSED fills why: what is wrong with the
 * file or the key: what to do. */
enum waybill_status signing_keys_take(struct signing_keys *keys, const char *path,
                                      struct signing_key **out, char why[160]);
void signing_keys_give_back(struct signing_key *key);

#endif
