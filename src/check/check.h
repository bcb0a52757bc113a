/*
 * check/check.h: inside a check, for the signers that extend what it verified.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "record/record.h"

/* The message that the check is of. */
struct waybill_message *check_message(const struct waybill_check *check);

#endif
