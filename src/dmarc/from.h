/*
 * dmarc/from.h: the Author Domains of a message (RFC 9989 sections 5.3.1 and 11.5).
 */
#ifndef DMARC_FROM_H
#define DMARC_FROM_H

#include "dmarc/dmarc.h"

/*
 * The domains of the mailboxes, each once, in their order: out->authors, n and beyond. An author
 * whose domain is none has its verdict at once, permerror; the others' are open.
 */
enum waybill_status from_domains(const struct mailboxes *from, struct dmarc *out);

#endif
