#include "daemon/keeping.h"

#include "base/limits.h"
#include "io/spool.h"
#include "transit/arrival.h"

#include <stdlib.h>

struct keeping {
    struct passage *passage;
    struct spool_file *file; /* NULL: given up, or ended */
    struct waybill_answers *answers;
    bool body; /* is kept, too */
    uint64_t header_octets, body_octets;
    const char *why; /* it was given up */
    bool ending;     /* the spool has it, and will say what became of it */
    void (*done)(struct passage *passage, const char *why);
};

/* --- which messages ----------------------------------------------------------------------------
 */

static struct slice without_brackets(struct slice path)
{
    if (path.n >= 2 && path.p[0] == '<' && path.p[path.n - 1] == '>')
        return slice_sub(path, 1, path.n - 2);
    return path;
}

/* An address as it stands, or a domain for all its addresses; cases do not count. */
static bool is_of(struct slice path, struct slice list)
{
    if (slice_find(list, '@', 0) < list.n)
        return slice_ieq(path, list);
    return path.n > list.n && path.p[path.n - list.n - 1] == '@' && slice_iends(path, list);
}

static bool is_for_list(const struct passage *p)
{
    const struct config_list *lists = p->listener->lists;
    for (const struct recipient *r = p->recipients; r; r = r->next)
        for (size_t i = 0; i < lists->n; i++)
            if (is_of(without_brackets(slice_str(r->path)), slice_str(lists->values[i].text)))
                return true;
    return false;
}

enum waybill_status keeping_new(struct passage *p, struct keeping **out)
{
    enum keeps keeps = p->listener->preset->keeps;
    *out = NULL;
    if (keeps == KEEPS_NOTHING || p->too_many || (keeps == KEEPS_LISTS && !is_for_list(p)))
        return WAYBILL_OK;
    struct keeping *k = calloc(1, sizeof *k);
    if (!k)
        return WAYBILL_NOMEM;
    k->passage = p;
    k->body = keeps == KEEPS_LISTS;
    k->answers = waybill_answers_new(WAYBILL_TIMEOUT);
    enum waybill_status status =
        k->answers ? spool_begin(p->worker->spool, &k->file) : WAYBILL_NOMEM;
    if (status == WAYBILL_OK)
        *out = k;
    else
        keeping_free(k);
    return status;
}

void keeping_free(struct keeping *k)
{
    if (!k)
        return;
    if (k->ending) {
        k->passage = NULL; /* nobody waits any more */
        return;
    }
    if (k->file)
        spool_abandon(k->file);
    waybill_answers_free(k->answers);
    free(k);
}

struct waybill_answers *keeping_answers(struct keeping *k)
{
    return k->answers;
}

/* --- octets ------------------------------------------------------------------------------------
 */

static void give_up(struct keeping *k, const char *why)
{
    if (!k->file)
        return;
    spool_abandon(k->file);
    k->file = NULL;
    k->why = why;
}

static void write_octets(struct keeping *k, struct slice octets)
{
    if (k->file && spool_write(k->file, octets) != WAYBILL_OK)
        give_up(k, "no memory");
}

void keeping_take(struct keeping *k, struct slice octets, bool of_body)
{
    if (of_body && !k->body)
        return;
    *(of_body ? &k->body_octets : &k->header_octets) += octets.n;
    if (k->header_octets + k->body_octets > LIMIT_ARRIVAL_OCTETS)
        give_up(k, "larger than what is kept");
    write_octets(k, octets);
}

bool keeping_is_behind(struct keeping *k, void (*go_on)(void *self), void *self)
{
    if (!k->file || spool_pending(k->file) < LIMIT_SPOOL_PENDING)
        return false;
    spool_drained(k->file, LIMIT_SPOOL_PENDING / 2, go_on, self);
    return true;
}

/* --- the end -----------------------------------------------------------------------------------
 */

static void committed(void *self, bool kept, const char *why)
{
    struct keeping *k = self;
    k->ending = false;
    if (!k->passage) {
        keeping_free(k);
        return;
    }
    k->done(k->passage, kept ? NULL : why);
}

static enum waybill_status write_end(struct keeping *k)
{
    const struct passage *p = k->passage;
    struct buffer end = buffer_new(LIMIT_ARRIVAL_FACTS);
    char *answers = NULL;
    size_t n = 0;
    struct arrival arrival = {.time = worker_now(p->worker),
                              .ip = p->client->ip.n ? p->client->ip_text : NULL,
                              .helo = p->client->helo,
                              .mail_from = p->mail_from,
                              .rcpt_to = p->rcpt_to,
                              .rcpts = p->n_recipients,
                              .receiver = p->listener->authserv_id,
                              .listener = p->listener->name,
                              .draft = p->settings->draft,
                              .has_body = k->body};
    memcpy(arrival.id, p->id, sizeof arrival.id);
    enum waybill_status status = waybill_answers_write(k->answers, &answers, &n);
    arrival.answers = slice_of(answers, n);
    if (status == WAYBILL_OK)
        status = arrival_end(&arrival, k->header_octets, k->body_octets, &end);
    if (status == WAYBILL_OK)
        write_octets(k, buffer_slice(&end));
    free(answers);
    buffer_free(&end);
    return status;
}

void keeping_end(struct keeping *k, void (*done)(struct passage *passage, const char *why))
{
    k->done = done;
    if (k->file && write_end(k) != WAYBILL_OK)
        give_up(k, "no memory");
    struct spool_file *file = k->file;
    k->file = NULL;
    k->ending = file;
    if (file)
        spool_commit(file, k->passage->id, committed, k);
    else
        done(k->passage, k->why);
}
