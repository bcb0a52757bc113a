/* An arrival that is read: one at a time of each client. */
#include "base/limits.h"
#include "io/spool_job.h"

#include <stdio.h>
#include <stdlib.h>

struct spool_fetching {
    struct spool_client *client;
    char id[SPOOL_ID_OCTETS + 1];
    struct buffer octets;
    char why[TEXT_WHY_OCTETS];
    bool found;
    spool_got *got; /* NULL: nobody waits */
    void *self;
};

static void run_fetch(struct spool_store *store, struct job *job)
{
    struct spool_fetching *fetching = job->of;
    fetching->found = store->kind->read(store, fetching->id, &fetching->octets, fetching->why);
}

static void drop_fetch(struct job *job)
{
    struct spool_fetching *fetching = job->of;
    buffer_free(&fetching->octets);
    free(fetching);
}

static void fetch_next(struct spool_client *client)
{
    struct job *job = jobs_take(&client->fetches);
    client->fetching = job ? job->of : NULL;
    if (job)
        job_queue(job);
}

static void after_fetch(struct job *job)
{
    struct spool_fetching *fetching = job->of;
    if (fetching->got)
        fetching->got(fetching->self, fetching->found ? &fetching->octets : NULL, fetching->why);
    drop_fetch(job);
    fetch_next(job->client);
}

static const struct job_kind fetches = {run_fetch, after_fetch, drop_fetch};

enum waybill_status spool_fetch(struct spool_client *client, const char *id, spool_got *got,
                                void *self, struct spool_fetching **out)
{
    struct slice none = {NULL, 0};
    struct spool_fetching *fetching = *out = calloc(1, sizeof *fetching);
    struct job *job = job_new(client, &fetches, fetching, none);
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
        jobs_withdraw(client, fetching, &jobs);
    else
        jobs_move(&client->fetches, fetching, &jobs);
    struct job *job = jobs_take(&jobs);
    if (job && client->fetching == fetching)
        fetch_next(client);
    if (job)
        job_drop(job);
}
