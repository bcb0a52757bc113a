/*
 * waybill/record.h: what a check found, and why.
 *
 * One record a check; every form in which a verdict leaves the house is made from it.
 */
#ifndef WAYBILL_RECORD_H
#define WAYBILL_RECORD_H

#include "waybill/status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct waybill_record;

enum waybill_method {
    WAYBILL_METHOD_SPF, /* of MAIL FROM */
    WAYBILL_METHOD_DKIM,
    WAYBILL_METHOD_DKIM2,
    WAYBILL_METHOD_ARC,
    WAYBILL_METHOD_DMARC,
};

/* The words of RFC 8601 section 2.7; NOT_EVALUATED is ours and never leaves in a field. */
enum waybill_result {
    WAYBILL_RESULT_NONE,
    WAYBILL_RESULT_PASS,
    WAYBILL_RESULT_FAIL,
    WAYBILL_RESULT_SOFTFAIL, /* of SPF */
    WAYBILL_RESULT_POLICY,
    WAYBILL_RESULT_NEUTRAL,
    WAYBILL_RESULT_TEMPERROR,
    WAYBILL_RESULT_PERMERROR,
    WAYBILL_RESULT_NOT_EVALUATED,
};

/* "none", "pass" … "not evaluated". */
const char *waybill_result_text(enum waybill_result result);
const char *waybill_method_text(enum waybill_method method);

/* What a method came to: for SPF the result of MAIL FROM, for DKIM the best of its signatures, for
 * DKIM2 whether the message is Fully Verified, for ARC the state of the chain, for DMARC the worst
 * of the Author Domains. */
enum waybill_result waybill_record_result(const struct waybill_record *record,
                                          enum waybill_method method);

/*
 * The record as JSON (docs/record.schema.json), `indent` spaces a level, 0 for one line; no final
 * newline. The caller frees *text with free(). Keys stand in a fixed order.
 */
enum waybill_status waybill_record_json(const struct waybill_record *record, unsigned indent,
                                        char **text, size_t *n);

/*
 * The same in one line for a journal, without what is of a person: local parts and the client's
 * address are "h:" and a hash under the site's key, domains stay. With `key_octets` 0 the hashes
 * are left out. The caller frees *text with free().
 */
enum waybill_status waybill_record_journal(const struct waybill_record *record, const void *key,
                                           size_t key_octets, char **text, size_t *n);

/*
 * The value of an Authentication-Results field (RFC 8601) of this authserv-id, folded with CRLF,
 * without a final CRLF. Comments carry the reasons where `comments` is not 0. The caller frees
 * *text with free().
 */
enum waybill_status waybill_record_authres(const struct waybill_record *record,
                                           const char *authserv_id, int comments, char **text,
                                           size_t *n);

/* An Authentication-Results field as the message came with it. */
struct waybill_claimed_field {
    size_t position; /* among all fields of the header, the topmost is 0 */
    size_t ordinal;  /* among those of its name, the topmost is 1, as the milter protocol counts */
};

/*
 * The received fields that name this authserv-id as whose results they hold, top first: at the edge
 * of the authserv-id's own site they are forged (RFC 8601 section 5), and are to be removed from
 * the last to the first. Fields that do not parse count by the authserv-id they begin with;
 * identifiers compare without case, U-labels as A-labels. The caller frees *list with free(); it is
 * NULL where *n is 0.
 */
enum waybill_status waybill_record_claimed(const struct waybill_record *record,
                                           const char *authserv_id,
                                           struct waybill_claimed_field **list, size_t *n);

#ifdef __cplusplus
}
#endif

#endif
