/*
 * mail/received.h: who says that a message passed through their hands (RFC 5321 section 4.4).
 */
#ifndef MAIL_RECEIVED_H
#define MAIL_RECEIVED_H

#include "base/slice.h"

/* The name behind "by" in a Received field's value, as it stands; p is NULL where there is none.
 * Anybody can write such a field: it is a trace, not a proof. Linear in the octets. */
struct slice received_by(struct slice value);

#endif
