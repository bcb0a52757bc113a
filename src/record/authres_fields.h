/*
 * record/authres_fields.h: the methods of a record, for Authentication-Results and for an AAR.
 */
#ifndef RECORD_AUTHRES_FIELDS_H
#define RECORD_AUTHRES_FIELDS_H

#include "authres/authres.h"
#include "waybill/record.h"

/* Adds every method of the record behind the authserv-id that the caller began with. */
void record_write_methods(const struct waybill_record *record, bool comments,
                          struct authres_writer *w);

#endif
