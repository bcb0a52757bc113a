/* A verification from the end of the header to its verdict (spec-06 section 11). */
#include "dkim2/run.h"

/* --- planning ----------------------------------------------------------------------------------
 */

static enum waybill_status read_path(struct evaluation *e, struct slice text,
                                     struct dkim2_path *out)
{
    enum waybill_status status = dkim2_path_read(e->arena, text, out);
    if (status != WAYBILL_SYNTAX)
        return status;
    *out = (struct dkim2_path){.text = text, .local_part = text}; /* equal to no path of a field */
    return WAYBILL_OK;
}

static enum waybill_status read_envelope(struct evaluation *e,
                                         const struct dkim2_envelope *envelope, struct dkim2 *out)
{
    struct dkim2_run *run = out->run;
    out->envelope_checked = envelope->given;
    if (!envelope->given)
        return WAYBILL_OK;
    run->rcpt_to = arena_array(e->arena, envelope->rcpts, sizeof *run->rcpt_to);
    if (!run->rcpt_to)
        return WAYBILL_NOMEM;
    enum waybill_status status = read_path(e, envelope->mail_from, &run->mail_from);
    for (; run->rcpts < envelope->rcpts && status == WAYBILL_OK; run->rcpts++)
        status = read_path(e, envelope->rcpt_to[run->rcpts], &run->rcpt_to[run->rcpts]);
    return status;
}

/* All of one draft that can be done before the body; `first` is NULL for the chosen one. */
static enum waybill_status plan_draft(struct evaluation *e, struct dkim2 *dkim2,
                                      const struct dkim2 *first)
{
    enum waybill_status status = run_collect(e, dkim2, first);
    if (status == WAYBILL_OK)
        status = run_cover(e, dkim2, first);
    if (status == WAYBILL_OK)
        status = run_ask(e, dkim2, first);
    if (status == WAYBILL_OK)
        status = run_states(e, dkim2, first);
    return status;
}

/* The run of the other draft, with what both share. */
static enum waybill_status plan_other(struct evaluation *e, enum waybill_draft draft,
                                      struct dkim2 *first)
{
    struct dkim2_run *run = first->run;
    struct dkim2 *other = run->other = arena_alloc(e->arena, sizeof *other);
    struct dkim2_run *own = arena_alloc(e->arena, sizeof *own);
    if (!other || !own)
        return WAYBILL_NOMEM;
    *own = (struct dkim2_run){.mail_from = run->mail_from,
                              .rcpt_to = run->rcpt_to,
                              .rcpts = run->rcpts,
                              .bodies = run->bodies,
                              .received = run->received};
    memcpy(own->received_digests, run->received_digests, sizeof own->received_digests);
    *other = (struct dkim2){
        .draft = dkim2_draft_of(draft), .envelope_checked = first->envelope_checked, .run = own};
    return plan_draft(e, other, first);
}

enum waybill_status dkim2_plan(struct evaluation *e, enum waybill_draft draft,
                               const struct dkim2_envelope *envelope, struct dkim2 *out)
{
    const struct header *header = message_header(e->message);
    *out = (struct dkim2){.draft = dkim2_draft_of(draft)};
    if (header_find(header, SLICE("DKIM2-Signature")).n == 0 &&
        header_find(header, SLICE("Message-Instance")).n == 0)
        return WAYBILL_OK;
    out->verdict.result = WAYBILL_RESULT_NOT_EVALUATED;
    struct dkim2_run *run = out->run = arena_alloc(e->arena, sizeof *run);
    if (!run)
        return WAYBILL_NOMEM;
    enum waybill_status status = read_envelope(e, envelope, out);
    if (status == WAYBILL_OK)
        status = dkim2_bodies_new(e->arena, e->crypto, &run->bodies, &run->received);
    if (status == WAYBILL_OK)
        status = plan_draft(e, out, NULL);
    if (status == WAYBILL_OK)
        status =
            plan_other(e, draft == WAYBILL_DRAFT_09 ? WAYBILL_DRAFT_06 : WAYBILL_DRAFT_09, out);
    run->counts_lines = run_wants_lines(out);
    return status;
}

/* --- the body ----------------------------------------------------------------------------------
 */

static void end_line(struct dkim2_run *run)
{
    run->lines++;
    if (run->line > SLICE("\r\n").n)
        run->filled = run->lines;
    run->line = 0;
}

static void count_lines(struct dkim2_run *run, struct slice octets)
{
    for (size_t at = 0; at < octets.n;) {
        size_t lf = slice_find(octets, '\n', at);
        size_t next = lf < octets.n ? lf + 1 : octets.n;
        bool after_cr = lf > 0 ? octets.p[lf - 1] == '\r' : run->after_cr;
        run->line += next - at;
        if (lf < octets.n && after_cr)
            end_line(run);
        at = next;
    }
    if (octets.n > 0)
        run->after_cr = octets.p[octets.n - 1] == '\r';
}

enum waybill_status dkim2_body(struct dkim2 *dkim2, struct slice octets)
{
    if (!dkim2->run)
        return WAYBILL_OK;
    if (dkim2->run->counts_lines)
        count_lines(dkim2->run, octets);
    return dkim2_bodies_update(dkim2->run->bodies, octets);
}

enum waybill_status dkim2_body_end(struct dkim2 *dkim2)
{
    return dkim2->run ? dkim2_bodies_final(dkim2->run->bodies) : WAYBILL_OK;
}

void dkim2_drop(struct dkim2 *dkim2)
{
    if (dkim2->run)
        dkim2_bodies_drop(dkim2->run->bodies);
}

/* --- judging -----------------------------------------------------------------------------------
 */

