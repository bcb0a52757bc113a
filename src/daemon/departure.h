/*
 * daemon/departure.h: a kept arrival that leaves again, once or a thousand times.
 *
 * It is verified again, from its octets and the answers that were kept with it; what was found then
 * is not believed, for a file is easily changed. The recipe of a change is made once for all copies
 * that are alike.
 */
#ifndef DAEMON_DEPARTURE_H
#define DAEMON_DEPARTURE_H

#include "daemon/worker.h"
#include "transit/arrival.h"
#include "waybill/check.h"
#include "waybill/dkim2.h"

/* Of a worker: the last that left, LIMIT_DEPARTURES of them and LIMIT_DEPARTURES_OCTETS. */
struct departures;

struct departure {
    struct arrival arrival;
    struct waybill_check *check; /* of the arrival, done; NULL: `why` says why there is none */
    const char *why;
};

struct departures *departures_new(struct worker *worker);
/* NULL is fine. */
void departures_free(struct departures *departures);
/* For new settings: each is verified again, and what recipes may reveal is theirs to say. */
void departures_forget(struct departures *departures);

/* One that is at hand, or NULL: then its file has to be read first. It is held until it is let go.
 */
struct departure *departures_find(struct departures *departures, const char *id);

/*
 * Of a spool file, whose octets are taken. Where the body was not kept, `body` is taken for it:
 * what a forwarder passes on unchanged. Held, too. NULL is out of memory; what is wrong with the
 * file is the departure's `why`.
 */
struct departure *departures_add(struct departures *departures, const char *id, struct buffer *file,
                                 struct slice body);
void departures_let_go(struct departure *departure);

/*
 * The recipe by which the message that leaves becomes the arrival, by the rules of a listener; *out
 * is NULL where nothing that is signed differs. It lives as long as the departure is held.
 * WAYBILL_REFUSED: *why says why.
 */
enum waybill_status departure_recipe(struct departure *departure, struct slice leaves,
                                     const struct waybill_revise_rules *rules,
                                     const struct waybill_recipe **out, const char **why);

#endif
