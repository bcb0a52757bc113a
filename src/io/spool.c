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

#include "io/spool_job.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct spool {
    struct spool_store *store;
    pthread_t thread;
    pthread_mutex_t lock; /* of all below, and of the clients' lists */
    pthread_cond_t work, idle;
    struct jobs queue;
    bool closing;
};

/* --- queues ------------------------------------------------------------------------------------
 */

void job_queue(struct job *job)
{
    struct spool *spool = job->client->spool;
    pthread_mutex_lock(&spool->lock);
    job->client->under_way++;
    jobs_add(&spool->queue, job);
    pthread_cond_signal(&spool->work);
    pthread_mutex_unlock(&spool->lock);
}

void jobs_withdraw(struct spool_client *client, const void *of, struct jobs *out)
{
    pthread_mutex_lock(&client->spool->lock);
    jobs_move(&client->spool->queue, of, out);
    for (const struct job *job = out->first; job; job = job->next)
        client->under_way--;
    pthread_mutex_unlock(&client->spool->lock);
}

/* --- the thread --------------------------------------------------------------------------------
 */

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

/* *out is NULL where there was none for long. False: it is closing, and nothing is left to do. */
static bool next_job(struct spool *spool, struct job **out)
{
    struct timespec until;
    bool late = false;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += SPOOL_SWEEP_SECONDS;
    pthread_mutex_lock(&spool->lock);
    while (!(*out = jobs_take(&spool->queue)) && !spool->closing && !late)
        late = pthread_cond_timedwait(&spool->work, &spool->lock, &until) == ETIMEDOUT;
    if (*out && (*out)->begun)
        *(*out)->begun = true;
    pthread_mutex_unlock(&spool->lock);
    return *out || late;
}

static void *work(void *self)
{
    struct spool *spool = self;
    struct job *job;
    while (next_job(spool, &job)) {
        if (job) {
            job->kind->run(spool->store, job);
            give_back(spool, job);
        }
        spool->store->kind->sweep(spool->store);
    }
    return NULL;
}

/* --- callbacks ---------------------------------------------------------------------------------
 */

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
    while ((job = take_done(self))) {
        job->kind->after(job);
        free(job);
    }
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

/* Its waits are not those of a clock that somebody sets. */
static void init(struct spool *spool)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&spool->lock, NULL);
    pthread_cond_init(&spool->work, &monotonic);
    pthread_cond_init(&spool->idle, NULL);
    pthread_condattr_destroy(&monotonic);
    jobs_init(&spool->queue);
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
    init(spool);
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
void spool_client_free(struct spool_client *client)
{
    struct job *job;
    if (!client)
        return;
    while ((job = jobs_take(&client->fetches)))
        job_drop(job);
    pthread_mutex_lock(&client->spool->lock);
    while (client->under_way > 0) {
        while ((job = jobs_take(&client->done))) {
            client->under_way--;
            job_drop(job);
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