/* Every finding, in a verifier's order. */
static enum waybill_status find_all(struct evaluation *e, struct dkim2 *dkim2)
{
    static enum waybill_status (*const finders[])(struct evaluation *, struct dkim2 *) = {
        find_fields, find_times,  find_custody,  find_sets,
        find_hashes, run_changes, find_requests, find_authors,
    };
    enum waybill_status status = WAYBILL_OK;
    for (size_t k = 0; k < sizeof finders / sizeof finders[0] && status == WAYBILL_OK; k++)
        status = finders[k](e, dkim2);
    return status;
}

static bool is_of_signature(enum dkim2_finding what)
{
    return what >= DKIM2_SIGNATURE_MISSING && what <= DKIM2_FROM_NOT_AUTHENTIC;
}

static void judge_signature(struct dkim2 *dkim2, struct dkim2_signature *s)
{
    struct dkim2_member members[DKIM2_SETS_MOST];
    enum waybill_result worst = WAYBILL_RESULT_NONE;
    for (size_t k = 0; k < dkim2->n_found; k++)
        if (dkim2->found[k].signature == s->i && is_of_signature(dkim2->found[k].what))
            worst = dkim2_worse(dkim2->draft, worst, dkim2->found[k].state);
    if (worst == WAYBILL_RESULT_NONE)
        worst = s->skipped ? WAYBILL_RESULT_NOT_EVALUATED
                           : dkim2_groups_result(dkim2->draft, members,
                                                 run_members(dkim2, s, members), s->n_groups);
    s->result = worst;
}

/* Whether anything stayed unseen though it is well-formed: a limit was met. */
static bool is_partial(const struct dkim2 *dkim2)
{
    for (size_t i = 0; i < dkim2->n_signatures; i++)
        if (dkim2->signatures[i] && dkim2->signatures[i]->result == WAYBILL_RESULT_NOT_EVALUATED)
            return true;
    for (size_t m = 0; m < dkim2->n_instances; m++)
        if (dkim2->instances[m] && dkim2->instances[m]->result == WAYBILL_RESULT_NOT_EVALUATED)
            return true;
    return false;
}

static struct verdict judge(const struct dkim2 *dkim2)
{
    enum waybill_result worst = WAYBILL_RESULT_NONE;
    for (size_t k = 0; k < dkim2->n_found; k++)
        if (dkim2->found[k].state != WAYBILL_RESULT_PASS)
            worst = dkim2_worse(dkim2->draft, worst, dkim2->found[k].state);
    for (size_t k = 0; k < dkim2->n_found && worst != WAYBILL_RESULT_NONE; k++)
        if (dkim2->found[k].state == worst)
            return verdict_of(worst, dkim2->found[k].text);
    if (is_partial(dkim2))
        return verdict_of(WAYBILL_RESULT_NOT_EVALUATED, "more to verify than a check does");
    if (!dkim2->envelope_checked)
        return verdict_of(WAYBILL_RESULT_NOT_EVALUATED, "the envelope is not known");
    return verdict_of(WAYBILL_RESULT_PASS, NULL);
}

/* Spec-06 section 10.1: the newest signature, the hashes of its instance, the envelope. What ties
 * it to the hops before is not in it. */
static bool is_provisional(const struct dkim2 *dkim2)
{
    const struct dkim2_signature *s = run_signature(dkim2, dkim2->n_signatures);
    const struct dkim2_instance *instance = s ? run_instance(dkim2, s->m) : NULL;
    struct dkim2_member members[DKIM2_SETS_MOST];
    if (!dkim2->envelope_checked || !instance || s->skipped || s->m != dkim2->n_instances ||
        instance->result != WAYBILL_RESULT_PASS)
        return false;
    for (size_t k = 0; k < dkim2->n_found; k++)
        if (dkim2->found[k].signature == s->i && is_of_signature(dkim2->found[k].what) &&
            dkim2->found[k].what != DKIM2_CUSTODY_MISMATCH &&
            dkim2->found[k].what != DKIM2_FROM_NOT_AUTHENTIC)
            return false;
    return dkim2_groups_result(dkim2->draft, members, run_members(dkim2, s, members),
                               s->n_groups) == WAYBILL_RESULT_PASS;
}

static enum waybill_status judge_draft(struct evaluation *e, struct dkim2 *dkim2)
{
    enum waybill_status status = find_all(e, dkim2);
    if (status != WAYBILL_OK)
        return status;
    for (size_t i = 0; i < dkim2->n_signatures; i++)
        if (dkim2->signatures[i])
            judge_signature(dkim2, dkim2->signatures[i]);
    for (size_t m = 0; m < dkim2->n_instances; m++)
        if (dkim2->instances[m] && dkim2->instances[m]->why)
            dkim2->instances[m]->result = WAYBILL_RESULT_PERMERROR;
    dkim2->verdict = judge(dkim2);
    dkim2->provisional = is_provisional(dkim2);
    return WAYBILL_OK;
}

/* Once nothing is open. What is open stays so only for want of answers or of the body. */
enum waybill_status dkim2_evaluate(struct evaluation *e, struct dkim2 *dkim2)
{
    struct dkim2_run *run = dkim2->run;
    bool open = false;
    if (!run)
        return WAYBILL_OK;
    enum waybill_status status = run_verify(e, dkim2, NULL, &open);
    if (status == WAYBILL_OK)
        status = run_verify(e, run->other, dkim2, &open);
    if (status != WAYBILL_OK || open || run->judged || !message_has_ended(e->message))
        return status;
    status = judge_draft(e, dkim2);
    if (status == WAYBILL_OK)
        status = judge_draft(e, run->other);
    run->judged = status == WAYBILL_OK;
    run->also = (struct dkim2_also){run->other->draft, run->other->verdict};
    dkim2->also = &run->also;
    return status;
}
