#include "daemon/asking.h"

#include "base/slice.h"
#include "daemon/deadline.h"

#include <event2/event.h>
#include <stdlib.h>

/* Steps cost; answers of one wave come within some milliseconds of each other. The slow ones do not
 * hold up what the fast ones raise for longer than this. */
static const struct timeval patience = {.tv_usec = 50000};

/* A question that was asked. */
struct asked {
    struct asking *asking;
    struct waybill_question question; /* its octets are in the arena */
    struct asker_lookup *lookup;      /* NULL: answered */
    struct asked *next;
};

struct asking {
    struct asker *asker;
    struct waybill_check *check;
    struct arena arena;
    struct asked *all;
    size_t n, open;
    struct deadline deadline; /* runs only while something is open */
    struct event *soon;
    bool ended;   /* the message */
    bool sending; /* an answer that comes now is within `look` */
    bool ran_out, finished;
    struct waybill_answers *kept; /* NULL: not wanted */
    enum waybill_status status;
    asking_done *done;
    void *self;
};

static void step(struct asking *a);

/* --- answers -----------------------------------------------------------------------------------
 */

static void give(struct asking *a, const struct asked *asked, const struct waybill_answer *answer)
{
    enum waybill_status status = waybill_check_answer(a->check, &asked->question, answer);
    if (status == WAYBILL_OK && a->kept)
        status = waybill_answers_add(a->kept, &asked->question, answer);
    if (status != WAYBILL_OK && a->status == WAYBILL_OK)
        a->status = status;
    metrics_answer(answer);
}

static void take(void *self, const struct waybill_answer *answer)
{
    struct asked *asked = self;
    struct asking *a = asked->asking;
    asked->lookup = NULL;
    a->open--;
    give(a, asked, answer);
    if (a->sending)
        return;
    if (a->open == 0) {
        deadline_stop(&a->deadline);
        step(a);
    } else if (!evtimer_pending(a->soon, NULL)) {
        evtimer_add(a->soon, &patience);
    }
}

static void give_up(void *self)
{
    struct asking *a = self;
    a->ran_out = true;
    for (struct asked *asked = a->all; asked; asked = asked->next) {
        const struct waybill_answer none = WAYBILL_ANSWER(WAYBILL_TIMEOUT);
        if (!asked->lookup)
            continue;
        asker_forget(a->asker, asked->lookup);
        asked->lookup = NULL;
        give(a, asked, &none);
    }
    a->open = 0;
    step(a);
}

static void go_on(evutil_socket_t fd, short what, void *self)
{
    (void)fd, (void)what;
    step(self);
}

/* --- questions ---------------------------------------------------------------------------------
 */

static bool same_question(const struct waybill_question *a, const struct waybill_question *b)
{
    return a->kind == b->kind && (a->kind != WAYBILL_DNS || a->type == b->type) &&
           slice_eq(slice_of(a->name, a->name_octets), slice_of(b->name, b->name_octets)) &&
           slice_eq(slice_of(a->detail, a->detail_octets), slice_of(b->detail, b->detail_octets));
}

static bool was_asked(const struct asking *a, const struct waybill_question *question)
{
    for (const struct asked *asked = a->all; asked; asked = asked->next)
        if (same_question(&asked->question, question))
            return true;
    return false;
}

static struct asked *keep(struct asking *a, const struct waybill_question *question)
{
    struct asked *asked = arena_alloc(&a->arena, sizeof *asked);
    struct slice name, detail;
    if (!asked || !arena_copy(&a->arena, slice_of(question->name, question->name_octets), &name) ||
        !arena_copy(&a->arena, slice_of(question->detail, question->detail_octets), &detail))
        return NULL;
    *asked = (struct asked){.asking = a, .question = *question, .next = a->all};
    asked->question.name = (const char *)name.p;
    if (question->detail)
        asked->question.detail = (const char *)detail.p;
    a->all = asked;
    a->n++;
    return asked;
}

