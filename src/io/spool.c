/*
 * Workers put jobs into one queue, which the spool's thread takes in order; what it did it puts
 * into the list of the job's client, whose loop a pipe wakes.
 *
 *     worker: jobs --> queue --> thread: write(2), rename(2) --> client's list --> callback
 *
 * While the disk hangs the thread has one job in hand; what is given up meanwhile is taken out of
 * the queue again.
 */
#include "io/spool.h"

#include "base/limits.h"
#include "io/spool_store.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { SWEEP_SECONDS = 600 };

enum job_kind { JOB_WRITE, JOB_COMMIT, JOB_ABANDON, JOB_FETCH };

struct job {
    struct job *next;
    enum job_kind kind;
    struct spool_client *client;
    struct spool_file *file;         /* of all but JOB_FETCH */
    struct spool_fetching *fetching; /* of JOB_FETCH */
    size_t n;
    uint8_t octets[];
};

struct jobs {
    struct job *first, **last;
};

struct spool {
    struct spool_store *store;
    pthread_t thread;
    pthread_mutex_t lock; /* of all below, and of the clients' lists */
    pthread_cond_t work, idle;
    struct jobs queue;
    bool closing;
};

struct spool_client {
    struct spool *spool;
    struct event *event;
    int pipe[2];
    struct jobs done;
    size_t under_way; /* jobs that are queued, or done and not called back */
    /* The loop's alone: the one whose turn it is, and those that wait for it. */
    struct spool_fetching *fetching;
    struct jobs fetches;
};

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

struct spool_fetching {
    struct spool_client *client;
    char id[SPOOL_ID_OCTETS + 1];
    struct buffer octets;
    char why[TEXT_WHY_OCTETS];
    bool found;
    spool_got *got; /* NULL: nobody waits */
    void *self;
};

/* --- queues ------------------------------------------------------------------------------------
 */

static void jobs_init(struct jobs *jobs)
{
    *jobs = (struct jobs){NULL, &jobs->first};
}

static void jobs_add(struct jobs *jobs, struct job *job)
{
    job->next = NULL;
    *jobs->last = job;
    jobs->last = &job->next;
}

static struct job *jobs_take(struct jobs *jobs)
{
    struct job *job = jobs->first;
    if (job && !(jobs->first = job->next))
        jobs->last = &jobs->first;
    return job;
}

/* Moves those of a file, or of a fetching. */
static void jobs_move(struct jobs *from, const void *of, struct jobs *to)
{
    struct job **at = &from->first;
    for (struct job *job; (job = *at);) {
        if (job->file != of && job->fetching != of) {
            at = &job->next;
            continue;
        }
        *at = job->next;
        jobs_add(to, job);
    }
    from->last = at;
}

static struct job *job_new(struct spool_client *client, enum job_kind kind, struct slice octets)
{
    struct job *job = malloc(sizeof *job + octets.n);
    if (!job)
        return NULL;
    *job = (struct job){.kind = kind, .client = client, .n = octets.n};
    if (octets.n)
        memcpy(job->octets, octets.p, octets.n);
    return job;
}

static void enqueue(struct job *job)
{
    struct spool *spool = job->client->spool;
    pthread_mutex_lock(&spool->lock);
    job->client->under_way++;
    jobs_add(&spool->queue, job);
    pthread_cond_signal(&spool->work);
    pthread_mutex_unlock(&spool->lock);
}

/* What the thread has not taken yet of a file, or of a fetching; it takes no more of it. */
static void withdraw(struct spool_client *client, const void *of, struct jobs *out)
{
    pthread_mutex_lock(&client->spool->lock);
    jobs_move(&client->spool->queue, of, out);
    for (const struct job *job = out->first; job; job = job->next)
        client->under_way--;
    pthread_mutex_unlock(&client->spool->lock);
}

/* --- the thread --------------------------------------------------------------------------------
 */

static void do_write(struct spool *spool, struct job *job)
{
    struct spool_file *file = job->file;
    if (!file->why[0])
        spool->store->kind->write(spool->store, &file->writing, slice_of(job->octets, job->n),
                                  file->why);
    atomic_fetch_sub(&file->pending, job->n);
}

static void do_commit(struct spool *spool, struct job *job)
{
    struct spool_file *file = job->file;
    if (!file->why[0])
        spool->store->kind->commit(spool->store, &file->writing, file->id, file->why);
    else
        spool->store->kind->abandon(spool->store, &file->writing);
}

static void do_abandon(struct spool *spool, struct job *job)
{
    spool->store->kind->abandon(spool->store, &job->file->writing);
}

static void do_fetch(struct spool *spool, struct job *job)
{
    struct spool_fetching *fetching = job->fetching;
    fetching->found =
        spool->store->kind->read(spool->store, fetching->id, &fetching->octets, fetching->why);
}

