/*
 * dkim2/subject.h: what became of a Subject.
 */
#ifndef DKIM2_SUBJECT_H
#define DKIM2_SUBJECT_H

#include "base/slice.h"
#include "waybill/status.h"

/* Of two canonical values: whether the newer is, to who reads it, the older one with "[list]" or
 * several such put at its start, behind a "Re:" or a tag that it had, or at its end. Encoded words
 * are read as text. Linear in both. WAYBILL_NOMEM or OK. */
enum waybill_status subject_is_tagged(struct slice older, struct slice newer, bool *tagged);

#endif
