/*
 * mail/address.h: the addresses of RFC 5321 and RFC 5322.
 */
#ifndef MAIL_ADDRESS_H
#define MAIL_ADDRESS_H

#include "base/arena.h"
#include "waybill/status.h"

struct mailbox {
    struct slice display;    /* the display name, quotes undone, white space runs to one SP and none
                                at the ends; encoded words as they stand; may be empty */
    struct slice local_part; /* quoted-string undone; UTF-8 allowed (RFC 6532) */
    struct slice domain;     /* as it stands without comments and FWS; an address literal with its
                                brackets */
};

struct mailboxes {
    struct mailbox *all;
    size_t n;
    const char *why; /* unless WAYBILL_OK: what is wrong; static text, no final stop */
};

/*
 * The mailboxes of an address field's value (From, Sender, To …; RFC 5322 section 3.4 with the
 * obsolete forms of 4.4): groups, comments, quoted strings, folding, several mailboxes, empty list
 * elements. A group gives its members, which may be none; a value without mailbox and group is
 * WAYBILL_SYNTAX, and so are control characters anywhere, lone CR and LF, ill-formed UTF-8, and a
 * backslash in an address literal. Everything is in the arena. WAYBILL_SYNTAX: why, and the
 * mailboxes before the error. WAYBILL_LIMIT: more than LIMIT_MAILBOXES, and the first of them.
 * Linear in the octets.
 */
enum waybill_status address_parse_list(struct arena *arena, struct slice value,
                                       struct mailboxes *out);

/*
 * A path of RFC 5321 section 4.1.2 as the envelope has it, with or without its angle brackets,
 * UTF-8 as RFC 6531 extends it; a source route is passed over. "<>" and "" are the null path: both
 * parts empty. "postmaster" alone has an empty domain. The labels of a domain hold letters, digits,
 * '-', '_' and UTF-8; what of that the DNS can ask for, dns/name.h says. WAYBILL_SYNTAX sets *why,
 * and *out is then empty.
 */
enum waybill_status address_parse_path(struct arena *arena, struct slice path, struct mailbox *out,
                                       const char **why);

/* What stands between the brackets of a path; all where there are none. */
struct slice address_of_path(struct slice path);

#endif