/* The client's loop hears of it. A full pipe has woken it already. */
static void give_back(struct spool *spool, struct job *job)
{
    struct spool_client *client = job->client;
    pthread_mutex_lock(&spool->lock);
    jobs_add(&client->done, job);
    (void)!write(client->pipe[1], "", 1);
    pthread_cond_broadcast(&spool->idle);
    pthread_mutex_unlock(&spool->lock);
}

/* NULL: it is closing, and nothing is left to do. */
static struct job *next_job(struct spool *spool, bool *late)
{
    struct timespec until;
    struct job *job;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += SWEEP_SECONDS;
    *late = false;
    pthread_mutex_lock(&spool->lock);
    while (!(job = jobs_take(&spool->queue)) && !spool->closing && !*late)
        *late = pthread_cond_timedwait(&spool->work, &spool->lock, &until) == ETIMEDOUT;
    if (job && job->file)
        job->file->begun = true;
    pthread_mutex_unlock(&spool->lock);
    return job;
}

static void *work(void *self)
{
    static void (*const doing[])(struct spool *, struct job *) = {
        [JOB_WRITE] = do_write,
        [JOB_COMMIT] = do_commit,
        [JOB_ABANDON] = do_abandon,
        [JOB_FETCH] = do_fetch,
    };
    struct spool *spool = self;
    struct job *job;
    bool late;
    while ((job = next_job(spool, &late)) || late) {
        if (job) {
            doing[job->kind](spool, job);
            give_back(spool, job);
        }
        spool->store->kind->sweep(spool->store, late);
    }
    return NULL;
}

/* --- callbacks ---------------------------------------------------------------------------------
 */

static void after_write(struct job *job)
{
    struct spool_file *file = job->file;
    void (*drain)(void *self) = file->drain;
    if (!drain || file->ended || spool_pending(file) >= file->below)
        return;
    file->drain = NULL;
    drain(file->drain_self);
}

static void after_commit(struct job *job)
{
    struct spool_file *file = job->file;
    if (!file->abandoned)
        file->done(file->self, !file->why[0], file->why);
    free(file);
}

static void after_abandon(struct job *job)
{
    free(job->file);
}

static void fetching_free(struct spool_fetching *fetching)
{
    buffer_free(&fetching->octets);
    free(fetching);
}

static void fetch_next(struct spool_client *client)
{
    struct job *job = jobs_take(&client->fetches);
    client->fetching = job ? job->fetching : NULL;
    if (job)
        enqueue(job);
}

static void after_fetch(struct job *job)
{
    struct spool_fetching *fetching = job->fetching;
    if (fetching->got)
        fetching->got(fetching->self, fetching->found ? &fetching->octets : NULL, fetching->why);
    fetching_free(fetching);
    fetch_next(job->client);
}

static void call_back(struct job *job)
{
    static void (*const after[])(struct job *) = {
        [JOB_WRITE] = after_write,
        [JOB_COMMIT] = after_commit,
        [JOB_ABANDON] = after_abandon,
        [JOB_FETCH] = after_fetch,
    };
    after[job->kind](job);
    free(job);
}

static struct job *take_done(struct spool_client *client)
{
    pthread_mutex_lock(&client->spool->lock);
    struct job *job = jobs_take(&client->done);
    client->under_way -= job != NULL;
    pthread_mutex_unlock(&client->spool->lock);
    return job;
}

static void woken(evutil_socket_t fd, short what, void *self)
{
    char octets[256];
    struct job *job;
    (void)what;
    (void)!read(fd, octets, sizeof octets);
    while ((job = take_done(self)))
        call_back(job);
}

/* --- a spool -----------------------------------------------------------------------------------
 */

/* Signals are the main thread's. */
static bool start(struct spool *spool)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    bool started = pthread_create(&spool->thread, NULL, work, spool) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static void release(struct spool *spool)
{
    spool->store->kind->close(spool->store);
    pthread_cond_destroy(&spool->work);
    pthread_cond_destroy(&spool->idle);
    pthread_mutex_destroy(&spool->lock);
    free(spool);
}

struct spool *spool_open(const struct spool_settings *settings, char why[TEXT_WHY_OCTETS])
{
    struct spool *spool = calloc(1, sizeof *spool);
    text_refusal(why, "out of memory");
    if (spool)
        spool->store =
            settings->path ? spool_folder_open(settings, why) : spool_server_open(settings, why);
    if (!spool || !spool->store) {
        free(spool);
        return NULL;
    }
    pthread_mutex_init(&spool->lock, NULL);
    pthread_cond_init(&spool->work, NULL);
    pthread_cond_init(&spool->idle, NULL);
    jobs_init(&spool->queue);
    if (start(spool))
        return spool;
    release(spool);
    text_refusal(why, "no thread can be started");
    return NULL;
}

void spool_close(struct spool *spool)
{
    if (!spool)
        return;
    pthread_mutex_lock(&spool->lock);
    spool->closing = true;
    pthread_cond_signal(&spool->work);
    pthread_mutex_unlock(&spool->lock);
    pthread_join(spool->thread, NULL);
    release(spool);
}

