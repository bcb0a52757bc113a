/*
 * daemon/hop.h: whose hop of custody a departure is, and its signers: DKIM2, DKIM and ARC.
 */
#ifndef DAEMON_HOP_H
#define DAEMON_HOP_H

#include "daemon/passage.h"

/*
 * Makes the custody's message with its signers and feeds it; its departure is at hand, or
 * custody.why says why there is none. What is not signed has its reason in the passage. Once a
 * passage.
 */
enum waybill_status hop_sign(struct passage *passage);

#endif
