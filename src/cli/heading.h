/*
 * cli/heading.h: what a page about a message begins with: what it is about, and whose it says it
 * is.
 */
#ifndef CLI_HEADING_H
#define CLI_HEADING_H

#include "cli/page.h"
#include "mail/message.h"

/* Subject and From, decoded, between empty lines. */
void heading_write(struct page *page, struct waybill_message *message);

#endif
