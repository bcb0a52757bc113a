#include "daemon/departure.h"

#include "base/limits.h"
#include "daemon/asker.h"
#include "daemon/recipes.h"
#include "waybill/engine.h"
#include "waybill/message.h"

#include <stdlib.h>
#include <sys/queue.h>

struct held {
    struct departure departure; /* first: what is given out is this */
    struct departures *all;
    TAILQ_ENTRY(held) by_use;
    size_t users;
    bool forgotten; /* it goes with its last user */
    struct arena arena;
    struct buffer file; /* the octets that the arrival points into */
    struct waybill_answers *answers;
    struct waybill_message *message;
    struct slice whole;   /* header and body in one: of the file, or */
    struct buffer joined; /* where the body was not kept */
    struct recipes recipes;
    size_t octets; /* of all that */
};

struct departures {
    struct worker *worker;
    TAILQ_HEAD(, held) all; /* the oldest first */
    size_t n, octets;
};

struct departures *departures_new(struct worker *worker)
{
    struct departures *all = calloc(1, sizeof *all);
    if (!all)
        return NULL;
    all->worker = worker;
    TAILQ_INIT(&all->all);
    return all;
}

/* --- their life --------------------------------------------------------------------------------
 */

static void held_free(struct held *h)
{
    recipes_free(&h->recipes);
    waybill_check_free(h->departure.check);
    waybill_message_free(h->message);
    waybill_answers_free(h->answers);
    buffer_free(&h->joined);
    arena_free(&h->arena);
    buffer_free(&h->file);
    free(h);
}

static void grow(struct held *h, size_t octets)
{
    h->octets += octets;
    h->all->octets += octets;
}

static void add(struct departures *all, struct held *h)
{
    TAILQ_INSERT_TAIL(&all->all, h, by_use);
    all->n++;
    grow(h, h->file.capacity + h->joined.capacity); /* what a buffer does not use is taken, too */
}

static void drop(struct held *h)
{
    TAILQ_REMOVE(&h->all->all, h, by_use);
    h->all->n--;
    h->all->octets -= h->octets;
    held_free(h);
}

static struct held *find_unused(const struct departures *all)
{
    struct held *h = TAILQ_FIRST(&all->all);
    while (h && h->users > 0)
        h = TAILQ_NEXT(h, by_use);
    return h;
}

static void make_room(struct departures *all)
{
    struct held *h;
    while ((all->n > LIMIT_DEPARTURES || all->octets > LIMIT_DEPARTURES_OCTETS) &&
           (h = find_unused(all)))
        drop(h);
}

void departures_free(struct departures *all)
{
    struct held *h;
    while (all && (h = TAILQ_FIRST(&all->all)))
        drop(h);
    free(all);
}

void departures_forget(struct departures *all)
{
    struct held *h;
    while ((h = find_unused(all)))
        drop(h);
    TAILQ_FOREACH (h, &all->all, by_use)
        h->forgotten = true;
}

/* Where the body was not kept, what was found is of one body alone. */
static bool is_for_others(const struct held *h)
{
    return h->departure.arrival.has_body && !h->departure.why && !h->forgotten;
}

struct departure *departures_find(struct departures *all, const char *id)
{
    struct held *h = TAILQ_FIRST(&all->all);
    while (h && (strcmp(h->departure.arrival.id, id) != 0 || !is_for_others(h)))
        h = TAILQ_NEXT(h, by_use);
    if (!h)
        return NULL;
    TAILQ_REMOVE(&all->all, h, by_use);
    TAILQ_INSERT_TAIL(&all->all, h, by_use);
    h->users++;
    return &h->departure;
}

void departures_let_go(struct departure *departure)
{
    struct held *h = (struct held *)departure;
    struct departures *all = h->all;
    h->users--;
    if (h->users == 0 && !is_for_others(h))
        drop(h);
    make_room(all);
}

/* --- verified again ----------------------------------------------------------------------------
 */

static enum waybill_status make_whole(struct held *h, struct slice body)
{
    const struct arrival *a = &h->departure.arrival;
    if (a->has_body) { /* it stands behind the header */
        h->whole = slice_of(a->header.p, a->header.n + a->body.n);
        return WAYBILL_OK;
    }
    h->joined = buffer_new(2 * LIMIT_ARRIVAL_OCTETS);
    buffer_add(&h->joined, a->header);
    buffer_add(&h->joined, body);
    h->whole = buffer_slice(&h->joined);
    return h->joined.status;
}

