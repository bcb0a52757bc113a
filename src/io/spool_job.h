/*
 * io/spool_job.h: what a client of a spool has its thread do, and what comes of it in the client's
 * loop. For the spool's own files.
 */
#ifndef IO_SPOOL_JOB_H
#define IO_SPOOL_JOB_H

#include "io/spool_store.h"

struct job;

struct job_kind {
    void (*run)(struct spool_store *store, struct job *job); /* in the thread */
    void (*after)(struct job *job); /* in the loop; then the job is freed */
    void (*drop)(struct job *job);  /* instead: nobody is there to be called back */
};

struct job {
    struct job *next;
    const struct job_kind *kind;
    struct spool_client *client;
    void *of;    /* what is written or read by it */
    bool *begun; /* NULL, or is set when the thread takes it */
    size_t n;
    uint8_t octets[];
};

struct jobs {
    struct job *first, **last;
};

void jobs_init(struct jobs *jobs);
void jobs_add(struct jobs *jobs, struct job *job);
/* NULL: there is none. */
struct job *jobs_take(struct jobs *jobs);
/* Moves those of one thing. */
void jobs_move(struct jobs *from, const void *of, struct jobs *to);

struct spool_client {
    struct spool *spool;
    struct event *event;
    int pipe[2];
    struct jobs done;
    size_t under_way; /* jobs that are queued, or done and not called back */
    /* The loop's alone: whose turn it is to be read, and who waits for it. */
    struct spool_fetching *fetching;
    struct jobs fetches;
};

/* NULL: no memory. */
struct job *job_new(struct spool_client *client, const struct job_kind *kind, void *of,
                    struct slice octets);
/* The thread does it after all that was queued before. */
void job_queue(struct job *job);
/* What the thread has not taken yet of one thing; it takes no more of it. */
void jobs_withdraw(struct spool_client *client, const void *of, struct jobs *out);
void job_drop(struct job *job);

#endif
