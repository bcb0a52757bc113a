/*
 * spf/test_spf_trial.h: one session over a zone, for tests.
 */
#ifndef SPF_TEST_SPF_TRIAL_H
#define SPF_TEST_SPF_TRIAL_H

#include "base/buffer.h"
#include "spf/spf.h"
#include "support/support.h"
#include "waybill/answers.h"

#include <string.h>

/* What is said of a session; NULL is not known. */
struct spf_trial_session {
    const char *ip, *helo, *mail_from;
};

struct spf_trial {
    struct arena arena;
    struct questions questions;
    struct waybill_answers *zone;
    const char *broken; /* names at which the DNS fails, with spaces around each; or NULL */
    struct spf spf;
};

/* A zone in the form of waybill/answers.h; names that are not in it do not exist. */
static inline void spf_trial_start(struct spf_trial *t, struct slice zone, const char *broken,
                                   const struct spf_trial_session *s)
{
    struct waybill_text_error error = {0, ""};
    struct spf_session session = {.helo = slice_str(s->helo), .mail_from = slice_str(s->mail_from)};
    t->arena = arena_new();
    t->questions = questions_new(&t->arena);
    t->zone = waybill_answers_new(WAYBILL_NXDOMAIN);
    t->broken = broken;
    must(t->zone && waybill_answers_read(t->zone, zone.p, zone.n, &error) == WAYBILL_OK, "zone: %s",
         error.what);
    must(!s->ip || ip_parse(slice_str(s->ip), &session.client), "ip");
    must(spf_plan(&t->arena, &t->questions, &session, &t->spf) == WAYBILL_OK, "plan");
}

static inline void spf_trial_free(struct spf_trial *t)
{
    waybill_answers_free(t->zone);
    arena_free(&t->arena);
}

static inline void spf_trial_step(struct spf_trial *t)
{
    questions_restart(&t->questions);
    must(spf_evaluate(&t->spf) == WAYBILL_OK, "evaluate");
}

static inline bool is_broken(const struct spf_trial *t, const char *name)
{
    const char *hit = t->broken ? strstr(t->broken, name) : NULL;
    return hit && hit > t->broken && hit[-1] == ' ' && hit[strlen(name)] == ' ';
}

static inline void spf_trial_answer(struct spf_trial *t, const struct waybill_question *question)
{
    struct waybill_question own = *question;
    struct waybill_answer answer = WAYBILL_ANSWER(WAYBILL_SERVFAIL);
    if (!is_broken(t, own.name))
        must(waybill_answers_find(t->zone, &own, &answer) == WAYBILL_OK, "find");
    must(questions_answer(&t->questions, &own, &answer) == WAYBILL_OK, "answer");
}

static inline size_t spf_trial_open(struct spf_trial *t, const struct waybill_question **open)
{
    size_t n;
    must(questions_open(&t->questions, open, &n) == WAYBILL_OK, "open");
    return n;
}

/* All that is open, then a step. */
static inline void spf_trial_wave(struct spf_trial *t)
{
    const struct waybill_question *open;
    size_t n = spf_trial_open(t, &open);
    for (size_t i = 0; i < n; i++)
        spf_trial_answer(t, &open[i]);
    spf_trial_step(t);
}

/* To the end; how many waves it took. */
static inline unsigned spf_trial_finish(struct spf_trial *t)
{
    const struct waybill_question *open;
    unsigned waves = 0;
    spf_trial_step(t);
    for (; spf_trial_open(t, &open); waves++)
        spf_trial_wave(t);
    return waves;
}

/* NULL is a text of its own. */
static inline bool same_text(const char *a, const char *b)
{
    return !a == !b && (!a || strcmp(a, b) == 0);
}

/* The path as "DOMAIN TERM, DOMAIN TERM". */
static inline void say_path(struct buffer *out, const struct spf_check *c)
{
    for (size_t i = 0; i < c->n_path; i++) {
        buffer_add_str(out, i ? ", " : "");
        buffer_add(out, c->path[i].domain);
        buffer_add_str(out, " ");
        buffer_add(out, c->path[i].term);
    }
}

#endif
