/*
 * dkim/published.h: whether what is published is what we sign with.
 */
#ifndef DKIM_PUBLISHED_H
#define DKIM_PUBLISHED_H

#include "base/arena.h"
#include "crypto/engine.h"
#include "waybill/key.h"
#include "waybill/question.h"

struct published {
    const char *why; /* NULL: the key matches; else what is wrong: what to do */
    bool temporary;  /* nobody could say now */
    bool testing;    /* t=y */
};

/*
 * Compares a key with the answer to the question for its record. Whoever can verify what the key
 * signs has its other half, so every form of the record counts. `why` lives as long as the arena.
 */
enum waybill_status published_compare(struct waybill_engine *engine, struct arena *arena,
                                      struct waybill_key *key, const struct waybill_answer *answer,
                                      struct published *out);

#endif
