/*
 * mail/address.h: the addresses of RFC 5321 and RFC 5322.
 */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include "base/arena.h"
#include "waybill/status.h"

struct mailbox {
    struct slice
        display; /* the display name, quotes undone, white space runs to one SP; may be empty */
    struct slice local_part; /* quoted-string undone; UTF-8 allowed (RFC 6532) */
    struct slice
        domain; /* as it stands without comments and FWS; an address literal with its brackets */
};

struct mailboxes {
    struct mailbox *all;
    size_t n;
    const char *why; /* with WAYBILL_SYNTAX: what is wrong; static text, no final stop */
};

/*
 * The mailboxes of an address field's value (From, Sender, To …; RFC 5322 section 3.4 with the
 * obsolete forms of 4.4): groups, comments, quoted strings, folding, several mailboxes, empty list
 * elements. A group gives its members. Everything is in the arena or points into `value`.
 * WAYBILL_SYNTAX: why, and the mailboxes before the error. Linear in the octets.
 */
enum waybill_status address_parse_list(struct arena *arena, struct slice value,
                                       struct mailboxes *out);

/*
 * A path of RFC 5321 section 4.1.2 as the envelope has it, with or without its angle brackets,
 * UTF-8 as RFC 6531 extends it; a source route is passed over. "<>" is the null path: both parts
 * empty. "postmaster" alone has an empty domain. WAYBILL_SYNTAX sets *why.
 */
enum waybill_status address_parse_path(struct arena *arena, struct slice path, struct mailbox *out,
                                       const char **why);

#endif
