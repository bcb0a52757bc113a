#include "io/spool_job.h"

#include <stdlib.h>

void jobs_init(struct jobs *jobs)
{
    *jobs = (struct jobs){NULL, &jobs->first};
}

void jobs_add(struct jobs *jobs, struct job *job)
{
    job->next = NULL;
    *jobs->last = job;
    jobs->last = &job->next;
}

struct job *jobs_take(struct jobs *jobs)
{
    struct job *job = jobs->first;
    if (job && !(jobs->first = job->next))
        jobs->last = &jobs->first;
    return job;
}

void jobs_move(struct jobs *from, const void *of, struct jobs *to)
{
    struct job **at = &from->first;
    for (struct job *job; (job = *at);) {
        if (job->of != of) {
            at = &job->next;
            continue;
        }
        *at = job->next;
        jobs_add(to, job);
    }
    from->last = at;
}

struct job *job_new(struct spool_client *client, const struct job_kind *kind, void *of,
                    struct slice octets)
{
    struct job *job = malloc(sizeof *job + octets.n);
    if (!job)
        return NULL;
    *job = (struct job){.kind = kind, .client = client, .of = of, .n = octets.n};
    if (octets.n)
        memcpy(job->octets, octets.p, octets.n);
    return job;
}

void job_drop(struct job *job)
{
    job->kind->drop(job);
    free(job);
}
