/*
 * daemon/shared.h: what all workers have in common: secrets, the journal, the spool, answers.
 */
#ifndef DAEMON_SHARED_H
#define DAEMON_SHARED_H

#include "daemon/settings.h"
#include "io/log.h"
#include "transit/token.h"

struct journal;
struct server_options;
struct spool;
struct waybill_answers;

/* Never changes while they run. */
struct shared {
    struct log *log;                  /* of the server; NULL: standard error */
    struct journal *journal;          /* NULL: none */
    struct transit_keys transit_keys; /* now: the site key, which hashes the journal, too */
    struct spool *spool;              /* NULL: none */
    struct waybill_answers **answers; /* of each worker, instead of the DNS; NULL: the DNS */
    size_t n_answers;
    int64_t answer_delay_ms;
    int64_t now;        /* of all messages; 0: the clock's */
    const int *sockets; /* of each listener, of the server; listening, not blocking */
    struct buffer site_key, site_key_before, spool_password;
};

/*
 * Opens what the configuration, `file`, names, for `n` workers; the log is there. 0, or an exit
 * status after it is said what is wrong. In any case shared_close is called.
 */
int shared_open(struct shared *shared, const struct config *config, const char *file,
                const struct server_options *options, size_t n);
void shared_close(struct shared *shared);

/* Its secrets alone: the site keys, and the password of the spool's server. */
int shared_read_secrets(struct shared *shared, const struct config *config);
/* Its spool alone, behind its secrets. `away` is empty, or says why the server of the spool cannot
 * be reached now. */
int shared_open_spool(struct shared *shared, const struct config *config, const char *file,
                      char away[160]);

#endif
