#include "support/dmarc.h"

#include "base/cursor.h"

static struct dmarc_identifier identifier_of(struct slice word)
{
    static const char *const standings[] = {"open", "pass", "fail", "uncertain", "none"};
    struct dmarc_identifier id = {0};
    struct cursor c = cursor_new(word);
    struct slice method = cursor_until(&c, '=');
    must(slice_eq(method, SLICE("spf")) || slice_eq(method, SLICE("dkim")), "no such method");
    id.method = slice_eq(method, SLICE("spf")) ? DMARC_BY_SPF : DMARC_BY_DKIM;
    must(cursor_accept(&c, '='), "no standing");
    struct slice standing = cursor_until(&c, ':');
    size_t i = 0;
    while (i < 5 && !slice_eq(standing, slice_str(standings[i])))
        i++;
    must(i < 5, "no such standing");
    id.standing = (enum dmarc_standing)i;
    cursor_accept(&c, ':');
    id.domain = cursor_rest(&c);
    return id;
}

void dmarc_trial_plan(struct dmarc_trial *t, const char *from, const char *identifiers)
{
    struct cursor c = cursor_new(slice_str(identifiers));
    enum waybill_status status = address_parse_list(&t->arena, slice_str(from), &t->from);
    must(status == WAYBILL_OK || status == WAYBILL_SYNTAX, "From cannot be parsed");
    for (t->n = 0; !cursor_done(&c); cursor_accept(&c, ' ')) {
        must(t->n < DMARC_TRIAL_IDENTIFIERS, "too many identifiers");
        t->identifiers[t->n++] = identifier_of(cursor_until(&c, ' '));
    }
    must(dmarc_plan(&t->arena, &t->questions, &t->from, t->identifiers, t->n, &t->dmarc) ==
             WAYBILL_OK,
         "no plan");
}

void dmarc_trial_start(struct dmarc_trial *t, const char *from, const char *identifiers,
                       const struct dns_row *zone, size_t n)
{
    *t = (struct dmarc_trial){.arena = arena_new(), .zone = zone};
    t->questions = questions_new(&t->arena);
    while (t->n_zone < n && zone[t->n_zone].name)
        t->n_zone++;
    dmarc_trial_plan(t, from, identifiers);
}

void dmarc_trial_answer(struct dmarc_trial *t, const struct waybill_question *question)
{
    static const struct lab no_lab;
    struct waybill_datum room[DNS_ROW_TEXTS];
    struct waybill_answer answer = lab_answer(&no_lab, t->zone, t->n_zone, question, room);
    must(questions_answer(&t->questions, question, &answer) == WAYBILL_OK, "an answer was refused");
}

void dmarc_trial_step(struct dmarc_trial *t)
{
    questions_restart(&t->questions);
    must(dmarc_evaluate(&t->dmarc) == WAYBILL_OK, "an evaluation failed");
}

void dmarc_trial_finish(struct dmarc_trial *t)
{
    const struct waybill_question *open;
    size_t n;
    do {
        dmarc_trial_step(t);
        must(questions_open(&t->questions, &open, &n) == WAYBILL_OK, "no list of questions");
        for (size_t i = 0; i < n; i++)
            dmarc_trial_answer(t, &open[i]);
    } while (n > 0);
}

void dmarc_trial_free(struct dmarc_trial *t)
{
    arena_free(&t->arena);
}

/* --- in words --------------------------------------------------------------------------------- */

static const char *text_of(struct dmarc_trial *t, struct buffer *b)
{
    struct slice text;
    must(b->status == WAYBILL_OK && arena_copy(&t->arena, buffer_slice(b), &text), "no memory");
    buffer_free(b);
    return (const char *)text.p;
}

static void add_author(struct buffer *b, const struct dmarc_author *a)
{
    buffer_add_str(b, waybill_result_text(a->verdict.result));
    if (a->tag)
        buffer_printf(b, " %s=%s", a->tag, dmarc_policy_text(a->published));
    if (a->policy != a->published)
        buffer_printf(b, ">%s", dmarc_policy_text(a->policy));
    if (a->policy_domain.p) {
        buffer_add_str(b, " @");
        buffer_add(b, a->policy_domain);
    }
    if (a->organisation.p) {
        buffer_add_str(b, " org=");
        buffer_add(b, a->organisation);
    }
    for (size_t i = 0; i < a->n_aligned; i++)
        buffer_printf(b, "%s%zu", i ? "," : " by=", a->aligned[i]);
}

const char *dmarc_author_text(struct dmarc_trial *t, const struct dmarc_author *author)
{
    struct buffer b = buffer_new(1 << 12);
    add_author(&b, author);
    return text_of(t, &b);
}

static void add_question(struct buffer *b, const struct waybill_question *q)
{
    struct slice name = slice_of(q->name, q->name_octets);
    if (b->n > 0)
        buffer_add_octet(b, ' ');
    if (slice_starts(name, SLICE("_dmarc."))) {
        buffer_add_octet(b, '_');
        name = slice_from(name, sizeof "_dmarc." - 1);
    }
    buffer_add_escaped(b, name);
    if (q->type != WAYBILL_DNS_TXT)
        buffer_printf(b, "/%s", waybill_dns_type_text(q->type));
}

const char *dmarc_questions_text(struct dmarc_trial *t, bool used)
{
    struct buffer b = buffer_new(1 << 20);
    for (size_t i = 0; i < t->questions.n; i++)
        if (t->questions.all[i]->used == used)
            add_question(&b, &t->questions.all[i]->question);
    return text_of(t, &b);
}

const char *dmarc_trial_text(struct dmarc_trial *t)
{
    struct buffer b = buffer_new(1 << 20);
    buffer_printf(&b, "%s (%s) %s\n", waybill_result_text(t->dmarc.verdict.result),
                  t->dmarc.verdict.why ? t->dmarc.verdict.why : "",
                  dmarc_policy_text(t->dmarc.policy));
    for (size_t i = 0; i < t->dmarc.n; i++) {
        add_author(&b, &t->dmarc.authors[i]);
        buffer_printf(&b, " (%s)\n",
                      t->dmarc.authors[i].verdict.why ? t->dmarc.authors[i].verdict.why : "");
    }
    return text_of(t, &b);
}

/* --- cases ------------------------------------------------------------------------------------ */

static bool same_text(const char *a, const char *b)
{
    return !a == !b && (!a || strcmp(a, b) == 0);
}

static void check(const struct dmarc_case *c)
{
    struct dmarc_trial t;
    dmarc_trial_start(&t, c->from, c->identifiers, c->zone, DMARC_CASE_ROWS);
    dmarc_trial_finish(&t);
    must(t.dmarc.n == 1, "%s: %zu authors", c->name, t.dmarc.n);
    const struct dmarc_author *a = &t.dmarc.authors[0];
    const char *finds = dmarc_author_text(&t, a);
    bool fails = a->verdict.result == WAYBILL_RESULT_FAIL;
    must(same_text(finds, c->finds), "%s: %s", c->name, finds);
    must(same_text(a->verdict.why, c->why), "%s: why is %s", c->name,
         a->verdict.why ? a->verdict.why : "(nothing)");
    must(!a->record == !a->policy_domain.p, "%s: a record that stands nowhere", c->name);
    must(t.dmarc.verdict.result == a->verdict.result, "%s: another verdict for all", c->name);
    must(t.dmarc.policy == (fails ? a->policy : DMARC_NONE), "%s: another policy for all", c->name);
    dmarc_trial_free(&t);
}

void dmarc_cases_check(const struct dmarc_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check(&cases[i]);
}