static enum waybill_status ask(struct asking *a, const struct waybill_question *question)
{
    struct asked *asked = keep(a, question);
    struct asker_lookup *lookup;
    if (!asked)
        return WAYBILL_NOMEM;
    if (a->ran_out) {
        const struct waybill_answer none = WAYBILL_ANSWER(WAYBILL_TIMEOUT);
        give(a, asked, &none);
        return WAYBILL_OK;
    }
    a->open++;
    enum waybill_status status = asker_send(a->asker, &asked->question, take, asked, &lookup);
    asked->lookup = lookup;
    a->open -= status != WAYBILL_OK;
    return status;
}

/* The list of open questions changes when one is answered at once: it is copied first. */
static enum waybill_status ask_new(struct asking *a, const struct waybill_question *list, size_t n)
{
    struct waybill_question *fresh = calloc(n ? n : 1, sizeof *fresh);
    size_t count = 0;
    enum waybill_status status = fresh ? WAYBILL_OK : WAYBILL_NOMEM;
    for (size_t i = 0; i < n && fresh; i++)
        if (!was_asked(a, &list[i]))
            fresh[count++] = list[i];
    for (size_t i = 0; i < count && status == WAYBILL_OK; i++)
        status = ask(a, &fresh[i]);
    free(fresh);
    return status;
}

static enum waybill_status look(struct asking *a)
{
    const struct waybill_question *list;
    size_t n, open = a->open;
    enum waybill_status status = waybill_check_questions(a->check, &list, &n);
    a->sending = true;
    if (status == WAYBILL_OK)
        status = ask_new(a, list, n);
    a->sending = false;
    if (open == 0 && a->open > 0)
        deadline_start(&a->deadline);
    else if (open > 0 && a->open == 0)
        deadline_stop(&a->deadline);
    return status == WAYBILL_OK ? a->status : status;
}

/* --- steps -------------------------------------------------------------------------------------
 */

static void finish(struct asking *a, enum waybill_status status)
{
    if (a->finished)
        return;
    a->finished = true;
    a->done(a->self, status);
}

/* Until nothing can be done but wait. Answers that were at hand lead to the next step at once. */
static void step(struct asking *a)
{
    enum waybill_progress progress = WAYBILL_ASK;
    enum waybill_status status = a->status;
    evtimer_del(a->soon);
    for (bool again = true; again && status == WAYBILL_OK;) {
        size_t n = a->n;
        status = waybill_check_step(a->check, &progress);
        if (status == WAYBILL_OK && progress != WAYBILL_DONE)
            status = look(a);
        again = progress != WAYBILL_DONE && a->n > n && a->open == 0;
    }
    if (status == WAYBILL_OK && a->ended && progress == WAYBILL_ASK && a->open == 0)
        status = WAYBILL_MISUSE; /* nothing would ever wake it */
    if (status != WAYBILL_OK)
        a->status = status;
    if (a->ended && (status != WAYBILL_OK || progress == WAYBILL_DONE))
        finish(a, status);
}

void asking_look(struct asking *a)
{
    size_t n = a->n;
    enum waybill_status status = look(a);
    if (status != WAYBILL_OK)
        a->status = status;
    else if (a->n > n && a->open == 0)
        step(a);
}

void asking_end(struct asking *a)
{
    a->ended = true;
    step(a);
}

enum waybill_status asking_new(struct asker *asker, struct event_base *base,
                               struct waybill_check *check, int64_t budget_ms, asking_done *done,
                               void *self, struct asking **out)
{
    struct asking *a = *out = calloc(1, sizeof *a);
    if (!a)
        return WAYBILL_NOMEM;
    *a = (struct asking){
        .asker = asker, .check = check, .arena = arena_new(), .done = done, .self = self};
    a->soon = evtimer_new(base, go_on, a);
    if (a->soon && deadline_new(&a->deadline, base, budget_ms, give_up, a) == WAYBILL_OK)
        return WAYBILL_OK;
    asking_free(a);
    *out = NULL;
    return WAYBILL_NOMEM;
}

void asking_keep(struct asking *a, struct waybill_answers *answers)
{
    a->kept = answers;
}

void asking_free(struct asking *a)
{
    if (!a)
        return;
    for (struct asked *asked = a->all; asked; asked = asked->next)
        if (asked->lookup)
            asker_forget(a->asker, asked->lookup);
    deadline_free(&a->deadline);
    if (a->soon)
        event_free(a->soon);
    arena_free(&a->arena);
    free(a);
}