enum waybill_status spool_client_new(struct spool *spool, struct event_base *base,
                                     struct spool_client **out)
{
    struct spool_client *client = *out = calloc(1, sizeof *client);
    if (!client)
        return WAYBILL_NOMEM;
    client->spool = spool;
    jobs_init(&client->done);
    jobs_init(&client->fetches);
    if (pipe(client->pipe) != 0) {
        free(client);
        *out = NULL;
        return WAYBILL_NOMEM;
    }
    fcntl(client->pipe[0], F_SETFL, O_NONBLOCK);
    fcntl(client->pipe[1], F_SETFL, O_NONBLOCK);
    client->event = event_new(base, client->pipe[0], EV_READ | EV_PERSIST, woken, client);
    if (client->event && event_add(client->event, NULL) == 0)
        return WAYBILL_OK;
    spool_client_free(client);
    *out = NULL;
    return WAYBILL_NOMEM;
}

/* What is still called back finds nobody: its owners are gone. */
static void drop(struct job *job)
{
    if (job->kind == JOB_COMMIT || job->kind == JOB_ABANDON)
        free(job->file);
    if (job->kind == JOB_FETCH)
        fetching_free(job->fetching);
    free(job);
}

void spool_client_free(struct spool_client *client)
{
    struct job *job;
    if (!client)
        return;
    while ((job = jobs_take(&client->fetches)))
        drop(job);
    pthread_mutex_lock(&client->spool->lock);
    while (client->under_way > 0) {
        while ((job = jobs_take(&client->done))) {
            client->under_way--;
            drop(job);
        }
        if (client->under_way > 0)
            pthread_cond_wait(&client->spool->idle, &client->spool->lock);
    }
    pthread_mutex_unlock(&client->spool->lock);
    if (client->event)
        event_free(client->event);
    close(client->pipe[0]);
    close(client->pipe[1]);
    free(client);
}

/* --- files -------------------------------------------------------------------------------------
 */

enum waybill_status spool_begin(struct spool_client *client, struct spool_file **out)
{
    struct slice none = {NULL, 0};
    struct spool_file *file = calloc(1, sizeof *file);
    struct job *last = job_new(client, JOB_ABANDON, none);
    *out = NULL;
    if (!file || !last) {
        free(file);
        free(last);
        return WAYBILL_NOMEM;
    }
    file->client = client;
    file->last = last;
    atomic_init(&file->pending, 0);
    last->file = *out = file;
    return WAYBILL_OK;
}

enum waybill_status spool_write(struct spool_file *file, struct slice octets)
{
    struct job *job = job_new(file->client, JOB_WRITE, octets);
    if (!job)
        return WAYBILL_NOMEM;
    job->file = file;
    atomic_fetch_add(&file->pending, octets.n);
    enqueue(job);
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
    file->last->kind = JOB_COMMIT;
    enqueue(file->last);
}

/* Its last job is not queued, or no more. */
static void end_abandoned(struct spool_file *file)
{
    file->last->kind = JOB_ABANDON;
    if (file->begun) {
        enqueue(file->last);
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
    withdraw(file->client, file, &jobs);
    for (struct job *job; (job = jobs_take(&jobs));)
        if (job == file->last)
            is_last_here = true;
        else
            free(job);
    if (is_last_here)
        end_abandoned(file);
}

enum waybill_status spool_fetch(struct spool_client *client, const char *id, spool_got *got,
                                void *self, struct spool_fetching **out)
{
    struct slice none = {NULL, 0};
    struct spool_fetching *fetching = *out = calloc(1, sizeof *fetching);
    struct job *job = job_new(client, JOB_FETCH, none);
    if (!fetching || !job) {
        free(fetching);
        free(job);
        *out = NULL;
        return WAYBILL_NOMEM;
    }
    snprintf(fetching->id, sizeof fetching->id, "%s", id);
    fetching->octets = buffer_new(LIMIT_ARRIVAL_OCTETS + LIMIT_ARRIVAL_FACTS);
    fetching->client = client;
    fetching->got = got;
    fetching->self = self;
    job->fetching = fetching;
    jobs_add(&client->fetches, job);
    if (!client->fetching)
        fetch_next(client);
    return WAYBILL_OK;
}

/* What the thread has taken comes back, and finds that nobody waits. */
void spool_forget(struct spool_fetching *fetching)
{
    struct spool_client *client = fetching->client;
    struct jobs jobs;
    jobs_init(&jobs);
    fetching->got = NULL;
    if (client->fetching == fetching)
        withdraw(client, fetching, &jobs);
    else
        jobs_move(&client->fetches, fetching, &jobs);
    struct job *job = jobs_take(&jobs);
    if (job && client->fetching == fetching)
        fetch_next(client);
    if (job)
        drop(job);
}
