/*
 * drive.h: one passage of one message through the library, as a program would do it.
 */
#ifndef BENCH_DRIVE_H
#define BENCH_DRIVE_H

#include "waybill/check.h"
#include "waybill/message.h"
#include "waybill/record.h"
#include "waybill/sign.h"
#include "world.h"

/* Where a message comes from: calls waybill_message_feed as often as it likes. */
struct source {
    enum waybill_status (*feed)(const void *self, struct waybill_message *message);
    const void *self;
};

/* A message that is held in one piece; *octets outlives the source. */
struct source source_of(const struct slice *octets);

/* Feeds and judges it, with answers at hand; *result is what the method came to. */
enum waybill_status drive_check(const struct world *world, struct source source,
                                enum waybill_method method, enum waybill_result *result);

/* The same where it must come out as expected. */
void drive_verify(const struct world *world, struct source source, enum waybill_method method,
                  enum waybill_result expected);

/* Signs it, or adds the next ARC set. The fields, each ended by CRLF, are appended to *out, unless
 * that is NULL. */
void drive_sign(const struct world *world, struct source source, enum bench_key key,
                struct buffer *out);
void drive_seal(const struct world *world, struct source source, const char *domain,
                struct buffer *out);

#endif
