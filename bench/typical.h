/*
 * typical.h: what most mail through a list is like, and how a receiver judges it.
 *
 * Alice posts to a list, which changes the subject: her signature fails on arrival, the list's
 * passes. Each hop seals; the first says what it saw. SPF finds the list's address in the third of
 * three includes, DMARC fails at p=reject, and the rule first-dkim, which trusts the sealers, lets
 * the message through all the same.
 */
#ifndef BENCH_TYPICAL_H
#define BENCH_TYPICAL_H

#include "drive.h"
#include "mail.h"
#include "measure.h"

enum { TYPICAL_OCTETS = 4096, TYPICAL_FIELDS = 26, TYPICAL_SETS_MOST = 50 };

/* The lengths of the chains that are written for others, and the name of such a message. */
static const unsigned typical_chains[] = {1, 3, 10, TYPICAL_SETS_MOST};
#define TYPICAL_FILE "typical-%u"

struct typical {
    struct waybill_policy *policy;
    struct judging how; /* by all methods, for the envelope, with the policy */
};

void typical_open(struct typical *typical);
void typical_close(struct typical *typical);

/* What the DNS holds beside keys goes into the answers of a world. */
void typical_publish(struct waybill_answers *answers);

/* The message with so many sets, at most TYPICAL_SETS_MOST. Appended. */
void typical_message(const struct world *world, unsigned sets, struct buffer *out);

/* Judges it; everything must come out as above. */
void typical_check(const struct world *world, const struct typical *typical, struct slice message);

/* Puts what others need into a directory: the messages, the answers to all their questions as
 * zone.json, the envelope as envelope.json. */
void typical_write(const struct world *world, const char *directory);

#endif
