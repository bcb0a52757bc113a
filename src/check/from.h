/*
 * check/from.h: the authors that a message names.
 */
#ifndef CHECK_FROM_H
#define CHECK_FROM_H

#include "mail/address.h"
#include "mail/header.h"

/* The mailboxes of the From fields, of LIMIT_FROM_FIELDS at most, top first; out->why says what is
 * wrong with them: none, several (RFC 5322 section 3.6 allows one), or one that does not parse.
 * WAYBILL_OK whatever they hold. */
enum waybill_status from_read(struct arena *arena, struct header *header, struct mailboxes *out);

#endif
