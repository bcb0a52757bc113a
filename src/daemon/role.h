/*
 * daemon/role.h: what is done with a message as it passes: it is checked, it is signed.
 *
 * A role fills what it needs into the passage; who feeds the message and talks to the MTA is the
 * same for all.
 */
#ifndef DAEMON_ROLE_H
#define DAEMON_ROLE_H

#include "base/slice.h"
#include "waybill/status.h"

struct passage;

struct role {
    /* The envelope is known, and the message made; nothing of it was fed. */
    enum waybill_status (*begin)(struct passage *passage);
    /* Every field as it comes. NULL: not wanted. */
    enum waybill_status (*field)(struct passage *passage, struct slice name, struct slice value);
    /* All fields came; the line that ends the header is not fed yet. NULL: not wanted. */
    enum waybill_status (*fields_end)(struct passage *passage);
    /* All octets as they come, in the place of the message's own feed. NULL: they are fed. */
    enum waybill_status (*octets)(struct passage *passage, struct slice octets, bool of_body);
    /* The message is whole: answers passage_answered, now or later. */
    void (*end)(struct passage *passage);
    /* What begin and fields_end made. */
    void (*drop)(struct passage *passage);
};

extern const struct role role_receiver;
extern const struct role role_signer;
extern const struct role role_custodian;
/* Nothing is done but that fields of transit go. */
extern const struct role role_remover;

#endif
