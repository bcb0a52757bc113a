/*
 * mail/whole.h: a message that is there from its first octet to its last.
 */
#ifndef MAIL_WHOLE_H
#define MAIL_WHOLE_H

#include "mail/header.h"

/*
 * Its header and body, as mail/message.h has them of a message that is fed, whose lines end in
 * CRLF. They point into the octets, or into the arena where the header is not ended. LIMIT: more
 * fields, octets of the header or octets in all than a message may have.
 */
enum waybill_status whole_read(struct arena *arena, struct slice message, struct header *header,
                               struct slice *body);

#endif
