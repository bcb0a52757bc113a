/*
 * cli/keys.h: private keys as the command line names them, and the DNS name of their records.
 */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include "cli/options.h"
#include "waybill/key.h"
#include "waybill/sign.h"

/* Keys of --key SELECTOR=FILE; paths[i] is the file of all[i]. Those of one value, "a=F1,b=F2", are
 * one group: DKIM2 wants all of it, or another group, to pass. */
struct keys {
    struct waybill_signing_key *all;
    const char **paths;
    unsigned *groups;
    size_t n;
};

/* The help of that option is the same everywhere. */
#define KEYS_OPTION_VALUE "SELECTOR=FILE"

/* The key of a file that only its owner may read. */
enum outcome key_load(struct waybill_engine *engine, const char *path, struct waybill_key **out);

/* All of a list of --OPTION, in its order; keys_free also after an error. */
enum outcome keys_load(struct waybill_engine *engine, struct arena *arena, const char *option,
                       const struct option_list *list, struct keys *out);
void keys_free(struct keys *keys);

/* "SELECTOR._domainkey.DOMAIN" (RFC 6376 section 3.6.2.1), in A-labels and lower case. */
enum outcome key_record_name(struct arena *arena, const char *selector, const char *domain,
                             struct slice *out);

/* The record of a key on standard output: with a name as a line of a zone, else its text alone. */
enum outcome key_print(const struct waybill_key *key, struct slice name);

#endif