/* All answers are at hand: what is not among them was not answered in time, then as now. */
static enum waybill_status answer_all(struct held *h)
{
    const struct waybill_question *open;
    size_t n;
    enum waybill_status status = waybill_check_questions(h->departure.check, &open, &n);
    for (size_t i = 0; i < n && status == WAYBILL_OK; i++) {
        struct waybill_answer answer;
        status = waybill_answers_find(h->answers, &open[i], &answer);
        if (status == WAYBILL_OK)
            status = waybill_check_answer(h->departure.check, &open[i], &answer);
    }
    return status;
}

static enum waybill_status step_to_end(struct held *h)
{
    enum waybill_progress progress = WAYBILL_ASK;
    enum waybill_status status = WAYBILL_OK;
    while (status == WAYBILL_OK && progress != WAYBILL_DONE) {
        status = waybill_check_step(h->departure.check, &progress);
        if (status == WAYBILL_OK && progress == WAYBILL_ASK)
            status = answer_all(h);
    }
    return status;
}

static enum waybill_status new_check(struct held *h)
{
    const struct arrival *a = &h->departure.arrival;
    const struct waybill_envelope envelope = {.ip = a->ip,
                                              .helo = a->helo,
                                              .mail_from = a->mail_from,
                                              .rcpt_to = a->rcpt_to,
                                              .rcpts = a->rcpts,
                                              .receiver = a->receiver};
    enum waybill_status status =
        waybill_message_new(h->all->worker->engine, WAYBILL_LINES_CRLF, &h->message);
    if (status == WAYBILL_OK)
        status = waybill_check_new(h->message, a->time, &h->departure.check);
    if (status == WAYBILL_OK)
        status = waybill_check_draft(h->departure.check, a->draft);
    return status == WAYBILL_OK ? waybill_check_envelope(h->departure.check, &envelope) : status;
}

static enum waybill_status read_answers(struct held *h)
{
    struct waybill_text_error error;
    struct slice text = h->departure.arrival.answers;
    h->answers = waybill_answers_new(WAYBILL_TIMEOUT);
    return h->answers ? waybill_answers_read(h->answers, text.p, text.n, &error) : WAYBILL_NOMEM;
}

static enum waybill_status verify(struct held *h, struct slice body)
{
    enum waybill_status status = read_answers(h);
    if (status == WAYBILL_OK)
        status = make_whole(h, body);
    if (status == WAYBILL_OK)
        status = new_check(h);
    if (status == WAYBILL_OK)
        status = waybill_message_feed(h->message, h->whole.p, h->whole.n);
    if (status == WAYBILL_OK)
        status = waybill_message_end(h->message);
    return status == WAYBILL_OK ? step_to_end(h) : status;
}

struct departure *departures_add(struct departures *all, const char *id, struct buffer *file,
                                 struct slice body)
{
    struct held *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->all = all;
    h->file = *file;
    *file = buffer_new(file->ceiling);
    h->arena = arena_new();
    struct departure *d = &h->departure;
    enum waybill_status status =
        arrival_read(&h->arena, buffer_slice(&h->file), &d->arrival, &d->why);
    if (status == WAYBILL_OK && strcmp(d->arrival.id, id) != 0)
        d->why = "the kept arrival is another's";
    else if (status == WAYBILL_OK)
        status = verify(h, body);
    if (status == WAYBILL_NOMEM) {
        held_free(h);
        return NULL;
    }
    if (status != WAYBILL_OK && !d->why)
        d->why = "the kept arrival cannot be verified again";
    h->users = 1;
    add(all, h);
    make_room(all);
    return d;
}

/* --- recipes -----------------------------------------------------------------------------------
 */

enum waybill_status departure_recipe(struct departure *departure, struct slice leaves,
                                     const struct waybill_revise_rules *rules,
                                     const struct waybill_recipe **out, const char **why)
{
    struct held *h = (struct held *)departure;
    size_t before = h->recipes.octets;
    const struct recipe_wish wish = {.engine = h->all->worker->engine,
                                     .draft = departure->arrival.draft,
                                     .arrived = h->whole,
                                     .leaves = leaves,
                                     .rules = rules,
                                     .forwards = !departure->arrival.has_body};
    enum waybill_status status = recipes_find(&h->recipes, &wish, out, why);
    grow(h, h->recipes.octets - before);
    return status;
}
