/*
 * daemon/worker.h: a thread with a loop of its own: its connections, its engine, its resolver.
 *
 * Nothing of a worker is touched by another thread; orders reach it through a pipe.
 */
#ifndef DAEMON_WORKER_H
#define DAEMON_WORKER_H

#include "daemon/shared.h"
#include "io/spool.h"

#include <pthread.h>

struct asker;
struct connection;
struct event;
struct event_base;
struct waybill_engine;

struct worker {
    const struct shared *shared;
    size_t number;
    struct settings *settings; /* of new messages */
    struct event_base *base;
    struct waybill_engine *engine;
    struct asker *asker;
    struct spool_client *spool; /* NULL: none */
    struct departures *departures;
    struct acceptor *acceptors;
    struct connection *connections;
    struct event *orders;
    int order_pipe[2];
    int ended; /* gets an octet when the thread ends */
    bool draining, started;
    pthread_t thread;
};

/*
 * Takes the settings, of which the resolver is made. `ended` is a descriptor that gets an octet
 * when the thread ends. WAYBILL_SYNTAX: the resolver's address is none. *out is to be freed in any
 * case.
 */
enum waybill_status worker_new(const struct shared *shared, size_t number,
                               struct settings *settings, int ended, struct worker **out);
bool worker_start(struct worker *worker);
/* New messages have these settings. From any thread; the settings are the worker's. */
void worker_reload(struct worker *worker, struct settings *settings);
/* No new connections; the thread ends when the last one has. */
void worker_drain(struct worker *worker);
/* The thread ends now, with what is under way. */
void worker_stop(struct worker *worker);
/* Ends the thread, if it was started, and waits for it. NULL is fine. */
void worker_free(struct worker *worker);

/* Seconds since 1970 UTC. */
int64_t worker_now(const struct worker *worker);

/* A connection is gone: for connection.c. */
void worker_left(struct worker *worker);

#endif
