/*
 * waybill/status.h: what a call answers when it could not do its work.
 *
 * A status is never a verdict: that a signature does not verify is a result and stands in the
 * record; that memory ran out, or that a call came out of order, is a status.
 */
#ifndef WAYBILL_STATUS_H
#define WAYBILL_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

enum waybill_status {
    WAYBILL_OK = 0,
    WAYBILL_NOMEM,   /* memory ran out; the object can only be freed */
    WAYBILL_MISUSE,  /* a call out of order, or an argument that its contract excludes */
    WAYBILL_LIMIT,   /* input beyond a limit of base/limits.h */
    WAYBILL_SYNTAX,  /* a text that was to be parsed is malformed */
    WAYBILL_CRYPTO,  /* libcrypto refused an operation that has no reason to fail */
    WAYBILL_REFUSED, /* what was asked must not be done; the object that refused knows the reason */
};

/* A short English text without a final full stop, for logs. Static; never NULL. */
const char *waybill_status_text(enum waybill_status status);

#ifdef __cplusplus
}
#endif

#endif
