/*
 * daemon/forwarding.h: what a forwarder may have done to a message whose body was not kept.
 *
 * Whoever has a mailbox on the host has tokens, and may send by it: a forwarder's hop must not
 * carry another text than the one that arrived.
 */
#ifndef DAEMON_FORWARDING_H
#define DAEMON_FORWARDING_H

#include "waybill/dkim2.h"

/*
 * A forwarder adds fields, and none that is read as the message: NULL, or why this is no
 * forwarder's change, a constant. NULL is fine: nothing that is signed was changed.
 */
const char *forwarding_wrong_with(const struct waybill_recipe *recipe);

#endif
