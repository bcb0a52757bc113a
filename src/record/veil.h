/*
 * record/veil.h: a record without what is of a person.
 *
 * Local parts of addresses, wherever they stand in a text, and the client's address, as it is, with
 * hyphens in a host's name and within names of the DNS, become "h:" and the first half of their
 * HMAC-SHA-256 under the site's key, in hexadecimal: equal ones can be told to be equal, and
 * nothing more. So does a name that macros of SPF made of a local part, as a whole. Display names,
 * SPF explanations and replies that may quote one go. Domains stay: they are what the evidence is
 * about.
 */
#ifndef RECORD_VEIL_H
#define RECORD_VEIL_H

#include "record/record.h"

#include <jansson.h>

/* Changes the JSON of a record in place. Without a key, n 0, "h:" stands alone. WAYBILL_NOMEM,
 * WAYBILL_CRYPTO: it is not to be used. */
enum waybill_status record_veil(const struct waybill_record *record, struct slice key,
                                json_t *json);

#endif
