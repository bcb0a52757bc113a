/*
 * milter/macros.h: what the MTA says beside its commands.
 *
 * Macros are sent before the command they belong to. Those of a connection and of a greeting hold
 * until others of the same stage come, those of a message until it is over.
 */
#ifndef MILTER_MACROS_H
#define MILTER_MACROS_H

#include "base/buffer.h"

/* The stages that macros belong to, in the order in which they come. */
enum milter_stage {
    MILTER_AT_CONNECT,
    MILTER_AT_HELO,
    MILTER_AT_MAIL, /* the first of a message */
    MILTER_AT_RCPT,
    MILTER_AT_DATA,
    MILTER_AT_HEADER_END,
    MILTER_AT_MESSAGE_END,
    MILTER_STAGES,
};

/* Of each stage the macros as they came: name, NUL, value, NUL. */
struct milter_macros {
    struct buffer of[MILTER_STAGES];
};

/* No macros; allocates nothing. */
struct milter_macros milter_macros_new(void);

/*
 * Takes the data of a packet of macros: the octet of a command, then names and values in turn, each
 * ended by a NUL. They replace those of their stage and of all later ones. Macros of a command that
 * is no stage are looked at and left. *why says what is wrong where the answer is SYNTAX.
 */
enum waybill_status milter_macros_take(struct milter_macros *macros, struct slice data,
                                       const char **why);

/* The value that came for the latest stage; of two in one packet the last. Braces around a name of
 * either side are not looked at. p is NULL where it was not given. Lives until the next change. */
struct slice milter_macros_find(const struct milter_macros *macros, struct slice name);

/* Forgets those of this stage and all later ones; frees their memory. */
void milter_macros_forget(struct milter_macros *macros, enum milter_stage from);

#endif
