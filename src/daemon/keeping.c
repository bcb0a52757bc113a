#include "daemon/keeping.h"

#include "base/limits.h"
#include "daemon/deadline.h"
#include "io/spool.h"
#include "mail/address.h"
#include "transit/arrival.h"

#include <stdlib.h>

/* Fields come in pieces of some octets: so many are written at once. */
enum { GATHERED_MOST = 16384 };

struct keeping {
    struct passage *passage;
    struct spool_file *file; /* NULL: given up, or done */
    struct waybill_answers *answers;
    struct buffer gathered;
    struct deadline deadline; /* runs only while the disk is waited for */
    bool body;                /* is kept, too */
    uint64_t header_octets, body_octets;
    const char *why;           /* it was given up */
    void (*go_on)(void *self); /* whoever waits until the disk is no more behind */
    void *self;
    void (*done)(struct passage *passage, const char *why); /* whoever waits for the end */
};

static void waited_too_long(void *self);

/* --- which messages ----------------------------------------------------------------------------
 */

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
            if (is_of(address_of_path(slice_str(r->path)), slice_str(lists->values[i].text)))
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
    k->gathered = buffer_new(GATHERED_MOST);
    k->answers = waybill_answers_new(WAYBILL_TIMEOUT);
    enum waybill_status status = k->answers ? WAYBILL_OK : WAYBILL_NOMEM;
    if (status == WAYBILL_OK)
        status = deadline_new(&k->deadline, p->worker->base, p->settings->deadline_ms,
                              waited_too_long, k);
    if (status == WAYBILL_OK)
        status = spool_begin(p->worker->spool, &k->file);
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
    if (k->file)
        spool_abandon(k->file);
    deadline_free(&k->deadline);
    buffer_free(&k->gathered);
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

static void write_gathered(struct keeping *k)
{
    if (k->gathered.n == 0)
        return;
    if (k->file && spool_write(k->file, buffer_slice(&k->gathered)) != WAYBILL_OK)
        give_up(k, "no memory");
    k->gathered.n = 0;
}

static void write_octets(struct keeping *k, struct slice octets)
{
    if (octets.n > GATHERED_MOST - k->gathered.n)
        write_gathered(k);
    if (octets.n <= GATHERED_MOST)
        buffer_add(&k->gathered, octets);
    else if (k->file && spool_write(k->file, octets) != WAYBILL_OK)
        give_up(k, "no memory");
    if (k->gathered.status != WAYBILL_OK)
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

/* --- waiting for the disk ----------------------------------------------------------------------
 */

static void has_drained(void *self)
{
    struct keeping *k = self;
    deadline_stop(&k->deadline);
    k->go_on(k->self);
}

bool keeping_is_behind(struct keeping *k, void (*go_on)(void *self), void *self)
{
    if (!k->file || spool_pending(k->file) < LIMIT_SPOOL_PENDING)
        return false;
    k->go_on = go_on;
    k->self = self;
    spool_drained(k->file, LIMIT_SPOOL_PENDING / 2, has_drained, k);
    deadline_start(&k->deadline);
    return true;
}

static void waited_too_long(void *self)
{
    struct keeping *k = self;
    give_up(k, "the spool did not answer in time");
    if (k->done)
        k->done(k->passage, k->why);
    else
        k->go_on(k->self);
}

/* --- the end -----------------------------------------------------------------------------------
 */

static void committed(void *self, bool kept, const char *why)
{
    struct keeping *k = self;
    k->file = NULL;
    deadline_stop(&k->deadline);
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
    if (k->file && write_end(k) != WAYBILL_OK)
        give_up(k, "no memory");
    write_gathered(k);
    if (!k->file) {
        done(k->passage, k->why);
        return;
    }
    k->done = done;
    deadline_start(&k->deadline);
    spool_commit(k->file, k->passage->id, committed, k);
}
