/* An arrival that is written: a job for every piece, and one that names it or gives it up. */
#include "io/spool_job.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct spool_file {
    struct spool_client *client;
    struct job *last; /* its commit or abandon, which must not fail for want of memory */
    struct spool_writing writing; /* the thread's alone */
    char id[SPOOL_ID_OCTETS + 1];
    char why[TEXT_WHY_OCTETS]; /* it failed; the thread's until the last job is done */
    atomic_size_t pending;
    size_t below; /* drain is called when fewer are pending */
    void (*drain)(void *self);
    void *drain_self;
    spool_done *done;
    void *self;
    bool begun;     /* the thread has taken a job of it */
    bool ended;     /* its last job is queued */
    bool abandoned; /* nobody is called back */
};

/* --- in the thread -----------------------------------------------------------------------------
 */

static void run_write(struct spool_store *store, struct job *job)
{
    struct spool_file *file = job->of;
    if (!file->why[0])
        store->kind->write(store, &file->writing, slice_of(job->octets, job->n), file->why);
    atomic_fetch_sub(&file->pending, job->n);
}

static void run_commit(struct spool_store *store, struct job *job)
{
    struct spool_file *file = job->of;
    if (!file->why[0])
        store->kind->commit(store, &file->writing, file->id, file->why);
    else
        store->kind->abandon(store, &file->writing);
}

static void run_abandon(struct spool_store *store, struct job *job)
{
    store->kind->abandon(store, &((struct spool_file *)job->of)->writing);
}

/* --- in the loop -------------------------------------------------------------------------------
 */

static void after_write(struct job *job)
{
    struct spool_file *file = job->of;
    void (*drain)(void *self) = file->drain;
    if (!drain || file->ended || spool_pending(file) >= file->below)
        return;
    file->drain = NULL;
    drain(file->drain_self);
}

static void after_commit(struct job *job)
{
    struct spool_file *file = job->of;
    if (!file->abandoned)
        file->done(file->self, !file->why[0], file->why);
    free(file);
}

static void drop_file(struct job *job)
{
    free(job->of);
}

static void drop_nothing(struct job *job)
{
    (void)job;
}

static const struct job_kind writes = {run_write, after_write, drop_nothing};
static const struct job_kind commits = {run_commit, after_commit, drop_file};
static const struct job_kind abandons = {run_abandon, drop_file, drop_file};

enum waybill_status spool_begin(struct spool_client *client, struct spool_file **out)
{
    struct slice none = {NULL, 0};
    struct spool_file *file = calloc(1, sizeof *file);
    struct job *last = job_new(client, &abandons, file, none);
    *out = NULL;
    if (!file || !last) {
        free(file);
        free(last);
        return WAYBILL_NOMEM;
    }
    file->client = client;
    file->last = last;
    atomic_init(&file->pending, 0);
    last->begun = &file->begun;
    *out = file;
    return WAYBILL_OK;
}

enum waybill_status spool_write(struct spool_file *file, struct slice octets)
{
    struct job *job = job_new(file->client, &writes, file, octets);
    if (!job)
        return WAYBILL_NOMEM;
    job->begun = &file->begun;
    atomic_fetch_add(&file->pending, octets.n);
    job_queue(job);
    return WAYBILL_OK;
}

size_t spool_pending(const struct spool_file *file)
{
    return atomic_load(&file->pending);
}

void spool_drained(struct spool_file *file, size_t below, void (*call)(void *self), void *self)
{
    file->below = below;
    file->drain = call;
    file->drain_self = self;
}

void spool_commit(struct spool_file *file, const char *id, spool_done *done, void *self)
{
    snprintf(file->id, sizeof file->id, "%s", id);
    file->done = done;
    file->self = self;
    file->ended = true;
    file->last->kind = &commits;
    job_queue(file->last);
}

/* Its last job is not queued, or no more. */
static void end_abandoned(struct spool_file *file)
{
    file->last->kind = &abandons;
    if (file->begun) {
        job_queue(file->last);
        return;
    }
    free(file->last);
    free(file);
}

void spool_abandon(struct spool_file *file)
{
    struct jobs jobs;
    bool is_last_here = !file->ended;
    jobs_init(&jobs);
    file->ended = file->abandoned = true;
    jobs_withdraw(file->client, file, &jobs);
    for (struct job *job; (job = jobs_take(&jobs));)
        if (job == file->last)
            is_last_here = true;
        else
            free(job);
    if (is_last_here)
        end_abandoned(file);
}
