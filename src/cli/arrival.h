/*
 * cli/arrival.h: a message as it arrived, whose chain is extended, and the recipe that makes it of
 * what leaves.
 */
#ifndef CLI_ARRIVAL_H
#define CLI_ARRIVAL_H

#include "cli/signing.h"
#include "waybill/engine.h"

struct arrival {
    struct waybill_message *message;
    struct waybill_check *check;
    struct buffer octets;
    struct waybill_recipe *recipe; /* NULL: nothing that DKIM2 signs was changed */
};

/* Tells a check the draft and the envelope with which its message arrived, as far as it is known.
 * `methods`: what is evaluated; 0: everything. */
enum outcome arrival_check_new(const struct signing_settings *settings,
                               struct waybill_message *message, int64_t now, unsigned methods,
                               struct waybill_check **out);

/* Reads the file of --before, verifies it, and makes the recipe: `after` is the message as it
 * leaves, which the file of `path` held. arrival_free in any case. */
enum outcome arrival_read(const struct signing_settings *settings, struct waybill_engine *engine,
                          struct drive *drive, int64_t now, const char *path, struct slice after,
                          struct arrival *out);
void arrival_free(struct arrival *arrival);

/* The octets of an mbox line before a message: it is no field of it. */
size_t arrival_mbox_line(struct slice octets);

#endif
